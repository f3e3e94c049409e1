"""What commands may ask of the calls that go on: which there are, and to end one."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sipagent.control.control import Control, Nothing, Wish
from sipagent.errors import DataError
from sipagent.exchange.listening.live import LiveCall, LiveCalls

#: Why a leg is ended, as the timeline tells it.
_REASON = "by-command"


class OneCall(Wish):
    """Which call: the id of its record, or its beginning."""

    call: str


class Supervision:
    """Shows and ends calls.

    Args:
        calls: those that go on.
    """

    def __init__(self, calls: LiveCalls) -> None:
        self._calls = calls
        #: By name, as a domain's staff has them.
        self.controls: Mapping[str, Control[Any]] = {
            "calls.live": Control(Nothing, self._live),
            "calls.hangup": Control(OneCall, self._hang_up),
        }

    async def _live(self, wish: Nothing) -> object:
        return [_told(call) for call in self._calls if call.members]

    async def _hang_up(self, wish: OneCall) -> object:
        """End all legs that talk in a call."""
        call = self._found(wish.call)
        legs = [call.record, *(member.leg for member in call.members)]
        await asyncio.gather(*(leg.hangup(_REASON) for leg in legs if not leg.over))
        return {"id": call.record.id}

    def _found(self, text: str) -> LiveCall:
        found = [call for call in self._calls if call.record.id.startswith(text)]
        if len(found) != 1:
            several = "several calls begin" if found else "no call that goes on begins"
            raise DataError(f"{several} with {text!r}; see: sipagent calls live")
        return found[0]


def _told(call: LiveCall) -> dict[str, object]:
    """Return a call as JSON can carry it; times in UTC."""
    about = call.about
    return {
        "id": call.record.id,
        "since": call.began.isoformat(timespec="seconds"),
        "members": [member.name for member in call.members],
        "holding": [member.name for member in call.holding],
        "talking": call.talking,
        "queue": about.queue,
        "room": about.room,
        "number": about.number,
        "listeners": sorted(f"{name} ({mode})" for name, mode in call.listeners.items()),
    }
