"""When a chat ends by itself, and how: pure rules of what is kept of it, and of the time."""

from datetime import datetime, timedelta

from sipagent.config_helpdesk import ChatSection
from sipagent.helpdesk.chat.model import Chat, Ending, State


def fate(
    chat: Chat, now: datetime, settings: ChatSection, *, is_open: bool, since: datetime
) -> Ending | None:
    """Return how a chat ends now; None: it goes on.

    Who was never answered has asked for something, and gets a ticket. Who has had an answer, asks
    on and closes the window is not lost either: the agent sees it, and has the usual time.

    Args:
        chat: that goes on.
        now: the time.
        settings: how long is waited.
        is_open: whether it is within support hours.
        since: when windows could first be seen; none was closed before.
    """
    if chat.state is State.WAITING and not is_open:
        return Ending.CLOSED
    if chat.asked is not None and now - chat.asked >= timedelta(seconds=settings.wait):
        return Ending.UNANSWERED
    if not gone(chat, now, settings, since=since):
        return None
    if chat.answered is None:
        return Ending.LEFT
    return Ending.PARTED if chat.asked is None else None


def gone(chat: Chat, now: datetime, settings: ChatSection, *, since: datetime) -> bool:
    """Whether the visitor has closed the window.

    A window without scripts tells of itself only when somebody loads its page anew; it has as
    long as an answer.
    """
    patience = settings.absence if chat.scripted else max(settings.wait, settings.absence)
    return now - max(chat.seen, since) >= timedelta(seconds=patience)
