"""What commands and the panel may ask of the line itself: how it stands, and to end a call."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sipagent.control.control import Control, Nothing, Wish
from sipagent.errors import DataError


class OneCall(Wish):
    """Which call: the id of its record."""

    call: str


def controls_of(
    status: Callable[[], Awaitable[object]], hang_up: Callable[[str], Awaitable[bool]]
) -> Mapping[str, Control[Any]]:
    """Return what can be asked.

    Args:
        status: returns how the line stands, as JSON can carry it.
        hang_up: ends the call of an id; returns whether there is one.
    """

    async def stand(wish: Nothing) -> object:
        return await status()

    async def end(wish: OneCall) -> object:
        if not await hang_up(wish.call):
            raise DataError(f"the call {wish.call!r} is over, or never was")
        return {"id": wish.call}

    return {"line.status": Control(Nothing, stand), "line.hangup": Control(OneCall, end)}
