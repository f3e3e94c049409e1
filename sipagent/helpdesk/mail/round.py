"""A round: what a mailbox holds is filed, and only then let go."""

from collections import Counter

import structlog

from sipagent.errors import DataError
from sipagent.helpdesk.mail.confirming import Confirmations
from sipagent.helpdesk.mail.filing import Filing
from sipagent.helpdesk.mail.mails import Outcome
from sipagent.helpdesk.mail.source import Arrived, Source

log = structlog.get_logger(__name__)


def look(source: Source, filing: Filing, confirmations: Confirmations) -> Counter[Outcome]:
    """File all that has come, and confirm it; return how many mails have become what.

    Mails are taken in their order, and one that cannot be written down for now ends the round: it
    comes first in the next.

    Raises:
        MailboxFault: the mailbox cannot be read, or does not let go.
        SetupError: the disk is full or cannot be written.
    """
    counts: Counter[Outcome] = Counter()
    confirmations.send()  # what an earlier run has left
    for mail in source.arrived():
        outcome = _file(mail, filing)
        if outcome is Outcome.HELD:
            source.hold(mail)
        else:
            source.done(mail)
        counts[outcome] += 1
        confirmations.send()
    return counts


def _file(mail: Arrived, filing: Filing) -> Outcome:
    """File a mail; one that nothing can be made of is left to a person."""
    try:
        return filing.file(mail.content).outcome
    except DataError as error:
        log.error("a mail is held", mail=mail.name, reason=str(error))
        return Outcome.HELD
