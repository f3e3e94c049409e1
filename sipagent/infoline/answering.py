"""What the administration does with a ticket: answering it, and closing it."""

from sipagent.errors import DataError
from sipagent.infoline.tickets import State, Tickets
from sipagent.infoline.writing.letters import Letters
from sipagent.messages.outbox import Outbox

_ADMINISTRATION = "administration"


def answer(tickets: Tickets, outbox: Outbox, letters: Letters, number: int, text: str) -> bool:
    """Answer a ticket: the owner gets an e-mail; False: there is no address to send it to.

    Raises:
        DataError: there is no such ticket, or the answer is empty.
        SetupError, ConfigError: the e-mail cannot be kept.
    """
    if not text.strip():
        raise DataError("an empty reply is not sent")
    ticket = tickets.find(number)
    if ticket.request.reply_to:
        outbox.put(letters.reply(ticket, text, to=ticket.request.reply_to))
    tickets.note(number, _ADMINISTRATION, text, State.ANSWERED)
    return bool(ticket.request.reply_to)


def close(tickets: Tickets, number: int, text: str = "") -> None:
    """Close a ticket; ``text`` says why, and stays with it.

    Raises:
        DataError: there is no such ticket.
    """
    tickets.note(number, _ADMINISTRATION, text or "closed", State.CLOSED)
