"""The help desk as a domain: what scenarios can say of it, and what it does behind the calls."""

from collections.abc import Sequence

from sipagent.config import Config
from sipagent.domain import Domain, House, Staff
from sipagent.expiry import Expiring
from sipagent.helpdesk.chat.expiry import chats_of
from sipagent.helpdesk.chat.letters import TEXTS as CHAT
from sipagent.helpdesk.chat.persons import CHATS
from sipagent.helpdesk.knowledge.persons import READERS
from sipagent.helpdesk.schema import HELPDESK
from sipagent.helpdesk.steps import CONDITIONS, STEPS
from sipagent.helpdesk.support import Support
from sipagent.messages.templates import Templates
from sipagent.persons.holding import Holding
from sipagent.store.database import Migrations
from sipagent.tickets.expiry import expiring
from sipagent.tickets.happenings import HAPPENINGS
from sipagent.tickets.letters import TEXTS as TICKETS
from sipagent.tickets.persons import asked
from sipagent.tickets.sweeping import strays


class Helpdesk(Domain):
    """Support hours, notices of answers, and all that people ask in writing."""

    name = "helpdesk"
    migrations: Sequence[Migrations] = HELPDESK
    steps = STEPS
    conditions = CONDITIONS
    texts = (TICKETS, CHAT)
    happenings = HAPPENINGS

    def open(self, house: House) -> Staff:
        """Build its services."""
        return HelpdeskStaff(house)

    def expiring(self, config: Config) -> Sequence[Expiring]:
        """Return what is deleted of tickets and of chats."""
        return [*expiring(config), strays(config), chats_of(config)]

    def holdings(self, config: Config) -> Sequence[Holding]:
        """Return what people have asked."""
        return [asked(config.paths), CHATS, READERS]


class HelpdeskStaff(Staff):
    """What the steps of the help desk work with, and what goes on behind the calls."""

    def __init__(self, house: House) -> None:
        self._support = Support(house.config)
        self.services = {Support: self._support}

    def use(self, config: Config, templates: Templates) -> None:
        """Tell support hours and ways to get in touch as other settings say."""
        self._support.use(config)
