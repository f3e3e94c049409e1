"""When somebody is there to help, and at which number; the same as a condition of any menu."""

from collections.abc import Iterable, Iterator

from sipagent.helpdesk.support import Support
from sipagent.scenario.condition import Condition
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Said, Talk
from sipagent.speech.words import Digits, Prose
from sipagent.telephony.leg import Leg

#: Polish numbers are told as they are dialled in Poland.
_POLISH = "+48"


class SupportSettings(Settings):
    """``type = "support"``: no settings; what is told stands in ``[helpdesk]``."""


class SupportStep(Step):
    """Tell the support hours, whether it is open now, and the number; any key skips them.

    Outcome: ``done``.
    """

    type = "support"
    settings: SupportSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Tell all of it in one breath."""
        await call.say(_told(talk))
        return Outcome("done")

    def ahead(self, talk: Talk) -> Iterable[Said]:
        """The same, which changes with the time of the day only."""
        return [_told(talk)]

    def lines(self) -> Iterable[Line]:
        """Each sentence that may be told."""
        yield line("support.hours", fields=["hours"])
        yield line("support.open")
        yield line("support.closed", fields=["again"])
        yield line("support.never")
        yield line("support.phone", fields=["phone"])


def _told(talk: Talk) -> Said:
    return talk.join(_sentences(talk, talk.service(Support)))


def _sentences(talk: Talk, support: Support) -> Iterator[Said]:
    if hours := support.hours_in(talk.language):
        yield talk("support.hours", hours=Prose(hours))
    now = support.presence(talk.now())
    if now.is_open:
        yield talk("support.open")
    elif now.again is not None:
        again = support.again_in(talk.language, now.again, talk.now())
        yield talk("support.closed", again=Prose(again))
    else:
        yield talk("support.never")
    if support.phone:
        yield talk("support.phone", phone=Digits(support.number.removeprefix(_POLISH)))


def _is_open(talk: Talk) -> bool:
    return talk.service(Support).open_at(talk.now())


OPEN = Condition("support.open", (), (), lambda talk: "open" if _is_open(talk) else "")
CLOSED = Condition("support.closed", (), (), lambda talk: "" if _is_open(talk) else "closed")
