"""One who hears another one and is not heard: a link between legs, as long as a block lasts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, runtime_checkable

from sipagent.sip.mixer import End, Link, Mixer
from sipagent.sip.thread import PjThread
from sipagent.telephony.leg import Leg


@runtime_checkable
class Heard(Protocol):
    """A leg whose sound the mixer has."""

    @property
    def end(self) -> End:
        """What it is to the mixer."""


@asynccontextmanager
async def one_way(thread: PjThread, mixer: Mixer, source: Leg, sink: End) -> AsyncIterator[None]:
    """Let an end of the mixer hear a leg while a block lasts; it waits while either holds."""
    if not isinstance(source, Heard):
        raise TypeError("a leg on the wire hears its like only")
    link = Link(source.end, sink)
    try:
        await thread.run(mixer.declare, link)
        yield
    finally:
        thread.post(mixer.withdraw, link)
