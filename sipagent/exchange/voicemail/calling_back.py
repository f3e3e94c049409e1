"""Calling back whoever has left a message, as far as that is safe and allowed."""

from collections.abc import Iterable

from sipagent.exchange.model import User
from sipagent.exchange.outward.limits import Cap
from sipagent.exchange.outward.policy import FORBIDDEN, refusal
from sipagent.exchange.reach import Reach
from sipagent.exchange.steps.redirect import Redirect, RedirectSettings
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Target
from sipagent.exchange.voicemail.messages import VoiceMessage
from sipagent.scenario.step import Line, line
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg
from sipagent.telephony.network import Network

#: What is said where nobody may be called.
_HIDDEN, _UNSURE, _GONE = (f"voicemail.back-{why}" for why in ("hidden", "unsure", "gone"))
#: What is said where nobody is reached.
_SORRY = {
    Reach.BUSY: "transfer.busy",
    Reach.NO_ANSWER: "transfer.no-answer",
    Reach.REFUSED: "transfer.no-answer",
    Reach.UNREACHABLE: "transfer.failed",
}


async def call_back(call: Leg, talk: Talk, message: VoiceMessage, user: User | None) -> None:
    """Call who has left a message, and let the caller talk to them; else say why not.

    A number that no network vouches for is not called: anybody may write a dear one into a call.
    """
    why = await _refusal(talk, message, user)
    if why is not None:
        call.note("call-back-refused", message=message.id, reason=why)
        await call.say(talk(why))
        return
    call.note("call-back", message=message.id)
    settings = RedirectSettings.model_construct(target=str(_target(talk, message)))
    reach = Reach(await Redirect("call-back", settings).run(call, talk))
    if reach is not Reach.ANSWERED:
        await call.say(talk(_SORRY[reach]))


def lines() -> Iterable[Line]:
    """Return all that is said about calling back."""
    for cap in Cap:
        yield line(f"limit.{cap}")
    for prompt in (_HIDDEN, _UNSURE, _GONE, FORBIDDEN, *dict.fromkeys(_SORRY.values())):
        yield line(prompt)


async def _refusal(talk: Talk, message: VoiceMessage, user: User | None) -> str | None:
    """Return what is said where nobody may be called; None where they may."""
    if not message.caller:
        return _HIDDEN
    if not (message.extension or message.asserted):
        return _UNSURE
    target = _target(talk, message)
    if target is None:
        return _GONE
    phones = talk.service(Network).phones
    return await refusal(talk.service(Switchboard), phones, user, target)


def _target(talk: Talk, message: VoiceMessage) -> Target | None:
    """Return whom to call; None where an internal number is nobody's any more."""
    there = talk.service(Switchboard).now
    return there.extension(message.extension) if message.extension else message.number
