"""What a chat is: who asks, where it stands, what was said in it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sipagent.tickets.model import Asker, Attachment


class State(StrEnum):
    """Where a chat stands."""

    #: Nobody has taken it.
    WAITING = "waiting"
    #: An agent has it.
    OPEN = "open"
    #: It is over, and nothing is left to be answered.
    ENDED = "ended"
    #: It is over, and goes on as a ticket.
    TICKET = "ticket"


class Ending(StrEnum):
    """How a chat ended."""

    VISITOR = "visitor"
    AGENT = "agent"
    #: The visitor had an answer, and closed the window.
    PARTED = "parted"
    #: The visitor wants the answer later.
    LATER = "later"
    #: The visitor closed the window before anybody had answered.
    LEFT = "left"
    #: Nobody has answered in time.
    UNANSWERED = "unanswered"
    #: Support was closed, or closed meanwhile.
    CLOSED = "closed"
    #: Nobody was there when it began.
    NOBODY = "nobody"
    #: The agent has made it a ticket.
    MADE = "made"

    @property
    def state(self) -> State:
        """Where a chat stands that has ended so."""
        return State.ENDED if self in _WELL else State.TICKET


_WELL = frozenset({Ending.VISITOR, Ending.AGENT, Ending.PARTED})


class Author(StrEnum):
    """Whose words they are."""

    VISITOR = "visitor"
    AGENT = "agent"
    #: What the house notes between them; the text is a word for it, such as ``taken``.
    HOUSE = "house"


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat as it is kept; times are UTC.

    Args:
        id: its number, which grows with each chat.
        state: where it stands.
        visitor: who asks.
        agent: who has it, by the name in the panel; who had it last, once it is over.
        began: when the visitor came.
        asked: since when the visitor waits for an answer; None: the last word was an answer.
        taken: when an agent first had it.
        answered: when it was first answered.
        ended: when it was over.
        ending: how it ended.
        ticket: the number of the ticket that it has become.
        queued: the order in which those are who wait; None once it was taken.
        seen: when the window of the visitor was last known to be open.
        scripted: whether that window tells by itself that it is open.
        read_visitor: the last message that the visitor has had on the screen.
        read_agent: the last one that an agent has.
        copied: whether the visitor was sent a copy.
    """

    id: int
    state: State
    visitor: Asker
    agent: str
    began: datetime
    asked: datetime | None
    taken: datetime | None
    answered: datetime | None
    ended: datetime | None
    ending: Ending | None
    ticket: int | None
    queued: int | None
    seen: datetime
    scripted: bool
    read_visitor: int
    read_agent: int
    copied: bool

    @property
    def live(self) -> bool:
        """Whether it goes on."""
        return self.state in LIVE

    @property
    def copies(self) -> bool:
        """Whether the visitor may have a copy by e-mail.

        Not of what nobody has answered: anybody could have us write anything to any address.
        """
        return not self.live and self.answered is not None and bool(self.visitor.email)


#: Where chats stand that go on.
LIVE = (State.WAITING, State.OPEN)


@dataclass(frozen=True, slots=True)
class Said:
    """A message.

    Args:
        id: grows with each message of all chats.
        at: when it was taken.
        author: whose it is.
        who: the name of an agent, as visitors see it; empty for visitors.
        text: the words, of several lines; of files their names.
        files: that came with it.
    """

    id: int
    at: datetime
    author: Author
    who: str
    text: str
    files: tuple[Attachment, ...] = ()
