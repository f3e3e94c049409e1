"""The greeting that somebody speaks for a box by phone: recorded, heard, kept."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sipagent import tasks
from sipagent.dictation.recordings import END, Limits, played, record, spoken
from sipagent.exchange.model import Box
from sipagent.exchange.voicemail.mailboxes import Mailboxes
from sipagent.exchange.voicemail.taking import greeted
from sipagent.scenario.choice import Patience, choice_lines, choose
from sipagent.scenario.step import Line, line
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg
from sipagent.threads import FILES

#: Keys before a greeting is recorded, and then.
RECORD: Final = "1"
HEAR: Final = "2"
USUAL: Final = "3"
KEEP, LISTEN, AGAIN = "1", "2", "3"
BACK: Final = "*"

_LIMITS = Limits(longest=120.0, silence=4.0, first=8.0)
_PATIENCE = Patience(8.0, silences=2, wrong=3)


async def change_greeting(call: Leg, talk: Talk, box: Box) -> None:
    """Let somebody record a greeting, hear what callers hear, or go back to the usual one.

    Raises:
        SetupError: it cannot be kept.
    """
    boxes = talk.service(Mailboxes)
    while True:
        key = await _key(call, talk, "voicemail.greeting-keys", RECORD, HEAR, USUAL, BACK)
        if key == RECORD:
            await _record(call, talk, box)
        elif key == HEAR:
            await call.say(await greeted(talk, box, "always"))
        elif key == USUAL:
            await boxes.greet(box.name, None)
            await call.say(talk("voicemail.greeting-usual"))
        else:
            return


def lines() -> Iterable[Line]:
    """Return all that is said while a greeting is changed."""
    yield line("voicemail.greeting-keys", keys=[RECORD, HEAR, USUAL, BACK])
    yield line("voicemail.greeting-record", keys=END)
    yield line("voicemail.greeting-review", keys=[KEEP, LISTEN, AGAIN, BACK])
    for key in ("silent", "kept", "usual"):
        yield line(f"voicemail.greeting-{key}")
    yield from choice_lines(_PATIENCE, ())


async def _record(call: Leg, talk: Talk, box: Box) -> None:
    """Record until the greeting is kept or given up; who hangs up has not kept it."""
    boxes = talk.service(Mailboxes)
    path = await boxes.new_greeting(call.id)
    kept = False
    try:
        kept = await _recorded(call, talk, path)
        if kept:
            await boxes.greet(box.name, path)
            await call.say(talk("voicemail.greeting-kept"))
    finally:
        if not kept:
            await tasks.to_the_end(boxes.drop_greeting(path), f"drop-{call.id}")


async def _recorded(call: Leg, talk: Talk, path: Path) -> bool:
    while True:
        await call.say(talk("voicemail.greeting-record"))
        await record(call, talk, path, _LIMITS)
        if not await FILES.run(spoken, path):
            await call.say(talk("voicemail.greeting-silent"))
            return False
        key = LISTEN
        while key == LISTEN:
            await call.say(await FILES.run(played, path, "voicemail.recorded-greeting"))
            key = await _key(call, talk, "voicemail.greeting-review", KEEP, LISTEN, AGAIN, BACK)
        if key != AGAIN:
            return key == KEEP


async def _key(call: Leg, talk: Talk, prompt: str, *keys: str) -> str:
    return await choose(
        call, talk, lambda: [talk(prompt)], keys=keys, service=(), patience=_PATIENCE
    )
