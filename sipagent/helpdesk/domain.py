"""The help desk as a domain: what scenarios can say of it, and what it does behind the calls."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sipagent.config import Config
from sipagent.domain import Domain, House, Staff
from sipagent.expiry import Expiring, in_batches
from sipagent.helpdesk.chat.chats import named_files
from sipagent.helpdesk.chat.expiry import chats_of
from sipagent.helpdesk.chat.letters import TEXTS as CHAT
from sipagent.helpdesk.chat.persons import chatted
from sipagent.helpdesk.knowledge.persons import READERS
from sipagent.helpdesk.mail.confirming import TEXTS as MAIL
from sipagent.helpdesk.mail.filing import Known
from sipagent.helpdesk.mail.mails import delete_before
from sipagent.helpdesk.mail.persons import incoming
from sipagent.helpdesk.mail.staff import MailStaff
from sipagent.helpdesk.schema import HELPDESK
from sipagent.helpdesk.steps import CONDITIONS, STEPS
from sipagent.helpdesk.support import Support
from sipagent.messages.templates import Templates
from sipagent.persons.holding import Holding
from sipagent.store.data import Data
from sipagent.store.database import Migrations
from sipagent.tickets.expiry import expiring
from sipagent.tickets.happenings import HAPPENINGS
from sipagent.tickets.letters import TEXTS as TICKETS
from sipagent.tickets.persons import asked
from sipagent.tickets.sweeping import strays


class Helpdesk(Domain):
    """Support hours, notices of answers, and all that people ask in writing.

    Args:
        senders: as whom who writes a mail is known; asked in order.
    """

    name = "helpdesk"
    migrations: Sequence[Migrations] = HELPDESK
    steps = STEPS
    conditions = CONDITIONS
    texts = (TICKETS, MAIL, CHAT)
    happenings = HAPPENINGS

    def __init__(self, senders: Sequence[Known] = ()) -> None:
        self._senders = senders

    def open(self, house: House) -> Staff:
        """Build its services."""
        return HelpdeskStaff(house, self._senders)

    def expiring(self, config: Config) -> Sequence[Expiring]:
        """Return what is deleted of tickets and chats, and what is known of other mails."""
        return (
            *expiring(config),
            strays(config, named_files),
            chats_of(config),
            Expiring("mails", "mails about no request", config.retention.messages, _mails),
        )

    def holdings(self, config: Config) -> Sequence[Holding]:
        """Return what people have asked."""
        return [incoming(config), asked(config.paths), chatted(config.paths), READERS]


class HelpdeskStaff(Staff):
    """What the steps of the help desk work with, and what goes on behind the calls."""

    def __init__(self, house: House, senders: Sequence[Known]) -> None:
        self._support = Support(house.config)
        self._mail = MailStaff(house, senders)
        self.services = {Support: self._support}

    async def start(self) -> None:
        """Begin to look for mails."""
        await self._mail.start()

    async def stop(self) -> None:
        """End that."""
        await self._mail.stop()

    def use(self, config: Config, templates: Templates) -> None:
        """Tell support hours, and look for mails, as other settings say."""
        self._support.use(config)
        self._mail.use(config, templates)


def _mails(data: Data, moment: datetime, dry_run: bool) -> Iterator[int]:
    return in_batches(delete_before, data, moment, dry_run)
