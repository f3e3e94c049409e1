"""What of a chat is shown, and what of that is new: the same for pages, events, and both sides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlite_utils
from starlette.responses import Response

from sipagent.helpdesk.chat.chats import Chats
from sipagent.helpdesk.chat.model import Author, Chat, Said, State
from sipagent.panel.chat_asker import place_of
from sipagent.panel.enclosures import kept
from sipagent.panel.passes import digest
from sipagent.panel.web import Visit, moved

#: Where agents have all chats.
DESK = "/helpdesk/chats"


@dataclass(frozen=True, slots=True)
class Conversation:
    """A chat as one side sees it.

    Args:
        chat: which one.
        side: who looks at it.
        said: messages.
        place: of a visitor who waits; 0 for others.
        own: id of the latest message of who looks at it.
    """

    chat: Chat
    side: Author
    said: list[Said]
    place: int
    own: int

    @classmethod
    def of(
        cls, db: sqlite_utils.Database, chat: Chat, side: Author, after: int = 0
    ) -> "Conversation":
        """Read it, with the messages after one that is known."""
        chats = Chats(db)
        place = chats.place(chat) if chat.state is State.WAITING else 0
        return cls(chat, side, chats.said(chat.id, after), place, chats.last_said(chat.id, side))

    @property
    def read(self) -> bool:
        """Whether the other side has had the latest own message on the screen."""
        theirs = self.chat.read_agent if self.side is Author.VISITOR else self.chat.read_visitor
        return 0 < self.own <= theirs

    def _base(self, visit: Visit) -> str:
        """Return below which path the files of it are."""
        return place_of(visit) if self.side is Author.VISITOR else f"{DESK}/{self.chat.id}"

    def values(self, visit: Visit) -> dict[str, Any]:
        """Return what templates show."""
        gone = not visit.house.chats.open(self.chat.id) and self.chat.scripted
        return {
            "shown": self,
            "chat": self.chat,
            "gone": gone and self.chat.live,
            "base": self._base(visit),
            "minutes": -(-visit.house.config.helpdesk.chat.wait // 60),
        }


def news(visit: Visit, chat: int, side: Author, after: int) -> tuple[Mapping[str, Any], int]:
    """Return what is new of a chat as HTML, and the number of the latest message; blocks.

    Args:
        visit: of who looks at it.
        chat: which one.
        side: who looks at it.
        after: the latest message that is known there.
    """

    def work(db: sqlite_utils.Database) -> Conversation:
        return Conversation.of(db, Chats(db).find(chat), side, after)

    found = visit.house.data.read(work)
    draw = partial(visit.house.draw, **found.values(visit))
    told = {
        "chat": chat,
        "said": draw("helpdesk/chat_said.html", visit) if found.said else "",
        "state": draw("helpdesk/chat_state.html", visit),
        "live": found.chat.live,
    }
    return told, max((one.id for one in found.said), default=after)


def said_in(visit: Visit, chat: Chat) -> list[Said]:
    """Return all that was said in a chat."""
    return visit.house.data.read(lambda db: Chats(db).said(chat.id))


def sent_files(visit: Visit, chat: Chat, author: Author, who: str) -> None:
    """Keep the files that have come with a form as a message, and tell both sides of it.

    Raises:
        Unfit: why one of them may not be kept.
    """
    files = kept(visit)
    names = "\n".join(one.name for one in files)
    key = key_of(visit, names)

    def work(db: sqlite_utils.Database) -> None:
        Chats(db).say(chat, author, who, names, key, datetime.now(UTC), files)

    if files:
        visit.house.data.write(work, durable=True)
        visit.house.chats.tell(chat.id)


def key_of(visit: Visit, text: str) -> str:
    """Return by what a message is known that is sent again.

    Who goes back to a page, and says something else with the same form, says something new.
    """
    return digest(f"{visit.form.get('key', '')} {text}")


def done(visit: Visit, path: str) -> Response:
    """Return that something was taken: to a script that, to others where they go on."""
    return Response(status_code=204) if visit.by_script else moved(path)
