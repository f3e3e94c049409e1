"""A chat that has become a ticket, as its visitor goes on with it: reads the answers, says more."""

from datetime import datetime, timedelta

import sqlite_utils

from sipagent.errors import DataError
from sipagent.helpdesk.chat.model import Chat
from sipagent.tickets.model import Entry, Kind
from sipagent.tickets.tickets import Tickets


def later(db: sqlite_utils.Database, chat: Chat) -> list[Entry]:
    """Return what was said since a chat has become a ticket; nothing where that is gone."""
    if chat.ticket is None:
        return []
    try:
        _, *thread = Tickets(db).thread(chat.ticket, notes=False)
    except (DataError, ValueError):
        return []
    return [one for one in thread if one.kind in (Kind.ANSWER, Kind.QUESTION)]


def said_since(db: sqlite_utils.Database, chat: Chat, now: datetime) -> int:
    """Return how much the visitor has said of the ticket within a minute."""
    since = now - timedelta(minutes=1)
    said = (one for one in later(db, chat) if one.kind is Kind.QUESTION)
    return sum(datetime.fromisoformat(one.at) > since for one in said)


def go_on(db: sqlite_utils.Database, chat: Chat, text: str, key: str, now: datetime) -> bool:
    """Add what the visitor says to the ticket; False: that is gone.

    A message that was sent again, by its key, is the same one.
    """
    if chat.ticket is None:
        return False
    try:
        Tickets(db, lambda: now).reply(chat.ticket, text, key=f"chat-{chat.id}-{key}")
    except DataError:
        return False
    return True
