"""What may be asked of conversations that go on: which, to hear one, to put somebody through."""

import contextlib
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sipagent.control.calls import OneCall, only
from sipagent.control.control import Control, Nothing
from sipagent.control.wire import short
from sipagent.domain import Originating
from sipagent.errors import DataError, SetupError
from sipagent.exchange import editing
from sipagent.exchange.listening.calling import BrowserListener, CallListener
from sipagent.exchange.listening.live import LiveCall, LiveCalls, Whom
from sipagent.exchange.model import User
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Right
from sipagent.switching.connections import NO_DIALOG
from sipagent.switching.member import Member
from sipagent.telephony.party import Caller

#: Why nobody is put through, by a code of SIP.
_WHY_NOT = {
    403: "who stays behind may not call {to}; see: sipagent users list",
    404: "nobody has the number {to!r}",
    NO_DIALOG: "the two do not talk just now; try again in a moment",
}


class Ear(OneCall):
    """Who is to listen to it: a name or an internal number."""

    listener: str


class Headset(Ear):
    """Where a socket of theirs waits for the line, over which they hear (``telephony.headset``)."""

    at: Path


class Moved(OneCall):
    """Who is to go on with whom.

    ``who``: as the live list shows them; empty: who has called. ``to``: as a telephone dials it.
    """

    who: str = ""
    to: str


class Supervision:
    """Shows conversations, rings those who are to listen, and has people put through.

    Args:
        calls: those that go on.
        board: knows who may.
    """

    def __init__(self, calls: LiveCalls, board: Switchboard) -> None:
        self._calls = calls
        self._board = board
        self._line: Originating | None = None
        #: By name, as a domain's staff has them.
        self.controls: Mapping[str, Control[Any]] = {
            "calls.live": Control(Nothing, self._live),
            "calls.listen": Control(Ear, self._listen),
            "calls.hear": Control(Headset, self._hear),
            "calls.transfer": Control(Moved, self._transfer),
        }

    def opened(self, line: Originating) -> None:
        """Make calls from now on."""
        self._line = line

    async def _live(self, wish: Nothing) -> object:
        return [_told(call) for call in self._calls if call.members]

    async def _listen(self, wish: Ear) -> object:
        """Begin to ring who is to listen, and do not wait for that."""
        call, listener, agent = self._listened(wish)
        calling = CallListener(listener, Whom.of(agent))
        self._opened().originate(calling.walk(), Caller(None, name=agent.name), listener.number)
        return {"id": call.record.id, "rings": listener.name, "whom": agent.name}

    async def _hear(self, wish: Headset) -> object:
        """Begin to let somebody listen who is at a browser."""
        call, listener, agent = self._listened(wish)
        line = self._opened()
        with contextlib.ExitStack() as unless_begun:
            sound = unless_begun.enter_context(_reached(wish.at))
            hearing = BrowserListener(listener, Whom.of(agent), sound)
            line.originate(hearing.walk(), Caller(None, name=agent.name), listener.number)
            unless_begun.pop_all()
        return {"id": call.record.id, "whom": agent.name}

    def _listened(self, wish: Ear) -> tuple[LiveCall, User, Member]:
        """Return a call, who is to listen to it, and to whom of those in it.

        Raises:
            DataError: they may not, or not in this call.
        """
        call, listener = self._found(wish.call), self._listener(wish.listener)
        agent = call.agent
        if agent is None or any(one.user == listener.name for one in call.members):
            raise DataError(f"{listener.name} talks in this call, and cannot listen to it")
        return call, listener, agent

    def _opened(self) -> Originating:
        if self._line is None:
            raise SetupError("the line is not open yet; ask again in a moment")
        return self._line

    async def _transfer(self, wish: Moved) -> object:
        """Begin to put somebody through, and do not wait for that."""
        call = self._found(wish.call)
        found = [one for one in call.members if wish.who in ("", one.name)]
        if not found:
            raise DataError(f"{wish.who!r} does not talk in this call; see: sipagent calls live")
        code = self._board.connections.order(found[0].leg.sip_id, wish.to)
        if code:
            raise DataError(_WHY_NOT[code].format(to=wish.to))
        return {"id": call.record.id, "who": found[0].name, "to": wish.to}

    def _found(self, text: str) -> LiveCall:
        calls = {call.record.id: call for call in self._calls}
        return calls[only(text, calls)]

    def _listener(self, text: str) -> User:
        user = editing.existing(self._board.now.exchange, "users", text)
        assert isinstance(user, User)
        if Right.LISTEN not in user.rights:
            rights = ",".join((*user.rights, Right.LISTEN))
            raise DataError(
                f"{user.name} may not listen in; to allow it: "
                f"sipagent users edit {user.number} --rights {rights}"
            )
        return user


def _reached(at: Path) -> socket.socket:
    """Return the line's end of a socket that waits for it.

    Raises:
        DataError: none does.
    """
    sound = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        with short(at) as name:
            sound.connect(name)
    except OSError as error:
        sound.close()
        raise DataError(f"no headset waits at {at}: {error.strerror or error}") from None
    return sound


def _told(call: LiveCall) -> dict[str, object]:
    """Return a call as JSON can carry it; times in UTC."""
    about = call.about
    return {
        "id": call.record.id,
        "since": call.began.isoformat(timespec="seconds"),
        "members": [member.name for member in call.members],
        "users": [member.user for member in call.members if member.user],
        "holding": [member.name for member in call.holding],
        "talking": call.talking,
        "queue": about.queue,
        "room": about.room,
        "number": about.number,
        "listeners": sorted(f"{name} ({mode})" for name, mode in call.listeners),
    }
