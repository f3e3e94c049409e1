"""Answering requests: the owner gets an e-mail, and the ticket says what was answered."""

from sipagent.errors import DataError
from sipagent.infoline.tickets import State, Ticket, Tickets
from sipagent.infoline.writing.letters import Letters
from sipagent.messages.outbox import Outbox
from sipagent.store.data import Data

#: Who answers, as notes have it.
_AUTHOR = "administration"


def answer(data: Data, outbox: Outbox, letters: Letters, number: int, text: str) -> Ticket:
    """Answer a ticket, and return it; where ``reply_to`` is empty, nobody is told by e-mail.

    Raises:
        DataError: there is no such ticket, or nothing is said.
        SetupError: the disk is full or cannot be written.
    """
    if not text.strip():
        raise DataError("an empty reply is not sent")
    ticket = data.read(lambda db: Tickets(db).find(number))
    if ticket.request.reply_to:
        outbox.put(letters.reply(ticket, text, to=ticket.request.reply_to))
    data.write(lambda db: Tickets(db).note(number, _AUTHOR, text, State.ANSWERED))
    return data.read(lambda db: Tickets(db).find(number))


def close(data: Data, number: int, text: str = "") -> Ticket:
    """Close a ticket, and return it; the text says why.

    Raises:
        DataError: there is no such ticket.
    """
    data.write(lambda db: Tickets(db).note(number, _AUTHOR, text or "closed", State.CLOSED))
    return data.read(lambda db: Tickets(db).find(number))
