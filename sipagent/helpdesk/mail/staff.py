"""What goes on behind the calls for mail that comes in: a look at the mailbox, again and again."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import structlog

from sipagent import tasks
from sipagent.config import Config
from sipagent.config_helpdesk import MailInSection
from sipagent.domain import House, Staff
from sipagent.errors import SipAgentError
from sipagent.helpdesk.mail.confirming import Confirmations
from sipagent.helpdesk.mail.filing import Filing, Known
from sipagent.helpdesk.mail.imap import Imap, Places
from sipagent.helpdesk.mail.maildir import Maildir
from sipagent.helpdesk.mail.mails import Mailboxes, Outcome
from sipagent.helpdesk.mail.round import look
from sipagent.helpdesk.mail.source import Source
from sipagent.messages.templates import Templates
from sipagent.store.data import Data
from sipagent.threads import INBOX
from sipagent.tickets.attachments import Attachments

log = structlog.get_logger(__name__)


class MailStaff(Staff):
    """Files mails as long as it runs; with neither a server nor a maildir it does nothing.

    Args:
        house: what it works with.
        known: as whom a sender is known; asked in order.
    """

    def __init__(self, house: House, known: Sequence[Known]) -> None:
        self._house = house
        self._known = known
        self._config = house.config
        self._templates = house.templates
        self._news = asyncio.Event()
        self._looking: tasks.Lasting | None = None
        self._source: Source | None = None

    async def start(self) -> None:
        """Begin to look, with what an earlier run has left."""
        self._looking = tasks.last(self._look, "mail-in")

    async def stop(self) -> None:
        """End; a mail that is just being filed is filed, or comes again after the next start."""
        looking, self._looking = self._looking, None
        if looking is not None:
            if (source := self._source) is not None:
                source.abort()
            await looking.stop()

    def use(self, config: Config, templates: Templates) -> None:
        """Look where, and confirm with the words that, other settings say."""
        self._config, self._templates = config, templates
        self._news.set()

    async def _look(self) -> None:
        while True:
            self._news.clear()
            settings = self._config.helpdesk.mail
            if settings.comes:
                await self._once(settings)
            try:
                async with asyncio.timeout(settings.every):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _once(self, settings: MailInSection) -> None:
        """Look once; a mailbox that cannot be read keeps nobody from being called."""
        try:
            counts = await INBOX.run(self._round, settings)
        except SipAgentError as error:
            log.error("the mailbox of the help desk cannot be used; will try again", why=str(error))
            return
        if counts:
            log.info("mails were filed", **{one.value: count for one, count in counts.items()})

    def _round(self, settings: MailInSection) -> Counter[Outcome]:
        data = self._house.store.blocking
        config, templates = self._config, self._templates
        self._source = source_of(settings, Mailboxes(data))
        try:
            return look(
                self._source,
                filing_of(config, data, self._known),
                Confirmations(
                    data,
                    self._house.outbox,
                    templates,
                    config.mail.sender_name,
                    next(iter(settings.addresses), ""),
                ),
            )
        finally:
            self._source.close()
            self._source = None


def source_of(settings: MailInSection, places: Places) -> Source:
    """Return where mails come from, as the settings say: a maildir, or a server."""
    if settings.maildir is not None:
        return Maildir(settings.maildir, settings.largest)
    return Imap(settings, places)


def filing_of(config: Config, data: Data, known: Sequence[Known]) -> Filing:
    """Return who files mails, as the settings say."""
    helpdesk = config.helpdesk
    own = frozenset(one.lower() for one in (*helpdesk.mail.addresses, config.mail.sender))
    return Filing(data, Attachments.of(config), helpdesk.mail, own, known)
