"""Asking a caller for the number at which they are to be called back."""

from collections.abc import Callable, Iterable

from sipagent.e164 import EMERGENCY, to_e164
from sipagent.exchange.rights import may_call
from sipagent.exchange.values import Right
from sipagent.scenario.step import Line, line
from sipagent.scenario.talk import Talk
from sipagent.speech.words import Digits
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Party, TargetRefused
from sipagent.telephony.phones import Phones

CONFIRM, ENTER, WRONG = (f"queue.callback-{what}" for what in ("confirm", "enter", "wrong-number"))
#: Keys: it is right, another one, wait on.
_RIGHT, _OTHER, _BACK = "1", "2", "*"
_DIGITS, _TRIES = 15, 5
#: What is dialled for nothing but a word of a caller: nothing that is dear, at home only.
_OPEN = (Right.MOBILE, Right.NATIONAL)


def lines() -> Iterable[Line]:
    """Return everything that is said about it."""
    yield line(CONFIRM, keys=_RIGHT + _OTHER + _BACK, fields=["number"])
    yield line(ENTER, keys="#" + _BACK)
    yield line(WRONG)


def callable_at(number: str, country: str, phones: Phones) -> bool:
    """Whether somebody may be called back at a number (E.164), on no more than their word."""
    if not number or number in EMERGENCY or not may_call(_OPEN, number, country):
        return False
    try:
        return bool(phones.routes(Party(number=number)))
    except TargetRefused:
        return False


async def asked(
    call: Leg, talk: Talk, number: str, country: str, may: Callable[[str], bool]
) -> str:
    """Return the number that a caller has confirmed; empty: they wait on.

    Args:
        call: the caller, who still waits.
        talk: of the call.
        number: that of the caller, E.164; empty: not known, or not to be called.
        country: where a number without prefix belongs.
        may: whether somebody may be called back at a number.

    Raises:
        HungUp: the caller is gone.
    """
    for _ in range(_TRIES):
        if number:
            key = await call.ask(talk(CONFIRM, number=Digits(number)), first=8.0)
            if key == _RIGHT:
                return number
            if key == _BACK:
                return ""
            number = "" if key == _OTHER else number
            continue
        typed = await call.ask(talk(ENTER), digits=_DIGITS, end="#", commands=_BACK, first=8.0)
        if typed == _BACK:
            return ""
        number = _read(typed, country)
        if not (number and may(number)):
            number = ""
            await call.say(talk(WRONG))
    return ""


def _read(typed: str, country: str) -> str:
    try:
        return to_e164(typed, country)
    except ValueError:
        return ""
