"""PINs of boxes: who may listen, and how a PIN is chosen on a phone."""

from collections.abc import Iterable
from datetime import datetime

from sipagent.access.pins import LONGEST, Guess, require_good
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.model import Box
from sipagent.exchange.pins import EntryPins
from sipagent.exchange.voicemail.messages import box_id
from sipagent.scenario.step import Line, line
from sipagent.scenario.talk import Talk
from sipagent.scenario.waits import locked
from sipagent.telephony.leg import Conceal, Leg, concealing
from sipagent.telephony.party import Caller
from sipagent.threads import PINS

#: How often a PIN may be typed, or chosen, in one call.
_ATTEMPTS = 3
#: Seconds to wait for the first digit, and for each other one.
_FIRST, _BETWEEN = 10.0, 6.0
_END = "#"


class BoxPins(EntryPins):
    """Decides about PINs of boxes, and keeps new ones."""

    async def check(self, box: str, pin: str, caller: Caller, now: datetime) -> Guess:
        """Decide about a PIN, and count it where it is wrong."""
        return await self._decided(
            lambda db: [f"box:{box_id(db, box)}"],
            pin,
            login=editing.streak_of(box),
            number=caller.number,
            asserted=caller.asserted,
            now=now,
        )

    async def choose(self, box: str, pin: str) -> None:
        """Give a box a PIN, which is known to be a good one.

        Raises:
            DataError: the box is gone.
        """
        hashed = await PINS.run(self._hasher.hash, pin)
        await self._store.write(lambda db: editing.keep_pin(db, box, hashed), durable=True)


async def let_in(call: Leg, talk: Talk, box: Box, *, own: bool) -> bool:
    """Ask for the PIN of a box; return whether the caller may listen.

    A box that has none yet gets one from the phone of whom it belongs to; the box of a group gets
    it from an administrator.
    """
    if not box.has_secret:
        if own:
            await call.say(talk("voicemail.pin-none"))
            return await choose_pin(call, talk, box)
        await call.say(talk("voicemail.pin-of-group"), interruptible=False)
        return False
    # Also what is typed ahead, while a PIN is checked or called wrong, may be one.
    with concealing(call, Conceal.ALL):
        return await _proven(call, talk, box)


async def _proven(call: Leg, talk: Talk, box: Box) -> bool:
    pins = talk.service(BoxPins)
    for _ in range(_ATTEMPTS):
        typed = await _typed(call, talk, "voicemail.pin")
        if not typed:
            continue
        guess = await pins.check(box.name, typed, call.caller, talk.now())
        if guess.right:
            return True
        if guess.wait is not None:
            await call.say(locked(talk, guess.wait), interruptible=False)
            return False
        await call.say(talk("voicemail.pin-wrong"))
    await call.say(talk("voicemail.pin-help"), interruptible=False)
    return False


async def choose_pin(call: Leg, talk: Talk, box: Box) -> bool:
    """Let somebody choose a PIN, twice the same one; return whether there is one then."""
    with concealing(call, Conceal.ALL):
        return await _chosen(call, talk, box)


async def _chosen(call: Leg, talk: Talk, box: Box) -> bool:
    for _ in range(_ATTEMPTS):
        pin = await _typed(call, talk, "voicemail.pin-new")
        try:
            require_good(pin, box.number or box.name)
        except DataError:
            await call.say(talk("voicemail.pin-easy"))
            continue
        if await _typed(call, talk, "voicemail.pin-again") != pin:
            await call.say(talk("voicemail.pin-differs"))
            continue
        await talk.service(BoxPins).choose(box.name, pin)
        call.note("pin", box=box.name)
        await call.say(talk("voicemail.pin-set"))
        return True
    await call.say(talk("voicemail.pin-not-set"))
    return False


def lines() -> Iterable[Line]:
    """Return all that is said about PINs."""
    for key in ("pin", "pin-new", "pin-again"):
        yield line(f"voicemail.{key}", keys=_END)
    for key in (
        "wrong",
        "help",
        "none",
        "of-group",
        "easy",
        "differs",
        "set",
        "not-set",
        "not-own",
    ):
        yield line(f"voicemail.pin-{key}")
    yield line("login.locked-minutes", fields=["minutes"])
    yield line("login.locked-hours", fields=["hours"])


async def _typed(call: Leg, talk: Talk, prompt: str) -> str:
    return await call.ask(
        talk(prompt), digits=LONGEST + 1, end=_END, first=_FIRST, between=_BETWEEN
    )
