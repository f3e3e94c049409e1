"""Who may listen in: their right, and their PIN."""

from collections.abc import Iterable
from datetime import datetime

import sqlite_utils

from sipagent.access.pins import LONGEST, Guess
from sipagent.exchange import editing
from sipagent.exchange.model import User
from sipagent.exchange.pins import EntryPins, party_key
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Kind, Right
from sipagent.scenario.step import Line, line
from sipagent.scenario.talk import Talk
from sipagent.scenario.waits import locked
from sipagent.telephony.leg import Conceal, Leg, concealing
from sipagent.telephony.party import Caller

#: How often a PIN may be typed in one call.
_ATTEMPTS = 3
#: The longest internal number, and seconds for the first digit, and for each other one.
_DIGITS, _FIRST, _BETWEEN = 6, 10.0, 6.0
_END = "#"
_NOT_ALLOWED = "listening.not-allowed"


class UserPins(EntryPins):
    """Decides about PINs of users."""

    async def check(self, user: str, pin: str, caller: Caller, now: datetime) -> Guess:
        """Decide about a PIN, and count it where it is wrong; none fits who is no user."""

        def subjects(db: sqlite_utils.Database) -> list[str]:
            key = party_key(db, Kind.USER, user)
            return [] if key is None else [f"user:{key}"]

        return await self._decided(
            subjects,
            pin,
            login=editing.streak_of(user, "users"),
            number=caller.number,
            asserted=caller.asserted,
            now=now,
        )


async def let_in(call: Leg, talk: Talk, user: User | None) -> User | None:
    """Ask for a PIN, and return who may listen in; None: nobody, and why was said.

    Args:
        call: the caller, who is answered.
        talk: of the call.
        user: whose phone of the house it is; None: whoever it is has to say so first.
    """
    if user is None:
        with concealing(call, Conceal.AHEAD):  # behind the number a PIN may be typed ahead
            number = await call.ask(
                talk("listening.who"), digits=_DIGITS, end=_END, first=_FIRST, between=_BETWEEN
            )
        who = number, _of_number(talk, number)
    else:
        who = user.number, user
    # Also what is typed ahead, while a PIN is checked or called wrong, may be one.
    with concealing(call, Conceal.ALL):
        proven = await _proven(call, talk, *who)
    if not proven:
        return None
    _, found = who
    if found is None or Right.LISTEN not in found.rights:
        call.note("refused", reason="no right to listen in")
        await call.say(talk(_NOT_ALLOWED), interruptible=False)
        return None
    return found


def lines() -> Iterable[Line]:
    """Return all that is said to who wants to listen in."""
    for key in ("who", "pin"):
        yield line(f"listening.{key}", keys=_END)
    for key in ("wrong", "help"):
        yield line(f"listening.pin-{key}")
    yield line(_NOT_ALLOWED)
    yield line("login.locked-minutes", fields=["minutes"])
    yield line("login.locked-hours", fields=["hours"])


async def _proven(call: Leg, talk: Talk, number: str, user: User | None) -> bool:
    """Return whether the caller knows the PIN of a user; where there is none, nothing is right."""
    pins = talk.service(UserPins)
    name = number if user is None else user.name
    for _ in range(_ATTEMPTS):
        typed = await call.ask(
            talk("listening.pin"), digits=LONGEST + 1, end=_END, first=_FIRST, between=_BETWEEN
        )
        if not typed:
            continue
        guess = await pins.check(name, typed, call.caller, talk.now())
        if guess.right:
            return True
        if guess.wait is not None:
            await call.say(locked(talk, guess.wait), interruptible=False)
            return False
        await call.say(talk("listening.pin-wrong"))
    await call.say(talk("listening.pin-help"), interruptible=False)
    return False


def _of_number(talk: Talk, number: str) -> User | None:
    there = talk.service(Switchboard).now
    found = there.extension(number)
    if found is None or found.kind is not Kind.USER:
        return None
    entry = there.exchange.find("users", found.name)
    return entry if isinstance(entry, User) else None
