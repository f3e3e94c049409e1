"""A firm whose boxes are on disk, and callers to them without a network."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sipagent.config import LoginSection
from sipagent.errors import HungUp
from sipagent.exchange.announcements import OwnAnnouncements
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.leads import handler_of
from sipagent.exchange.model import Announcement, Box, Exchange, LineNumber
from sipagent.exchange.reading import load
from sipagent.exchange.steps.voicemail import Voicemail
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.voicemail.mailboxes import Mailboxes
from sipagent.exchange.voicemail.messages import VoiceMessages
from sipagent.exchange.voicemail.pins import BoxPins
from sipagent.scenario.announcements import Announcements
from sipagent.scenario.engine import Result
from sipagent.scenario.step import Step, settings_of
from sipagent.scenario.talk import Talk
from sipagent.speech.tones import Tones
from sipagent.store.store import Store
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.network import Network
from sipagent.telephony.party import Caller
from sipagent.telephony.script import Act
from tests.exchange.house import CATALOGUE, FIRM, House, Voice

STRANGER = Caller("+48600700700", asserted=True, name="Jan Obcy")
ANNAS = Box(
    name="Anna",
    owner="user:Anna Nowak",
    number="301",
    email="anna@firma.example",
    messages=3,
    seconds=60,
    greetings={"closed": "Zamknięte"},
)
CLOSED = Announcement(name="Zamknięte", text={"pl": "Jest już za późno."})
NUMBERS = (
    LineNumber(number="+48221000206", leads_to="box:Anna"),
    LineNumber(number="+48221000207", leads_to="user:Anna Nowak"),
)
WITH_BOX = FIRM.model_copy(
    update={
        "boxes": (ANNAS,),
        "announcements": (CLOSED,),
        "numbers": (*FIRM.numbers, *NUMBERS),
    }
)


@dataclass
class Post:
    """A firm whose boxes are on disk."""

    store: Store
    folder: Path
    exchange: Exchange = WITH_BOX

    def __post_init__(self) -> None:
        self.house = House(exchange=self.exchange)
        self.woken = 0
        self.changed: list[str] = []
        self.boxes = Mailboxes(self.store, self.folder / "recordings", self.wake)
        self.boxes.changed = self.changed.append

    def wake(self) -> None:
        self.woken += 1

    @property
    def messages(self) -> VoiceMessages:
        return VoiceMessages(self.store.view)

    def files(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "recordings").iterdir())

    async def reread(self) -> None:
        """See the exchange as it is on disk now."""
        self.house.snapshot = Snapshot.of(await self.store.read(load))

    def talk(self) -> Talk:
        services: dict[type, object] = {
            Switchboard: self.house.board,
            Mailboxes: self.boxes,
            Announcements: OwnAnnouncements(lambda: self.house.snapshot, self.folder),
            Tones: Tones(self.folder / "tones"),
            Network: Network(self.house.phones, self.house.at),
            BoxPins: BoxPins(self.store, LoginSection(failures=3)),
        }
        return Talk(CATALOGUE, Voice(), ("pl", "en"), services=services)

    async def walk(
        self, steps: Sequence[tuple[type[Step], dict[str, object]]], *script: Act
    ) -> tuple[FakeLeg, str]:
        """Walk steps one after the other; return the caller, and how the last one ended."""
        call, talk = FakeLeg(script, caller=STRANGER, called="1"), self.talk()
        self.talk_of = talk.facts
        outcome = ""
        try:
            for kind, settings in steps:
                step = kind("tested", settings_of(kind).model_validate(settings))
                outcome = await step.run(call, talk)
                assert outcome in (step.outcomes() or {""})
        except HungUp:
            return call, "hung-up"
        return call, outcome

    async def leave(self, *script: Act, **settings: object) -> tuple[FakeLeg, str]:
        return await self.walk([(Voicemail, {"box": "Anna", **settings})], *script)


async def taken(post: Post, call: FakeLeg) -> Result:
    handler = handler_of(call, post.house.programme, post.house.board)
    assert handler is not None
    return await handler.run(call, post.talk(), longest=3600.0, closing=asyncio.Event())


def from_outside(called: str, *script: Act) -> FakeLeg:
    return FakeLeg(script, caller=STRANGER, called=called, trunk="carrier")


def from_phone(extension: str, called: str, *script: Act) -> FakeLeg:
    caller = Caller(None, asserted=True, extension=extension, name="")
    return FakeLeg(script, caller=caller, called=called)
