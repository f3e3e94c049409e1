"""What an outside number gets before it is joined to a caller: the keys it wants, words, a text."""

from sipagent.errors import CallError, HungUp
from sipagent.exchange.model import Outside
from sipagent.exchange.outward.number_texts import NumberTexts
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg

#: Seconds from one key to the next (a tone of 200 ms and a gap), and of a comma.
_KEY, _COMMA = 0.3, 1.0
#: What the timeline calls the words that it hears.
_TEXT = "exchange.text"


async def prepared(call: Leg, leg: Leg, outside: Outside, talk: Talk) -> bool:
    """Write the caller's number, press keys and say the text; return whether it is still there.

    The record tells that keys were pressed, and not which: they may be a PIN.

    Args:
        call: of whose record it is.
        leg: of the outside number, which has answered.
        outside: the number.
        talk: says the text.
    """
    try:
        if outside.text_number and talk.offers(NumberTexts):
            await talk.service(NumberTexts).tell(call, outside, talk.language)
        if outside.keys:
            await _pressed(call, leg, outside.keys)
        if outside.text:
            await leg.say(talk.read(_TEXT, outside.text), interruptible=False)
    except HungUp:
        return False
    return not leg.over


async def _pressed(call: Leg, leg: Leg, keys: str) -> None:
    """Press keys; a far end that takes none is talked to all the same."""
    call.note("keys", sip_id=leg.sip_id, digits=keys, secret=True)
    for key in keys:
        if key == ",":
            await leg.pause(_COMMA)
            continue
        try:
            await leg.press(key)
        except HungUp:
            raise
        except CallError as error:
            call.note("keys-failed", sip_id=leg.sip_id, reason=str(error))
            return
        await leg.pause(_KEY)
