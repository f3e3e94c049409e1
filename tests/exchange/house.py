"""A firm of three with phones that are called without a network, and a caller to it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from sipagent import shipped
from sipagent.config import Config
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.leads import handler_of
from sipagent.exchange.model import Exchange, Group, LineNumber, Outside, Phone, Schedule, User
from sipagent.exchange.outward.usage import ForgottenUsage
from sipagent.exchange.reaching.handling import Handling
from sipagent.exchange.reading import Stored
from sipagent.exchange.switchboard import Switchboard
from sipagent.scenario.engine import Result
from sipagent.scenario.programme import Programme
from sipagent.scenario.talk import Pace, Talk
from sipagent.speech.catalogue import Catalogue
from sipagent.speech.clip import Clip
from sipagent.speech.tones import Tones
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee, FakePhones
from sipagent.telephony.network import Network

CATALOGUE = Catalogue.load(shipped.PROMPTS)
MAIN = "+48221000200"
FIRM = Exchange(
    users=(
        User(name="Anna Nowak", number="101", shown="+48221000201"),
        User(name="Ewa Lis", number="103", rights=("internal",), language="en"),
        User(name="Jan Kowal", number="102", mobile="+48600100101"),
    ),
    phones=(
        Phone(account="101-1", user="Anna Nowak"),
        Phone(account="102-1", user="Jan Kowal"),
        Phone(account="103-1", user="Ewa Lis"),
    ),
    outside=(
        Outside(
            name="Serwis",
            number="+48221000300",
            code="*022",
            keys="1,2",
            text="Klient firmy.",
            shows="passive",
            confirm=False,
        ),
    ),
    groups=(Group(name="Biuro", number="200", members=("user:Anna Nowak", "user:Ewa Lis")),),
    schedules=(Schedule(name="Biuro", hours="mon-fri 08:00-16:00"),),
    numbers=(
        LineNumber(number=MAIN, leads_to="group:Biuro"),
        LineNumber(number="+48221000202", leads_to="user:Jan Kowal"),
        LineNumber(number="+48221000204", leads_to="scenario:infolinia"),
    ),
)
ANNAS, JANS, EWAS = (f"sip:{number}-1@192.0.2.{number}:5060" for number in ("101", "102", "103"))
CONTACTS = {"101-1": [ANNAS], "102-1": [JANS], "103-1": [EWAS]}


class Voice:
    """Says everything in two seconds."""

    async def clip(self, text: str, language: str, pace: Pace, *, urgent: bool = True) -> Clip:
        return Clip(Path("/dev/null"), 2.0)

    def cached(self, text: str, language: str, pace: Pace) -> Clip | None:
        return None


@dataclass
class House:
    """The firm at one moment; ``callees`` are by contact or number."""

    callees: Mapping[str, Callee] = field(default_factory=dict)
    contacts: Mapping[str, Sequence[str]] = field(default_factory=lambda: CONTACTS)
    exchange: Exchange = FIRM
    handlings: Mapping[str, Handling] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.phones = FakePhones(self.callees)
        self.snapshot = Snapshot.of(Stored(self.exchange), self.handlings)
        self.programme = Programme({}, CATALOGUE, {})
        #: What steps find besides.
        self.services: dict[type, object] = {}
        self.use(lambda: self.snapshot)

    def use(self, there: Callable[[], Snapshot]) -> None:
        """Take the exchange from somewhere else."""
        settings = Config.model_validate({"transfer": {"number": MAIN}})
        self.usage = ForgottenUsage()
        self.board = Switchboard(there, settings, self.usage)

    async def at(self, account: str) -> Sequence[str]:
        """Return where a phone is."""
        return self.contacts.get(account, ())

    def talk(self, tones: Path, language: str = "pl") -> Talk:
        """Return a conversation with all services."""
        services: dict[type, object] = {
            Switchboard: self.board,
            Network: Network(self.phones, self.at),
            Tones: Tones(tones),
            **self.services,
        }
        zone = ZoneInfo("Europe/Warsaw")
        return Talk(CATALOGUE, Voice(), (language,), services=services, zone=zone)

    async def take(self, call: FakeLeg, tones: Path) -> Result:
        """Have the only call there is handled to its end."""
        result = await self.walk(call, tones)
        assert not self.phones.left
        assert not self.board.busy()
        return result

    async def walk(self, call: FakeLeg, tones: Path) -> Result:
        """Have one of several calls handled to its end."""
        handler = handler_of(call, self.programme, self.board)
        assert handler is not None
        talk = self.talk(tones, handler.languages[0])
        self.facts = talk.facts
        result = await handler.run(call, talk, longest=3600.0, closing=asyncio.Event())
        assert call.over
        return result
