"""A caller and who has answered, from the moment they meet: what the record tells of it."""

import asyncio
import contextlib

from sipagent.errors import HungUp
from sipagent.switching.conversation import Side
from sipagent.switching.talking import Talking
from sipagent.telephony.leg import Leg

#: Seconds that a second leg gets to answer BYE.
_LAST_ANSWER = 1.0


async def conversed(call: Leg, second: Leg) -> float:
    """Let a caller talk to who has answered, and return for how many seconds they did.

    The second leg is over when this returns, or raises.

    Raises:
        HungUp: the caller was the first to go.
    """
    clock = asyncio.get_running_loop().time
    call.note("joined", sip_id=second.sip_id)
    began = clock()
    try:
        parted = await Talking(call, second).parted()
        seconds = round(clock() - began, 3)
    finally:
        await note_audio(call, second)
    if parted.side is Side.CALLER:
        raise HungUp("the caller is gone")
    call.note("parted", sip_id=second.sip_id, seconds=seconds)
    return seconds


async def note_audio(call: Leg, second: Leg) -> None:
    """End a second leg that was answered, and note how its audio arrived."""
    await second.hangup()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LAST_ANSWER):
            await second.wait_over()
    if second.quality is not None:
        call.note("second-leg-audio", sip_id=second.sip_id, **vars(second.quality))
