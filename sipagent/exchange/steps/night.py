"""The step of the code by which an administrator closes a schedule for the night."""

from collections.abc import Iterable
from datetime import datetime, time
from enum import StrEnum

from sipagent.exchange.directory import Snapshot
from sipagent.exchange.led import Led
from sipagent.exchange.model import Schedule, User
from sipagent.exchange.reaching.changing import Handlings
from sipagent.exchange.steps.handling import NoSettings
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.timetable import Timetable, next_at
from sipagent.scenario.step import Line, Outcome, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.speech.words import Name
from sipagent.telephony.leg import Leg

_ON, _OFF = "reaching.night-on", "reaching.night-off"
_NO_SCHEDULE, _NOT_ADMINISTRATOR = "reaching.no-schedule", "reaching.not-administrator"


class Night(StrEnum):
    """What is to become of a night."""

    #: It begins, or ends where there is one.
    TURN = "turn"
    END = "end"
    ASK = "ask"


class NightStep(Step):
    """Close a schedule until it opens the next time, or end that; say how it is then.

    Args:
        name: of the step.
        what: is to be done.
        code: of the schedule; empty: the only one that there is.
        until: when a night is to end, as ``0730``; empty: when the schedule opens.
    """

    type = "night"
    settings: NoSettings

    def __init__(self, name: str, what: Night, code: str, until: str) -> None:
        super().__init__(name, NoSettings())
        self._what = what
        self._code = code
        self._until = until

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Do it, and say it."""
        there = talk.service(Switchboard).now
        await call.say(await self._done(call, talk, there), interruptible=False)
        return Outcome("")

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def lines(self) -> Iterable[Line]:
        """How it is, and why it could not be done."""
        yield line(_ON, fields={"schedule", "day", "time"})
        yield line(_OFF, fields={"schedule"})
        yield from (line(_NO_SCHEDULE), line(_NOT_ADMINISTRATOR))

    async def _done(self, call: Leg, talk: Talk, there: Snapshot) -> Said:
        schedule = self._schedule(there)
        if schedule is None:
            return talk(_NO_SCHEDULE)
        user = there.exchange.find("users", talk.facts[Led].caller)
        if not isinstance(user, User) or user.role != "administrator":
            return talk(_NOT_ADMINISTRATOR)
        timetable, now = there.timetables[schedule.name], talk.now()
        until = timetable.night_at(now)
        if self._what is not Night.ASK:
            until = self._end(timetable, talk) if self._begins(until) else None
            await talk.service(Handlings).close_until(schedule.name, until)
            ends = None if until is None else until.isoformat()
            call.note("night", schedule=schedule.name, until=ends)
        if until is None:
            return talk(_OFF, schedule=Name(schedule.name))
        local = until.astimezone(talk.zone)
        clock = f"{local.hour}:{local:%M}"
        return talk(_ON, schedule=Name(schedule.name), day=local.date(), time=clock)

    def _schedule(self, there: Snapshot) -> Schedule | None:
        found = there.exchange.schedules
        if not self._code and len(found) == 1:
            return found[0]
        return next((one for one in found if one.code and one.code == self._code), None)

    def _begins(self, until: datetime | None) -> bool:
        """Whether a night is to begin where there is one until then, or none."""
        return self._what is Night.TURN and (until is None or bool(self._until))

    def _end(self, timetable: Timetable, talk: Talk) -> datetime:
        if self._until:
            return next_at(time(int(self._until[:2]), int(self._until[2:])), talk.local())
        return timetable.next_opening(talk.now(), talk.zone)
