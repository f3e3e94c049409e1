"""The exchange as a domain: who has which number, and where calls to it are led."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import TypeVar

import structlog
from sqlite_utils import Database as Rows

from sipagent import tasks
from sipagent.access.schema import access
from sipagent.config import Config
from sipagent.control.control import Control, Nothing
from sipagent.domain import Domain, Handler, House, Incoming, Originating, Staff
from sipagent.errors import SetupError
from sipagent.exchange.about import About
from sipagent.exchange.announcements import OwnAnnouncements
from sipagent.exchange.attendant import LEADS
from sipagent.exchange.bindings import StoredBindings
from sipagent.exchange.directory import Directory, extensions_of
from sipagent.exchange.inside import InsideNumbers
from sipagent.exchange.journal import delete_before
from sipagent.exchange.lamps import HouseLamps
from sipagent.exchange.leads import handler_of
from sipagent.exchange.led import Led
from sipagent.exchange.listening.schema import listening
from sipagent.exchange.listening.staff import ListeningStaff
from sipagent.exchange.listening.uses import uses_before
from sipagent.exchange.messages_waiting import Waiting
from sipagent.exchange.model import Exchange as Data
from sipagent.exchange.ordered.answers import TEXTS as ANSWERS
from sipagent.exchange.ordered.orders import delete_orders
from sipagent.exchange.ordered.schema import ordered
from sipagent.exchange.ordered.staff import OrderStaff
from sipagent.exchange.outward.number_texts import TEXTS as NUMBERS
from sipagent.exchange.outward.number_texts import NumberTexts
from sipagent.exchange.outward.schema import outward
from sipagent.exchange.outward.usage import StoredUsage, delete_usage
from sipagent.exchange.persons import holdings
from sipagent.exchange.previews import Previews
from sipagent.exchange.promises import astray, broken, missed
from sipagent.exchange.queues import letters as queue_letters
from sipagent.exchange.queues.expiry import journal
from sipagent.exchange.queues.schema import queues
from sipagent.exchange.queues.staff import QueuesStaff
from sipagent.exchange.reaching.changing import Handlings
from sipagent.exchange.reaching.schema import reaching
from sipagent.exchange.reaching.silence import Silence, silent
from sipagent.exchange.reading import load
from sipagent.exchange.recording.expiry import conversations
from sipagent.exchange.recording.keys import keys_of
from sipagent.exchange.recording.schema import recording
from sipagent.exchange.recording.staff import RecordingStaff
from sipagent.exchange.rooms.invitations import delete_invitations
from sipagent.exchange.rooms.schema import rooms
from sipagent.exchange.rooms.staff import RoomsStaff
from sipagent.exchange.schema import exchange
from sipagent.exchange.statistics.schema import statistics
from sipagent.exchange.steps import STEPS
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.texting import HouseTexting
from sipagent.exchange.values import Kind, Ref
from sipagent.exchange.voicemail.expiry import voice_messages
from sipagent.exchange.voicemail.letters import TEXTS
from sipagent.exchange.voicemail.schema import voicemail
from sipagent.exchange.voicemail.staff import VoicemailStaff
from sipagent.exchange.watches import StoredWatches
from sipagent.exchange.watches_schema import watches
from sipagent.expiry import Expiring, in_batches
from sipagent.messages.templates import Templates
from sipagent.persons.holding import Holding
from sipagent.records.schema import GROUP, QUEUE, USER
from sipagent.scenario.announcements import Announcements
from sipagent.scenario.inside import Inside
from sipagent.scenario.model import Scenario
from sipagent.scenario.programme import Programme
from sipagent.scenario.talk import Facts
from sipagent.store.data import Data as Database
from sipagent.store.database import open_database
from sipagent.telephony.handsets import Handsets
from sipagent.texts.incoming import delete_texts
from sipagent.texts.schema import texts as incoming_texts
from sipagent.tickets.schema import tickets
from sipagent.toml import Mistake

Found = TypeVar("Found")

log = structlog.get_logger(__name__)


class Exchange(Domain):
    """People with internal numbers and phones, and the numbers of the trunks."""

    name = "exchange"
    migrations = (
        *(access, exchange, voicemail, watches, outward, reaching, queues, statistics),
        *(listening, incoming_texts, ordered, recording, rooms, tickets),
    )
    steps = STEPS
    texts = (TEXTS, ANSWERS, NUMBERS, queue_letters.TEXTS)

    def __init__(self) -> None:
        #: None as long as it is not at work.
        self._staff: ExchangeStaff | None = None

    def open(self, house: House) -> Staff:
        """Begin to know where calls are led."""
        self._staff = ExchangeStaff(house)
        return self._staff

    def scenarios(self, config: Config) -> Mapping[str, str]:
        """Return the scenarios that numbers lead to."""
        return {
            ref.name: f"sipagent numbers show {one.number}"
            for one in _kept(config).numbers
            if (ref := Ref.of(one.leads_to)).kind is Kind.SCENARIO
        }

    def knows(self, number: str) -> bool:
        """Whether a number leads somewhere."""
        return self._staff is not None and self._staff.directory.number(number) is not None

    async def catch_up(self) -> None:
        """Know the exchange as it is now."""
        if self._staff is not None:
            await self._staff.directory.catch_up()

    def route(self, call: Incoming, programme: Programme) -> Handler | None:
        """Return who takes a call from a phone, or to a number of a trunk that leads somewhere."""
        return None if self._staff is None else handler_of(call, programme, self._staff.board)

    def labels(self, facts: Facts) -> Mapping[str, str | int]:
        """Return the user and the group whose call it was, and the queue, by their names."""
        led = facts.get(Led) or Led()
        queue = (facts.get(About) or About()).queue
        labels = {USER: led.user, GROUP: led.group, QUEUE: queue}
        return {name: value for name, value in labels.items() if value}

    def expiring(self, config: Config) -> Sequence[Expiring]:
        """Return what is not kept for ever: changes, sums of calls, and what callers have said."""
        keep = config.retention
        return [
            Expiring("changes", "changes of the exchange", keep.changes, _changes),
            Expiring("usage", "sums of what users have called", keep.calls, _usage),
            voice_messages(config),
            *conversations(config),
            journal(config),
            Expiring("listens", "records of who has listened in", keep.calls, uses_before),
            Expiring("invitations", "invitations to rooms", keep.calls, _invitations),
            Expiring("orders", "calls that were ordered", keep.calls, _orders),
            Expiring("texts", "texts that came in", keep.messages, _texts),
        ]

    def holdings(self, config: Config) -> Sequence[Holding]:
        """Return its people, what was recorded of callers, and where they have waited."""
        return holdings(config)

    def astray(self, config: Config, scenario: Scenario) -> Iterator[Mistake]:
        """Yield the steps that lead to a user, a group, a number or a schedule that is gone."""
        yield from astray(_kept(config), scenario)

    def broken(self, config: Config) -> Iterator[str]:
        """Yield the announcements, and the music, that nobody can hear, and keys that are none."""
        yield from broken(_kept(config), config)
        try:
            keys_of(config)
        except SetupError as error:
            yield str(error)

    def missed(self, config: Config) -> Iterator[str]:
        """Yield what the exchange promises, and the line does not keep."""
        yield from missed(_kept(config), config)
        nobody: Sequence[tuple[str, str, datetime]] = ()
        for account, name, since in _read(config, silent, nobody):
            yield (
                f"phone {account} of {name} is registered, but has answered no call since "
                f"{config.line.local(since):%Y-%m-%d %H:%M}: is it switched off?"
            )

    def inside(self, config: Config) -> Collection[str]:
        """Return the internal numbers and short codes of those whom callers are led to."""
        found = extensions_of(_kept(config))
        return {extension for extension, ref in found.items() if ref.kind in LEADS}


class ExchangeStaff(Staff):
    """Follows the changes that commands make while the line runs."""

    def __init__(self, house: House) -> None:
        self._config = house.config
        self.directory = Directory(house.store, house.config.line.country)
        self.board = Switchboard(
            lambda: self.directory.now,
            house.config,
            StoredUsage(house.store),
            Silence(house.store),
        )
        self._voicemail = VoicemailStaff(house, lambda: self.directory.now)
        boxes = self._voicemail.boxes
        self.waiting = Waiting(lambda: self.directory.now, boxes.counts)
        boxes.changed = self.waiting.changed
        self._number_texts = NumberTexts(house.texts, house.templates)
        self.texting = HouseTexting(lambda: self.directory.now, house.texts, house.config)
        self.handsets = Handsets(
            self.directory,
            StoredBindings(house.store, self.board.silence.registered),
            HouseLamps(self.directory, self.board.presence, self.waiting),
            StoredWatches(house.store),
            self.texting,
        )
        self._announcements = OwnAnnouncements(
            lambda: self.directory.now, house.config.paths.announcements, house.voices
        )
        self._previews = Previews(house.voices)
        self.services = {
            Directory: self.directory,
            Switchboard: self.board,
            Inside: InsideNumbers(self.board),
            Handlings: Handlings(self.directory),
            Announcements: self._announcements,
            NumberTexts: self._number_texts,
            **self._voicemail.services,
        }
        #: What works besides, each with services, controls and tasks of its own.
        recorder = RecordingStaff(house, self.board)
        self._parts: Sequence[Staff] = (
            ListeningStaff(house, self.board),
            OrderStaff(house, self.board),
            recorder,
            QueuesStaff(house, self.directory, self.board),
            RoomsStaff(house, lambda: self.directory.now, recorder.begin),
        )
        for part in self._parts:
            self.services |= part.services
        self.controls = {
            **{name: one for part in self._parts for name, one in part.controls.items()},
            **self._previews.controls,
            "exchange.catch-up": Control(Nothing, lambda _: self.directory.refresh()),
        }
        self._lasting: list[tasks.Lasting] = []

    async def learn(self) -> None:
        """Know the exchange as it is."""
        await self.directory.refresh()

    async def start(self) -> None:
        """Know the exchange as it is, and tell what it promises in vain."""
        await self.learn()
        self.waiting.refresh()
        self.board.silence.begin()
        for sentence in missed(self.directory.now.exchange, self._config):
            log.warning(sentence)
        await self._voicemail.start()
        for part in self._parts:
            await part.start()
        self._lasting = [
            tasks.last(self.directory.watch, "exchange"),
            tasks.last(self._announcements.keep_rendered, "announcements"),
        ]

    def opened(self, line: Originating) -> None:
        """Make calls that nobody else makes."""
        for part in self._parts:
            part.opened(line)

    async def stop(self) -> None:
        """Follow no more changes."""
        lasting, self._lasting = self._lasting, []
        for one in lasting:
            await one.stop()
        await self.texting.stop()
        await self._previews.stop()
        for part in reversed(self._parts):
            await part.stop()
        await self._voicemail.stop()

    def use(self, config: Config, templates: Templates) -> None:
        """Read numbers as other settings say."""
        self._config = config
        self.directory.country = config.line.country
        self.board.use(config)
        self._voicemail.use(config, templates)
        self.texting.use(config)
        self._number_texts.use(templates)
        for part in self._parts:
            part.use(config, templates)


def _kept(config: Config) -> Data:
    """Return the exchange of a line; that of nobody where there is no database yet."""
    return _read(config, lambda db: load(db).exchange, Data())


def _read(config: Config, work: Callable[[Rows], Found], nothing: Found) -> Found:
    """Return what a function reads of a line; nothing where there is no database yet."""
    if not config.paths.database.exists():
        return nothing
    with closing(open_database(config.paths.database, Exchange.migrations)) as db:
        return work(db)


def _changes(data: Database, moment: datetime, dry_run: bool) -> Iterator[int]:
    return in_batches(delete_before, data, moment, dry_run)


def _usage(data: Database, moment: datetime, dry_run: bool) -> Iterator[int]:
    return in_batches(delete_usage, data, moment, dry_run)


def _invitations(data: Database, moment: datetime, dry_run: bool) -> Iterator[int]:
    return in_batches(delete_invitations, data, moment, dry_run)


def _orders(data: Database, moment: datetime, dry_run: bool) -> Iterator[int]:
    return in_batches(delete_orders, data, moment, dry_run)


def _texts(data: Database, moment: datetime, dry_run: bool) -> Iterator[int]:
    return in_batches(delete_texts, data, moment, dry_run)
