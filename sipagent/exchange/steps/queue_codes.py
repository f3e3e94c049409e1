"""The steps of codes by which members say whether calls of queues come to them, and hear it."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import sqlite_utils

from sipagent.exchange.directory import Directory
from sipagent.exchange.led import Led
from sipagent.exchange.queues import logins
from sipagent.exchange.queues.dispatcher import Dispatcher
from sipagent.exchange.queues.events import Ready
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.steps.handling import NoSettings
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Kind, Ref
from sipagent.scenario.step import Line, Outcome, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.speech.words import Name
from sipagent.telephony.leg import Leg

_IN, _OUT, _NO_MEMBER, _NO_QUEUE = (
    f"queue.{what}" for what in ("logged-in", "logged-out", "no-member", "no-queue")
)
_PAUSES, _TAKES = "queue.pauses", "queue.takes-calls"
#: What is dialled behind the code of a pause → why; nothing at all is no reason.
REASONS: Mapping[str, str] = {
    "": "",
    "1": "break",
    "2": "lunch",
    "3": "meeting",
    "4": "training",
    "5": "other-work",
}


class LoginStep(Step):
    """Log who calls into a queue, or out of it, and say so.

    Args:
        name: of the step.
        number: the queue's.
        there: whether they are logged in from now on.
    """

    type = "queue-login"
    settings: NoSettings

    def __init__(self, name: str, number: str, *, there: bool) -> None:
        super().__init__(name, NoSettings())
        self._number = number
        self._there = there

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Do it, and say it."""
        await call.say(await self._done(call, talk), interruptible=False)
        return Outcome("")

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def lines(self) -> Iterable[Line]:
        """How it is, and why it could not be done."""
        yield from (line(_IN, fields={"queue"}), line(_OUT, fields={"queue"}))
        yield from (line(_NO_MEMBER, fields={"queue"}), line(_NO_QUEUE))

    async def _done(self, call: Leg, talk: Talk) -> Said:
        target = talk.service(Switchboard).now.extension(self._number)
        if target is None or target.kind is not Kind.QUEUE:
            return talk(_NO_QUEUE)
        queue, user = Name(target.name), str(Ref(Kind.USER, talk.facts[Led].caller))

        def change(db: sqlite_utils.Database) -> tuple[Queue, Ref]:
            return logins.log_in(db, self._number, user, there=self._there)

        try:
            await talk.service(Directory).change(change)
        except logins.Unfit:
            return talk(_NO_MEMBER, queue=queue)
        call.note("queue-login", queue=target.name, there=self._there)
        return talk(_IN if self._there else _OUT, queue=queue)


class Wanted(StrEnum):
    """What a member wants for a while."""

    PAUSE = "pause"
    #: No pause any more, and no more time after a call.
    RESUME = "resume"
    ASK = "ask"


class PauseStep(Step):
    """Let who calls pause in all queues, or take calls again, and say so.

    Args:
        name: of the step.
        wanted: which of it.
        reason: of a pause.
    """

    type = "queue-pause"
    settings: NoSettings

    def __init__(self, name: str, wanted: Wanted, reason: str = "") -> None:
        super().__init__(name, NoSettings())
        self._wanted = wanted
        self._reason = reason

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Do it, and say it."""
        user = Ref(Kind.USER, talk.facts[Led].caller)
        directory = talk.service(Directory)
        if self._wanted is Wanted.PAUSE:
            await directory.change(lambda db: logins.pause(db, str(user), self._reason))
        elif self._wanted is Wanted.RESUME:
            await directory.change(lambda db: logins.resume(db, str(user)))
            talk.service(Dispatcher).tell(Ready(user))
        pauses = user in talk.service(Switchboard).now.logins.pauses
        call.note("queue-pause", pauses=pauses)
        await call.say(talk(_PAUSES if pauses else _TAKES), interruptible=False)
        return Outcome("")

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def lines(self) -> Iterable[Line]:
        """How it is."""
        yield from (line(_PAUSES), line(_TAKES))
