"""Leading a caller to somebody: they are rung, or a box takes a message."""

from sipagent.exchange.model import Box
from sipagent.exchange.reach import Reach
from sipagent.exchange.switchboard import Led, Switchboard
from sipagent.exchange.values import Kind, Ref, Target
from sipagent.exchange.voicemail.taking import Why, take
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg, Prompt


async def lead(
    call: Leg, talk: Talk, target: Target, ringback: Prompt, seconds: float | None = None
) -> Reach:
    """Ring somebody, see ``Switchboard.connect``; a box, or who forwards to one, takes a message.

    Raises:
        HungUp: the caller is gone.
    """
    if isinstance(target, Ref) and target.kind is Kind.BOX:
        return await _left(call, talk, target.name)
    reach = await talk.service(Switchboard).connect(call, talk, target, ringback, seconds)
    if reach is Reach.ANSWERED:
        return reach
    talk.facts.put(Why("busy" if reach is Reach.BUSY else "absent"))
    box = (talk.facts.get(Led) or Led()).box
    return await _left(call, talk, box) if box else reach


async def _left(call: Leg, talk: Talk, name: str) -> Reach:
    """Take a message for a box."""
    box = talk.service(Switchboard).now.exchange.find("boxes", name)
    if not isinstance(box, Box):
        return Reach.UNREACHABLE
    await take(call, talk, box, (talk.facts.get(Why) or Why()).greeting)
    return Reach.ANSWERED
