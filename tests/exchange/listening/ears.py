"""Somebody of the firm who listens in on it, without a network."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sipagent.exchange.listening.live import LiveCalls
from sipagent.exchange.listening.session import Listening
from sipagent.exchange.listening.uses import Use
from sipagent.exchange.model import Phone, User
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.party import Caller
from tests.exchange.house import CONTACTS, FIRM, House

MARIA = User(name="Maria Zych", number="110", rights=("internal", "listen"))
MARIAS = "sip:110-1@192.0.2.110:5060"
LISTENED = FIRM.model_copy(
    update={
        "users": (*FIRM.users, MARIA),
        "phones": (*FIRM.phones, Phone(account="110-1", user=MARIA.name)),
    }
)


@dataclass
class Kept:
    """Uses as they are kept, in memory."""

    uses: list[Use] = field(default_factory=list)
    open: list[Use] = field(default_factory=list)
    #: Is called before one is kept, and how many seconds that takes.
    before: Callable[[], None] = lambda: None
    seconds: float = 0.0

    async def begin(self, use: Use) -> None:
        self.before()
        await asyncio.sleep(self.seconds)
        self.uses.append(use)
        self.open.append(use)

    def end(self, by_call: str) -> None:
        self.open = [use for use in self.open if use.by_call != by_call]


class Firm(House):
    """The firm with Maria, who may listen in."""

    def __init__(self, callees: Mapping[str, Callee], **others: object) -> None:
        contacts: Mapping[str, Sequence[str]] = {**CONTACTS, "110-1": [MARIAS]}
        super().__init__(callees, contacts, LISTENED, **others)  # type: ignore[arg-type]
        self.calls, self.kept = LiveCalls(), Kept()
        self.board.attendance.subscribe(self.calls.attend)
        self.maria = FakeLeg(
            id="maria",
            sip_id="maria-id",
            caller=Caller(None, extension="110"),
            sleep=asyncio.sleep,
        )
        self.maria.answers()

    def listening(self, tones: Path, ear: FakeLeg | None = None) -> Listening:
        """Return what lets Maria listen in, at her telephone or another one."""
        leg, talk = ear or self.maria, self.talk(tones)
        return Listening(MARIA, leg, leg, talk, self.calls, self.kept)

    def listens(self, tones: Path, first: str = "") -> "asyncio.Task[None]":
        """Let Maria listen in."""
        return asyncio.create_task(self.listening(tones).run(first))

    def leg(self, called: str) -> FakeLeg:
        """Return the last leg with which somebody was called who is still there."""
        return next(
            leg for leg in reversed(self.phones.legs) if leg.called == called and not leg.over
        )


def from_outside(name: str = "caller", called: str = "+48221000202") -> FakeLeg:
    """Return a caller from outside; the number is Jan's own."""
    caller = Caller("+48600700700")
    return FakeLeg(
        id=name, sip_id=f"{name}-id", caller=caller, called=called, trunk="c", sleep=asyncio.sleep
    )


def heard(one: FakeLeg) -> set[str]:
    """Return whom a leg hears besides those whom it is joined with."""
    return {leg.id for leg in one.overheard}
