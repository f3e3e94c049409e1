"""Mails that have come in as they are about a person; that one has come is still known."""

from sipagent.config import Config
from sipagent.messages.persons import Mails
from sipagent.persons.holding import Holding, Table
from sipagent.tickets.persons import ASKED

#: Its name stays, so that nothing is filed twice.
_NOTHING = {"sender": "''", "rest": "''", "unconfirmed": "0"}
_ABOUT = f"sender IN {{emails}} OR ticket IN (SELECT number FROM tickets WHERE id IN ({ASKED}))"


def incoming(config: Config) -> Holding:
    """Return what is kept of mails, and the maildir that they come in by where there is one."""
    folder = config.helpdesk.mail.maildir
    return Holding(
        "mail-in",
        {"pl": "Poczta przychodząca", "en": "Mail that comes in"},
        [
            Table("helpdesk_mails", _ABOUT, _NOTHING),
            *((Mails("mailbox", folder),) if folder else ()),
        ],
    )
