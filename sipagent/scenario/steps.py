"""The general steps that only speak: announcement and hang-up."""

from collections.abc import Iterable

from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg


class AnnouncementSettings(Settings):
    """``type = "announcement"``"""

    prompt: str
    #: Whether a key cuts it short.
    interruptible: bool = True


class Announcement(Step):
    """Say something. Outcome: ``done``."""

    type = "announcement"
    settings: AnnouncementSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Say it."""
        await call.say(talk(self.settings.prompt), interruptible=self.settings.interruptible)
        return Outcome("done")

    def lines(self) -> Iterable[Line]:
        """The prompt."""
        return [line(self.settings.prompt)]


class HangUpSettings(Settings):
    """``type = "hang-up"``"""

    #: Said before, whatever is pressed meanwhile.
    prompt: str | None = None


class HangUp(Step):
    """Say goodbye, and end the call."""

    type = "hang-up"
    settings: HangUpSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Say it and hang up."""
        if self.settings.prompt:
            await call.say(talk(self.settings.prompt), interruptible=False)
        await call.hangup()
        return Outcome("")

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def lines(self) -> Iterable[Line]:
        """The goodbye."""
        return [line(self.settings.prompt)] if self.settings.prompt else []
