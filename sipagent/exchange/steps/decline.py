"""The end of a call that nobody takes: in words, or with a code where nothing was answered."""

from collections.abc import Iterable

from pydantic import Field

from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.telephony.leg import Leg


class DeclineSettings(Settings):
    """What a caller gets to know; scenarios have ``hang-up`` for it."""

    #: Of SIP, for a call that was not answered (RFC 3261, section 21.4).
    code: int = Field(ge=400, le=699)
    #: Said before; it answers the call.
    prompt: str | None = None


class Decline(Step):
    """Say why nobody takes the call, and hang up; without words a telephone says it by the code."""

    type = "decline"
    settings: DeclineSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Say it and hang up, or decline."""
        for said in self.ahead(talk):
            await call.say(said, interruptible=False)
        if call.answered:
            await call.hangup()
        else:
            await call.refuse(self.settings.code)
        return Outcome("")

    def ahead(self, talk: Talk) -> Iterable[Said]:
        """The words."""
        return [talk(self.settings.prompt)] if self.settings.prompt else []

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def lines(self) -> Iterable[Line]:
        """The words."""
        return [line(self.settings.prompt)] if self.settings.prompt else []
