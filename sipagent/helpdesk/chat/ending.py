"""Ending chats: those that were not answered become tickets, each of them one."""

from datetime import datetime, tzinfo

import sqlite_utils

from sipagent.helpdesk.chat.chats import Chats
from sipagent.helpdesk.chat.model import Ending, State
from sipagent.helpdesk.chat.transcript import subject, written
from sipagent.tickets.model import Way
from sipagent.tickets.tickets import Tickets


def end(db: sqlite_utils.Database, chat: int, ending: Ending, now: datetime, zone: tzinfo) -> bool:
    """End a chat that goes on, and open its ticket where its ending asks for one.

    Both are one transaction, that of the caller: whatever happens, there is one ticket or none.

    Args:
        db: with the tables of chats and of tickets.
        chat: which one.
        ending: how it ends.
        now: the time.
        zone: of the times in the text of the ticket.

    Returns:
        False: it was over before, and nothing was done.
    """
    chats = Chats(db)
    found = chats.find(chat)
    if not found.live:
        return False
    number = _ticket(db, chats, chat, now, zone) if ending.state is State.TICKET else None
    return chats.end(chat, ending, now, number)


def _ticket(db: sqlite_utils.Database, chats: Chats, chat: int, now: datetime, zone: tzinfo) -> int:
    visitor, said = chats.find(chat).visitor, chats.said(chat)
    return Tickets(db, lambda: now).open(
        visitor,
        Way.CHAT,
        subject(said),
        written(visitor, said, zone),
        files=[file for one in said for file in one.files],
        key=f"chat-{chat}",
    )
