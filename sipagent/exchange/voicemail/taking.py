"""Taking a message: the greeting that fits, the tone, and what the caller says then."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import get_args

import structlog

from sipagent import tasks
from sipagent.dictation.recordings import END, Limits, played, record
from sipagent.errors import HungUp, SipAgentError
from sipagent.exchange.model import Box, Greeting
from sipagent.exchange.values import Ref
from sipagent.exchange.voicemail.mailboxes import Draft, Mailboxes
from sipagent.scenario.announcements import Announcements
from sipagent.scenario.step import Line, line
from sipagent.scenario.talk import Said, Talk
from sipagent.speech.words import Name
from sipagent.telephony.leg import Leg, Prompt
from sipagent.telephony.party import Caller
from sipagent.threads import FILES

#: Seconds of silence that end a message, and in which the caller has to begin.
_SILENCE, _FIRST = 5.0, 8.0
_GREETINGS: tuple[Greeting, ...] = get_args(Greeting)

log = structlog.get_logger(__name__)


class Taken(StrEnum):
    """What came of it."""

    LEFT = "left"
    #: The caller has said nothing.
    NOTHING = "nothing"
    FULL = "full"
    #: It could not be kept.
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Why:
    """Why a caller comes to a box: closed, busy or absent (nobody has answered), or just so."""

    greeting: Greeting = "always"


async def take(call: Leg, talk: Talk, box: Box, greeting: Greeting, caller: Caller) -> Taken:
    """Greet a caller for a box, and take a message; who hangs up has left what was said.

    What is not kept is noted as a missed call. The call is answered for it.

    Args:
        call: the caller.
        talk: of the call.
        box: where the message goes.
        greeting: which of its greetings.
        caller: who is said to have called.

    Raises:
        HungUp: the caller is gone; what was said is kept.
    """
    await call.answer()
    boxes = talk.service(Mailboxes)
    taken = Taken.FAILED
    try:
        draft = await boxes.begin(box.name, caller, call.id, talk.language)
        try:
            taken = await _spoken(call, talk, box, greeting, draft)
        finally:
            seconds = await tasks.to_the_end(boxes.settle(draft), f"settle-{call.id}")
            _note(call, box, draft, seconds)
    except HungUp:
        raise
    except SipAgentError as error:
        log.error("message not taken", call_id=call.id, box=box.name, reason=str(error))
        call.note("failure", step="voicemail", error=error.code)
        await call.say(talk("voicemail.failed"), interruptible=False)
        return Taken.FAILED
    if taken is Taken.LEFT and not seconds:
        taken = Taken.NOTHING
    await call.say(talk(f"voicemail.{taken}"), interruptible=False)
    return taken


def lines() -> Iterable[Line]:
    """Return everything that is said to who leaves a message."""
    for greeting in _GREETINGS:
        yield line(f"voicemail.greeting-{greeting}", keys=END, fields=["name"])
    for taken in Taken:
        yield line(f"voicemail.{taken}")


def _note(call: Leg, box: Box, draft: Draft, seconds: float) -> None:
    if seconds:
        call.note("voicemail", box=box.name, message=draft.message, seconds=round(seconds, 3))
    else:
        call.note("missed-call", box=box.name)


async def _spoken(call: Leg, talk: Talk, box: Box, greeting: Greeting, draft: Draft) -> Taken:
    boxes = talk.service(Mailboxes)
    if sum(boxes.counts(box.name)) >= box.messages:
        return Taken.FULL
    talk.prepare([talk(f"voicemail.{Taken.LEFT}")])
    await call.say(await greeted(talk, box, greeting))
    await record(call, talk, draft.path, Limits(float(box.seconds), _SILENCE, _FIRST))
    return Taken.LEFT


async def greeted(talk: Talk, box: Box, greeting: Greeting) -> Prompt:
    """Return how a box greets: what was spoken for it, an announcement, or the usual words."""
    own = await talk.service(Mailboxes).greeting(box.name)
    if own is not None:
        try:
            return await FILES.run(played, own, "voicemail.own-greeting")
        except OSError as error:
            log.warning("a spoken greeting is gone", box=box.name, reason=str(error))
    name = box.greetings.get(greeting) or box.greetings.get("always")
    if name is not None:
        said = await talk.service(Announcements).said(talk, name)
        if said is not None:
            return said
    return _usual(talk, box, greeting)


def ahead(talk: Talk, box: Box) -> Iterable[Said]:
    """Return what a caller may hear who is led to a box, as far as it is no announcement."""
    for greeting in _GREETINGS:
        if not box.greetings.keys() & {greeting, "always"}:
            yield _usual(talk, box, greeting)
    yield talk(f"voicemail.{Taken.LEFT}")


def _usual(talk: Talk, box: Box, greeting: Greeting) -> Said:
    return talk(f"voicemail.greeting-{greeting}", name=Name(Ref.of(box.owner).name))
