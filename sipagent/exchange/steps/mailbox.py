"""The step that lets somebody listen to a box, who dials ``*97`` or ``*98``, or knows the PIN."""

from collections.abc import Iterable

import structlog
from pydantic import Field

from sipagent.errors import HungUp, SipAgentError
from sipagent.exchange.led import Led
from sipagent.exchange.model import Box, User
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Kind, Name, Ref
from sipagent.exchange.voicemail import calling_back, listening, own_greeting, pins
from sipagent.exchange.voicemail.boxes import box_of, is_for, is_own
from sipagent.exchange.voicemail.listening import Listening
from sipagent.exchange.voicemail.pins import let_in
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Talk
from sipagent.telephony.leg import Leg

log = structlog.get_logger(__name__)


class MailboxSettings(Settings):
    """``type = "mailbox"``"""

    #: Its name, for callers from anywhere who know the PIN.
    box: Name | None = None
    #: Without a name: what a phone of the house has dialled, the internal number of a box or of
    #: whom it belongs to; empty: the own box.
    number: str = Field("", pattern=r"^[0-9]*$")


class Mailbox(Step):
    """Ask for the PIN of a box, play its messages, and hang up.

    In a scenario it is a box that callers from anywhere may listen to; only phones of the house
    call back.
    """

    type = "mailbox"
    settings: MailboxSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Find the box, and let who may listen to it do so."""
        try:
            await self._listened(call, talk)
        except HungUp:
            raise
        except SipAgentError as error:
            log.error("a box cannot be listened to", call_id=call.id, reason=str(error))
            call.note("failure", step=self.name, error=error.code)
            await call.say(talk("voicemail.trouble"), interruptible=False)
        await call.hangup()
        return Outcome("")

    def outcomes(self) -> frozenset[str]:
        """None: nothing follows."""
        return frozenset()

    def lines(self) -> Iterable[Line]:
        """All that is said to who listens; it answers the call."""
        for key in ("no-box", "trouble", "goodbye"):
            yield line(f"voicemail.{key}")
        for part in (pins, listening, calling_back, own_greeting):
            yield from part.lines()

    async def _listened(self, call: Leg, talk: Talk) -> None:
        board = talk.service(Switchboard)
        led = talk.facts.get(Led) or Led()
        found = board.now.exchange.find("users", led.caller)
        user = found if isinstance(found, User) else None
        box = self._box(board, user)
        if box is None:
            await call.say(talk("voicemail.no-box"), interruptible=False)
            return
        if await let_in(call, talk, box, own=is_own(box, user)):
            call.note("mailbox", box=box.name)
            await Listening(call, talk, box, user).run()
            await call.say(talk("voicemail.goodbye"), interruptible=False)

    def _box(self, board: Switchboard, user: User | None) -> Box | None:
        """Return the box; one that was dialled is the user's or of one of their groups."""
        there = board.now.exchange
        if self.settings.box is not None:
            entry = there.find("boxes", self.settings.box)
            return entry if isinstance(entry, Box) else None
        if user is None:
            return None
        if not self.settings.number:
            return box_of(there, Ref(Kind.USER, user.name))
        found = board.now.extension(self.settings.number)
        if found is None:
            return None
        if found.kind is Kind.BOX:
            entry = there.find("boxes", found.name)
            box = entry if isinstance(entry, Box) else None
        else:
            box = box_of(there, found)
        return box if box is not None and is_for(there, box, user) else None
