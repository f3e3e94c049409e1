"""The owner's login: digits that end with ``#``, checked against the calling number."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pydantic import Field

from sipagent.infoline.login import LONGEST_LOGIN, Login, LoginResult, Verdict
from sipagent.infoline.model import Owner
from sipagent.infoline.pins import Pins
from sipagent.scenario.choice import LANGUAGE, PACE, REPEAT, forget, serve, service_lines
from sipagent.scenario.step import Kinds, Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.scenario.waits import locked
from sipagent.speech.words import Digits, Name
from sipagent.telephony.leg import Conceal, Leg
from sipagent.threads import STORE

NO_ENTRY = Outcome("no-entry")
REFUSED = Outcome(Verdict.REFUSED)

_END, _CORRECT = "#", REPEAT
#: Entries that are no login: they change how the line speaks.
Comfort = Literal["0", "8"]
_HINTS = {PACE: "login.slower", LANGUAGE: "login.language"}

#: How the login is asked for after something went wrong.
_AGAIN = ("login.again",)
#: What a caller hears who pauses while typing.
_GO_ON = "login.go-on"
#: Why a PIN is asked for, and how.
_WHY = _UNKNOWN, _HIDDEN = ("login.pin-unknown", "login.pin-hidden")
_PIN = ("login.pin-enter", "login.pin-without")

#: Longer entries are read to their ``#`` all the same: it must not answer the next question.
_MOST_DIGITS = 40
#: Waits without a key, one after the other, that end an entry as ``#`` does.
_MOST_PAUSES = 3


class LoginSettings(Settings):
    """``type = "owner-login"``"""

    #: Refused entries after which the caller is told where to find help.
    attempts: int = Field(3, ge=1, le=10)
    #: Which of ``0#`` (slower) and ``8#`` (other language) work; told with the question.
    comfort: tuple[Comfort, ...] = (PACE, LANGUAGE)
    #: Waits in silence after which the call goes on without a login.
    silences: int = Field(3, ge=1, le=10)
    #: Shortest entry that is looked up; a shorter one is a slip, and the caller is told.
    shortest: int = Field(4, ge=2, le=LONGEST_LOGIN)
    #: Seconds to wait for the first digit, and for each other one before a word of help.
    first: float = Field(8.0, ge=1, le=60)
    between: float = Field(6.0, ge=1, le=60)
    #: Seconds to wait for each digit of a caller who was helped: slow typing is no mistake.
    patience: float = Field(20.0, ge=1, le=120)


@dataclass(slots=True)
class _Count:
    """What has gone wrong so far, and what the caller hears next."""

    prompt: tuple[str, ...]
    refused: int = 0
    silent: int = 0
    #: Whether PINs count on this line, and whether one was typed with the last login.
    pins: bool = False
    pin: bool = False
    #: Whether the last entry ended without its ``#``, which may still come.
    open: bool = False


class OwnerLogin(Step):
    """Ask for the login until it is right, or patience ends.

    ``*`` drops what was typed; ``0#`` changes the pace, ``8#`` the language. Where owners may have
    a PIN, whoever calls from a number that does not fit is asked for it. Outcomes: the verdicts of
    ``sipagent.infoline.login``, and ``no-entry`` for a caller who types nothing.
    """

    type = "owner-login"
    settings: LoginSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Ask, check, and say what came of it."""
        pins = talk.offers(Pins) and await talk.service(Pins).in_use()
        if call.caller.number is None and not pins:
            # Nobody is let in without a number: better said before the login is typed.
            call.note("login", verdict=Verdict.HIDDEN_NUMBER.value)
            await call.say(talk("login.hidden-number"), interruptible=False)
            return Outcome(Verdict.HIDDEN_NUMBER)
        call.conceal(Conceal.AHEAD if pins else Conceal.NONE)
        try:
            return await self._ask(call, talk, _Count(self._whole(), pins=pins))
        finally:
            call.conceal(Conceal.NONE)

    async def _ask(self, call: Leg, talk: Talk, count: _Count) -> Outcome:
        whole = count.prompt
        while True:
            late, count.open = count.open, False
            entry = await self._entry(call, talk, count)
            count.prompt = _AGAIN
            if entry is None:
                count.silent += 1
                if count.silent == self.settings.silences:
                    await call.say(talk("login.no-entry"))
                    return NO_ENTRY
                await call.say(talk("login.where"))
            elif entry == _CORRECT:
                count.prompt = whole
            elif entry == _END:
                if not late:
                    await call.say(talk("login.empty"))
            elif entry.endswith(_CORRECT):
                await call.say(talk("login.dropped"))
            elif entry in self.settings.comfort:
                await serve(call, talk, entry)
                count.prompt = whole
            elif outcome := await self._attempt(call, talk, entry, count):
                return outcome

    def outcomes(self) -> frozenset[str]:
        """The verdicts, and no entry at all."""
        return frozenset({*(str(verdict) for verdict in Verdict), NO_ENTRY})

    def unattended(self) -> frozenset[str]:
        """Silence."""
        return frozenset({NO_ENTRY})

    def finds(self, outcome: str) -> Kinds:
        """The owner, where the login was accepted."""
        return (Owner,) if outcome == Verdict.ACCEPTED else ()

    def lines(self) -> Iterable[Line]:
        """The question, what may be wrong with an answer, and every verdict."""
        yield line(*self._whole(), keys={_END, _CORRECT, *self.settings.comfort})
        yield line(*_AGAIN, keys=_END)
        yield line(_GO_ON, keys=_END)
        for key in ("where", "empty", "dropped", "no-entry", "reasons", "failed"):
            yield line(f"login.{key}")
        for key in ("too-short", "too-long", "not-recognised"):
            yield line(f"login.{key}", fields=["digits"])
        for reason in _WHY:
            yield line(reason, *_PIN, keys=_END)
        yield line("login.pin-enter", keys=_END)
        yield line("login.pin-wrong")
        for verdict in ("hidden-number", "owner-blocked", "estate-blocked", "no-access"):
            yield line(f"login.{verdict}")
        yield line("login.locked-minutes", fields=["minutes"])
        yield line("login.locked-hours", fields=["hours"])
        yield line("login.accepted", fields=["estate"])
        yield from service_lines(self.settings.comfort)

    def _whole(self) -> tuple[str, ...]:
        """Return the question with all that helps to answer it."""
        hints = (_HINTS[key] for key in self.settings.comfort)
        return ("login.enter", "login.correct", *hints)

    async def _entry(self, call: Leg, talk: Talk, count: _Count) -> str | None:
        """Return what was typed, without the ``#``; None for silence.

        A lone ``#`` or ``*`` comes as it is; an entry that was dropped ends with ``*``. A pause is
        no end: who types slowly is told how an entry ends, and is waited for.
        """
        typed = await call.ask(talk(*count.prompt), first=self.settings.first)
        if typed in {"", _END, _CORRECT}:
            return typed or None
        wait, pauses = self.settings.between, 0
        while len(typed) < _MOST_DIGITS:
            key = await call.ask(None, first=wait)
            if key == _END:
                return typed
            if key == _CORRECT:
                return typed + key
            typed += key
            pauses = 0 if key else pauses + 1
            if pauses == _MOST_PAUSES:
                break
            if pauses:
                wait = self.settings.patience
                await call.say(talk(_GO_ON))
        count.open = True
        return typed

    async def _attempt(self, call: Leg, talk: Talk, entry: str, count: _Count) -> Outcome | None:
        """Check an entry; return how the step ends, None for another try."""
        result = await self._check(call, talk, entry, count)
        call.note("login", verdict=result.verdict.value, **({"pin": True} if count.pin else {}))
        if result.verdict is Verdict.ACCEPTED and result.owner:
            talk.facts.put(result.owner)
            await call.say(talk("login.accepted", estate=Name(result.owner.estate.name)))
            return Outcome(result.verdict)
        # What was typed ahead was meant for the menu, and would cut the explanation short.
        await forget(call)
        if result.verdict is not Verdict.REFUSED:
            await call.say(_reason(talk, result), interruptible=False)
            return Outcome(result.verdict)
        count.refused += 1
        if count.pin:
            await call.say(talk("login.pin-wrong"))
        else:
            await self._explain(call, talk, entry)
        if result.wait:
            await call.say(locked(talk, result.wait), interruptible=False)
            return Outcome(Verdict.LOCKED)
        if count.refused < self.settings.attempts:
            return None
        await call.say(talk("login.failed"), interruptible=False)
        return REFUSED

    async def _check(self, call: Leg, talk: Talk, entry: str, count: _Count) -> LoginResult:
        count.pin = False
        if not self.settings.shortest <= len(entry) <= LONGEST_LOGIN:
            # A slip of the finger is no guess: it does not count towards a lock-out.
            return LoginResult(Verdict.REFUSED)
        if count.pins and (pin := await self._pin(call, talk, entry)):
            count.pin = True
            return await talk.service(Pins).check(
                entry, pin, call.caller.number, now=talk.now(), asserted=call.caller.asserted
            )
        # A failure is written down, and may have to wait for an import: not in the event loop.
        return await STORE.run(
            talk.service(Login).check,
            entry,
            call.caller.number,
            now=talk.now(),
            asserted=call.caller.asserted,
        )

    async def _pin(self, call: Leg, talk: Talk, login: str) -> str:
        """Return the PIN of a caller whose number does not fit; empty: none is needed, or given.

        Everybody is asked in the same way, whether the login exists, and has a PIN, or not.
        """
        number = call.caller.number
        if number is not None:
            known = talk.service(Login)
            if await STORE.run(known.fits, login, number, talk.now()):
                return ""
        call.conceal(Conceal.ALL)
        try:
            asked = _Count((_HIDDEN if number is None else _UNKNOWN, *_PIN))
            while True:
                entry = await self._entry(call, talk, asked)
                if entry is None or entry == _END:
                    return ""
                if not entry.endswith(_CORRECT):
                    return entry
                await call.say(talk("login.dropped"))
                asked.prompt = ("login.pin-enter",)
        finally:
            call.conceal(Conceal.AHEAD)

    async def _explain(self, call: Leg, talk: Talk, entry: str) -> None:
        """Say which digits were understood: who mistyped one hears it."""
        if len(entry) < self.settings.shortest:
            await call.say(talk("login.too-short", digits=Digits(entry)))
        elif len(entry) > LONGEST_LOGIN:
            await call.say(talk("login.too-long", digits=Digits(entry)))
        else:
            await call.say(talk("login.not-recognised", digits=Digits(entry)))
            await call.say(talk("login.reasons"))


def _reason(talk: Talk, result: LoginResult) -> Said:
    """Return why a caller is not let in, though there is nothing wrong with the entry."""
    if result.verdict is Verdict.LOCKED:
        return locked(talk, result.wait or timedelta())
    if result.verdict is Verdict.ESTATE_BLOCKED and result.owner:
        own = result.owner.estate.access_reason
        if talk.knows(own) and talk.catalogue.is_fixed(own, talk.language):
            return talk(own)
    return talk(f"login.{result.verdict}")
