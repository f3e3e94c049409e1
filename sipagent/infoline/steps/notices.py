"""What the owner's manager has to tell today."""

from collections.abc import Iterable

from sipagent.infoline.model import Owner
from sipagent.infoline.notices import Notice, Notices
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.speech.words import Prose
from sipagent.telephony.leg import Leg

_POLISH, _TRANSLATED = "notice.polish", "notice.translated"


class NoticesSettings(Settings):
    """``type = "notices"``: no settings."""


class NoticesStep(Step):
    """Tell the notices of the owner's manager and estate; any key skips them, and counts.

    Outcome: ``done``.
    """

    type = "notices"
    needs = (Owner,)
    settings: NoticesSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Tell them, the oldest first."""
        for notice in _told(talk):
            call.note("notice", notice=notice.id)
            await call.say(_said(talk, notice))
        return Outcome("done")

    def ahead(self, talk: Talk) -> Iterable[Said]:
        """The notices, once it is known whose."""
        return [_said(talk, one) for one in _told(talk)] if talk.facts.get(Owner) else ()

    def lines(self) -> Iterable[Line]:
        """A notice in the caller's language, and one that has no translation."""
        yield line(_POLISH, fields=["notice"])
        yield line(_TRANSLATED, fields=["notice"])


def _told(talk: Talk) -> list[Notice]:
    return talk.service(Notices).told(talk.facts[Owner], talk.local().date())


def _said(talk: Talk, notice: Notice) -> Said:
    if talk.language != "pl" and notice.english:
        return talk(_TRANSLATED, notice=Prose(notice.english))
    return talk(_POLISH, notice=Prose(notice.text))
