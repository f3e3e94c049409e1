"""The general steps that only speak: announcement and hang-up."""

from collections.abc import Iterable
from typing import Self

from pydantic import model_validator

from sipagent.scenario.announcements import Announcements
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.telephony.leg import Leg


class SpokenSettings(Settings):
    """Of a step that says either a prompt or an announcement."""

    #: A prompt, or an announcement of the exchange.
    prompt: str | None = None
    announcement: str | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.prompt is None) == (self.announcement is None):
            raise ValueError("say either a prompt or an announcement")
        return self

    async def said(self, talk: Talk) -> Said | None:
        """Return what is to be said; None: the announcement is gone."""
        if self.prompt is not None:
            return talk(self.prompt)
        return await talk.service(Announcements).said(talk, self.announcement or "")

    def lines(self) -> Iterable[Line]:
        """Return the prompt."""
        return [line(self.prompt)] if self.prompt else []


class AnnouncementSettings(SpokenSettings):
    """``type = "announcement"``"""

    #: Whether a key cuts it short.
    interruptible: bool = True


class Announcement(Step):
    """Say something; an announcement that is gone is passed over. Outcome: ``done``."""

    type = "announcement"
    settings: AnnouncementSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Say it."""
        said = await self.settings.said(talk)
        if said is not None:
            await call.say(said, interruptible=self.settings.interruptible)
        return Outcome("done")

    def lines(self) -> Iterable[Line]:
        """The prompt."""
        return self.settings.lines()

    def answers(self) -> bool:
        """Yes, whatever it says."""
        return True


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
