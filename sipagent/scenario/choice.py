"""Waiting for one key: how menus and messages listen, and what ``*``, ``0`` and ``8`` do there."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sipagent.scenario.step import Line, Outcome, line
from sipagent.scenario.talk import Said, Talk
from sipagent.telephony.leg import Leg

#: Ends what is typed: where nothing is, it comes late, and is no choice.
END: Final = "#"
#: Say it again; say it at the other pace; say it in the other language.
REPEAT: Final = "*"
PACE: Final = "0"
LANGUAGE: Final = "8"

#: The prompts that tell of them.
HINTS = {REPEAT: "hint.repeat", PACE: "hint.slower", LANGUAGE: "hint.language"}

#: What is said after a change of the language.
LANGUAGE_LINE = line("choice.language")

#: A number was typed in place of a key; it stands in the facts (``Typed``).
DIALLED = Outcome("dialled")
NO_CHOICE = Outcome("no-choice")
WRONG_CHOICE = Outcome("wrong-choice")

#: The longest number, and the seconds between two keys of one: so long a key may be its first.
_DIGITS, _BETWEEN = 6, 1.5
#: Longest type-ahead that is dropped after a key that led nowhere.
_MOST_WAITING = 64


class Typed(str):
    """A number that the caller has typed where there was a choice; empty: none."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a step waits for a key, and how often it tries.

    Args:
        first: seconds of silence after the prompt.
        silences: how many of them end the wait.
        wrong: how many keys that lead nowhere end it.
    """

    first: float
    silences: int
    wrong: int


async def choose(
    call: Leg,
    talk: Talk,
    says: Callable[[], Sequence[Said]],
    *,
    keys: Collection[str],
    service: Collection[str],
    patience: Patience,
    numbers: bool = False,
) -> Outcome:
    """Say something until the caller presses one of ``keys``, and return that key.

    Where ``numbers`` may be typed, a key is one if nothing follows it within a moment; else
    ``dialled`` is returned, and the number is in the facts.

    What is said comes anew from ``says`` each time, in the language and at the pace of the
    moment; the wait begins after the last of it. The keys of ``service`` are seen to here; a ``#``
    that leads nowhere, as it comes after a login or a recording that ended without it, just has it
    said again. Returns ``no-choice`` and ``wrong-choice`` where patience ends.
    """
    silences = wrong = 0
    while True:
        key = await _ask(call, says(), patience.first, numbers=numbers)
        if len(key) > 1:
            talk.facts.put(Typed(key))
            return DIALLED
        if not key:
            silences += 1
            if silences == patience.silences:
                return NO_CHOICE
            await call.say(talk("choice.silence"))
        elif key in keys:
            return Outcome(key)
        elif key in service:
            await serve(call, talk, key)
        elif key != END:
            wrong += 1
            if wrong == patience.wrong:
                return WRONG_CHOICE
            await forget(call)
            await call.say(talk("choice.wrong-key"))


def choice_lines(patience: Patience, service: Collection[str]) -> list[Line]:
    """Return what ``choose`` says by itself."""
    said = service_lines(service)
    if patience.wrong > 1:
        said.append(line("choice.wrong-key"))
    if patience.silences > 1:
        said.append(line("choice.silence"))
    return said


async def serve(call: Leg, talk: Talk, key: str) -> None:
    """Do what a service key asks for; whoever calls says the prompt again."""
    if key == PACE:
        pace = talk.change_pace()
        call.note("pace", pace=pace)
        await call.say(talk("choice.slower" if pace == "slow" else "choice.faster"))
    elif key == LANGUAGE:
        call.note("language", language=talk.change_language())
        await call.say(talk("choice.language"))


def service_lines(service: Collection[str]) -> list[Line]:
    """Return what ``serve`` says."""
    said = []
    if PACE in service:
        said += [line("choice.slower"), line("choice.faster")]
    if LANGUAGE in service:
        said.append(LANGUAGE_LINE)
    return said


async def forget(call: Leg) -> None:
    """Drop the digits that were typed ahead: they were meant for something else."""
    await call.ask(None, digits=_MOST_WAITING, first=0, between=0)


async def _ask(call: Leg, prompts: Sequence[Said], first: float, *, numbers: bool) -> str:
    for prompt in prompts[:-1]:
        await call.say(prompt)
    if not numbers:
        return await call.ask(prompts[-1], digits=1, first=first)
    return await call.ask(
        prompts[-1], digits=_DIGITS, end=END, commands=REPEAT, first=first, between=_BETWEEN
    )
