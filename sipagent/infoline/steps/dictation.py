"""Key 9, "transcription": the owner dictates a request to the administration."""

from collections.abc import Iterable

import structlog
from pydantic import Field

from sipagent.dictation.recordings import END, Limits, played, record, spoken
from sipagent.errors import HungUp, SipAgentError
from sipagent.infoline.contact import ContactPlan
from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Owner
from sipagent.infoline.requests import Draft, Requests
from sipagent.scenario.choice import NO_CHOICE, Patience, choice_lines, choose
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Talk
from sipagent.speech.words import Digits
from sipagent.telephony.leg import Leg
from sipagent.threads import FILES, STORE

SENT, CANCELLED, NOTHING, FAILED = (
    Outcome(name) for name in ("sent", "cancelled", "nothing", "failed")
)
#: ``#`` is none of them: it may come late, after a recording that silence has ended.
_SEND, _LISTEN, _AGAIN, _CANCEL = "1", "2", "3", "4"
#: How long the caller may think about sending: silence sends it, a request is never lost.
_PATIENCE = Patience(6.0, silences=2, wrong=3)

log = structlog.get_logger(__name__)


class DictationSettings(Settings):
    """``type = "dictation"``"""

    #: Longest request in seconds.
    longest: float = Field(180.0, ge=5, le=1800)
    #: Seconds of silence that end it.
    silence: float = Field(4.0, ge=1, le=30)
    #: Seconds in which the caller has to begin.
    first: float = Field(8.0, ge=2, le=60)
    #: How often the caller may try to say something.
    attempts: int = Field(2, ge=1, le=10)


class Dictation(Step):
    """Record a request, let the caller listen to it, and make it a ticket.

    A caller who hangs up while or after dictating has sent the request all the same.

    Outcomes: ``sent``, ``cancelled``, ``nothing`` where nothing was said, ``failed`` where it
    could not be kept.
    """

    type = "dictation"
    needs = (Owner, ContactPlan)
    settings: DictationSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Take the request; what goes wrong with the disk is told to the caller."""
        try:
            return await self._attempts(call, talk)
        except HungUp:
            raise
        except SipAgentError as error:
            log.error("request not taken", call_id=call.id, reason=str(error))
            call.note("failure", step=self.name, error=error.code)
            await call.say(talk("dictation.failed"), interruptible=False)
            return FAILED

    def outcomes(self) -> frozenset[str]:
        """Sent, or why not."""
        return frozenset({SENT, CANCELLED, NOTHING, FAILED})

    def unattended(self) -> frozenset[str]:
        """Silence."""
        return frozenset({NOTHING, FAILED})

    def lines(self) -> Iterable[Line]:
        """The invitation, the review, and what comes of it."""
        yield line("dictation.intro", keys=END)
        yield line("dictation.review", keys=[_SEND, _LISTEN, _AGAIN, _CANCEL])
        yield line("dictation.again", keys=END)
        for key in ("nothing", "sending", "cancelled", "failed"):
            yield line(f"dictation.{key}")
        yield line("dictation.sent", fields=["number"])
        yield from choice_lines(_PATIENCE, ())

    async def _attempts(self, call: Leg, talk: Talk) -> Outcome:
        await call.say(talk("dictation.intro"))
        for attempt in range(self.settings.attempts):
            if attempt:
                await call.say(talk("dictation.again"))
            draft = await self._begin(call, talk)
            outcome = await self._take(call, talk, draft)
            if outcome is not None:
                return outcome
        return NOTHING

    async def _begin(self, call: Leg, talk: Talk) -> Draft:
        owner = talk.facts[Owner]
        return await STORE.run(
            talk.service(Requests).begin,
            owner,
            talk.service(Directory).charges(owner.id),
            email=talk.facts[ContactPlan].email,
            phone=call.caller.number,
            call=call.id,
            language=talk.language,
        )

    async def _take(self, call: Leg, talk: Talk, draft: Draft) -> Outcome | None:
        """Record until there is a decision; None where nothing was said."""
        requests = talk.service(Requests)
        settled = False
        try:
            while True:
                await self._record(call, talk, draft)
                if not await FILES.run(spoken, draft.path):
                    await call.say(talk("dictation.nothing"))
                    return None
                key = await self._review(call, talk, draft)
                if key == _CANCEL:
                    settled = True
                    await STORE.run(requests.discard, draft)
                    await call.say(talk("dictation.cancelled"))
                    return CANCELLED
                if key != _AGAIN:
                    break
            settled = True
            number = await STORE.run(requests.submit, draft)
            call.note("ticket", ticket=number)
        finally:
            if not settled:
                await self._settle(call, requests, draft)
        if key == NO_CHOICE:
            await call.say(talk("dictation.sending"))
        await call.say(talk("dictation.sent", number=Digits(str(number))))
        return SENT

    async def _record(self, call: Leg, talk: Talk, draft: Draft) -> None:
        settings = self.settings
        limits = Limits(settings.longest, settings.silence, settings.first)
        await record(call, talk, draft.path, limits)

    async def _review(self, call: Leg, talk: Talk, draft: Draft) -> str:
        """Return what the caller wants; whoever says nothing wants it sent."""
        while True:
            key = await choose(
                call,
                talk,
                lambda: [talk("dictation.review")],
                keys={_SEND, _LISTEN, _AGAIN, _CANCEL},
                service=(),
                patience=_PATIENCE,
            )
            if key != _LISTEN:
                return key
            await call.say(played(draft.path, "dictation.recording"))

    async def _settle(self, call: Leg, requests: Requests, draft: Draft) -> None:
        """Keep what a caller has said who is gone, or whom an error has cut off."""
        number = await STORE.run(requests.settle, draft)
        if number is not None:
            call.note("ticket", ticket=number)
