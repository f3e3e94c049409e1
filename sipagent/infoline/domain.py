"""The infoline as a domain: owners ask what they owe, and reach their administration."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import structlog

from sipagent.access.schema import access
from sipagent.config import Config
from sipagent.dictation.desk import Desk
from sipagent.domain import Domain, House, Staff
from sipagent.expiry import Expiring
from sipagent.infoline.desk import RequestWork
from sipagent.infoline.directory import Directory
from sipagent.infoline.expiry import expiring
from sipagent.infoline.happenings import HAPPENINGS, infoline_happenings
from sipagent.infoline.login import Login
from sipagent.infoline.model import Owner
from sipagent.infoline.notices import Notices
from sipagent.infoline.online.contacts import settle
from sipagent.infoline.online.letters import OnlineLetters
from sipagent.infoline.online.telling import Teller, going_on
from sipagent.infoline.owner_requests import DictatedRequest, owner_requests
from sipagent.infoline.persons import OWNERS
from sipagent.infoline.pins import Pins
from sipagent.infoline.reach import extensions, unreachable
from sipagent.infoline.requests import Requests
from sipagent.infoline.schema import infoline
from sipagent.infoline.statements import Statements
from sipagent.infoline.steps import CONDITIONS, STEPS
from sipagent.infoline.writing.letters import Letters
from sipagent.infoline.writing.texts import TEXTS
from sipagent.messages.message import Message
from sipagent.messages.templates import Templates
from sipagent.persons.holding import Holding
from sipagent.records.schema import MANAGER, OWNER
from sipagent.scenario.talk import Facts
from sipagent.store.database import open_database
from sipagent.tasks import Lasting
from sipagent.threads import STORE

log = structlog.get_logger(__name__)


class Infoline(Domain):
    """Owners, their balances and charges, statements and requests."""

    name = "infoline"
    migrations = (access, infoline, owner_requests, infoline_happenings)
    steps = STEPS
    conditions = CONDITIONS
    texts = (TEXTS,)
    happenings = HAPPENINGS

    def open(self, house: House) -> Staff:
        """Build its services, and the desk."""
        return InfolineStaff(house)

    def labels(self, facts: Facts) -> Mapping[str, str | int]:
        """Return whose call it was: the owner's login, and the id of the manager."""
        owner = facts.get(Owner)
        return {} if owner is None else {OWNER: owner.login, MANAGER: owner.manager.id}

    def expiring(self, config: Config) -> Sequence[Expiring]:
        """Return what is deleted of what owners do on their page."""
        return expiring(config)

    def holdings(self, config: Config) -> Sequence[Holding]:
        """Return the owners."""
        return [OWNERS]

    def missed(self, config: Config) -> Iterator[str]:
        """Yield where key 9 of a manager or an estate could put nobody through."""
        if config.paths.database.exists():
            with closing(open_database(config.paths.database, self.migrations)) as db:
                for problem in unreachable(db, config):
                    yield f"{problem}; until then key 9 puts nobody through there"

    def dials(self, config: Config) -> Iterator[tuple[str, str]]:
        """Yield the internal numbers that key 9 puts callers through to."""
        if config.paths.database.exists():
            with closing(open_database(config.paths.database, self.migrations)) as db:
                yield from extensions(db)


class InfolineStaff(Staff):
    """What the steps of the infoline work with, and the desk that handles requests."""

    def __init__(self, house: House) -> None:
        self._config = house.config
        store, data = house.store, house.store.blocking
        self._letters = Letters(house.templates)
        self._login = Login(data, house.config.login, partial(settle, data))
        self._pins = Pins(data, house.config.login)
        recordings = house.config.paths.recordings
        work = RequestWork(self._letter, recordings)
        self._desk = Desk(store, house.outbox, work, house.transcribe)
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._desk.wake)

        self._requests = Requests(data, recordings, wake)
        self._templates = house.templates
        texts = house.texts.box if house.config.texts.url else None
        self._teller = Teller(data, house.outbox, texts, self._online_letters)
        self._telling: Lasting | None = None
        self.services = {
            Directory: Directory(store.view),
            Notices: Notices(store.view),
            Login: self._login,
            Pins: self._pins,
            Requests: self._requests,
            Statements: Statements(data, house.outbox, self._letters),
        }

    async def start(self) -> None:
        """Begin with what callers were dictating when an earlier run died."""
        recovered = await STORE.run(self._requests.recover)
        if recovered:
            log.warning("requests of a run that died are tickets now", count=recovered)
        await self._desk.start()
        self._telling = going_on(self._teller)

    async def stop(self) -> None:
        """End; requests that are not handled are handled after the next start."""
        if self._telling is not None:
            await self._telling.stop()
        await self._desk.stop()

    def use(self, config: Config, templates: Templates) -> None:
        """Let callers err as often, and write letters, as other settings say."""
        self._config = config
        self._templates = templates
        self._letters.use(templates)
        self._login.use(config.login)
        self._pins.use(config.login)

    def _letter(self, dictated: DictatedRequest, recording: Path) -> Message:
        return self._letters.request(dictated, recording, self._config.line.zone)

    def _online_letters(self) -> OnlineLetters:
        config = self._config
        return OnlineLetters(self._templates, config.line.zone, config.panel.origin)
