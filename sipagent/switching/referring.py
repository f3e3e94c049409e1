"""REFER to a peer on a real leg: carries out what ``switching.refer.Asking`` decides."""

import asyncio
import contextlib

from sipagent.switching.refer import Asking, Done, Listen, Listened, Refused, TimeUp, Told
from sipagent.telephony.leg import Leg

#: Seconds in which audio has to come from a caller whom the peer could not put through.
_SIGN_OF_LIFE = 5.0


async def referred(leg: Leg, uri: str, seconds: float) -> Done | Refused:
    """Ask the peer of a leg to call a SIP URI in our place, and return how that went.

    Args:
        leg: who is put through.
        uri: whom the peer is to call.
        seconds: how long it may take for it.

    Raises:
        HungUp: the call is over; the peer may have taken the caller away without a word.
    """
    asking = Asking()
    try:
        async with asyncio.timeout(seconds):
            action = await _told(leg, uri, asking)
    except TimeoutError:
        (action,) = asking.feed(TimeUp())
    if isinstance(action, Listen):
        (action,) = asking.feed(Listened(await leg.sends(_SIGN_OF_LIFE)))
    assert not isinstance(action, Listen)
    return action


async def _told(leg: Leg, uri: str, asking: Asking) -> Listen | Refused | Done:
    """Return what is to be done as soon as the peer has told enough."""
    async with contextlib.aclosing(leg.refer(uri)) as statuses:
        async for code, reason in statuses:
            leg.note("refer", code=code, reason=reason)
            for action in asking.feed(Told(code, reason)):
                return action
    raise AssertionError("a leg tells how a REFER goes for as long as it lasts")
