"""The step at which a caller waits in a queue."""

from collections.abc import Iterable

from pydantic import Field

from sipagent.exchange.queues import hearing
from sipagent.exchange.queues.dispatcher import ANSWERED, CALLBACK, Need, Queued
from sipagent.exchange.queues.events import End
from sipagent.exchange.queues.offering import WHISPER, WHISPER_BACK
from sipagent.exchange.reach import Reach
from sipagent.exchange.reaching.words import CONFIRM, TAKEN
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Kind, Name, Ref
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.speech.tones import Tones
from sipagent.telephony.leg import Leg


class QueueSettings(Settings):
    """``type = "queue"``"""

    #: Its name.
    queue: Name
    #: In place of the queue's own.
    priority: int | None = Field(None, ge=0, le=9)
    #: That a member ought to have.
    skill: Name | None = None


class QueueStep(Step):
    """Let the caller wait for a member of a queue, and talk to who answers.

    Where the queue leads callers on by itself, it does; ``answered`` is also that a conversation
    with somebody there is over. Outcomes: ``answered``, ``too-long``, ``too-many``, ``nobody`` is
    logged in, ``left`` by a key, and ``callback``: the caller is to be called back.
    """

    type = "queue"
    settings: QueueSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Wait."""
        talk.prepare(self.ahead(talk))
        talk.facts.put(Need(self.settings.priority, self.settings.skill or ""))
        talk.facts.put(Queued("", ""))
        target = Ref(Kind.QUEUE, self.settings.queue)
        board = talk.service(Switchboard)
        reach = await board.connect(call, talk, target, talk.service(Tones).ringback)
        if reach is Reach.ANSWERED and talk.facts[Queued].outcome != CALLBACK:
            return Outcome(ANSWERED)
        return Outcome(talk.facts[Queued].outcome or End.NOBODY)

    def ahead(self, talk: Talk) -> Iterable[Said]:
        """What those who are called may hear."""
        return [talk(CONFIRM), talk(TAKEN)]

    def outcomes(self) -> frozenset[str]:
        """The ways in which waiting ends."""
        return frozenset({ANSWERED, *End, CALLBACK})

    def lines(self) -> Iterable[Line]:
        """What is said to who waits, and to those who are called."""
        yield from hearing.lines()
        yield from (line(key, fields=["queue"]) for key in (WHISPER, WHISPER_BACK))
        yield line(CONFIRM, keys="1")
        yield line(TAKEN)

    def answers(self) -> bool:
        """The queue answers by itself, once it is sure that there is something to wait for."""
        return False
