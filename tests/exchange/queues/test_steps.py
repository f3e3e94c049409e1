"""What scenarios, codes and programs of the machine do with queues."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sipagent.control.control import done
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.directory import Directory
from sipagent.exchange.queues.controls import controls
from sipagent.exchange.queues.dispatcher import Dispatcher
from sipagent.exchange.queues.letters import TEXTS, letter
from sipagent.exchange.queues.schema import queues
from sipagent.exchange.reaching.schema import reaching
from sipagent.exchange.schema import exchange
from sipagent.exchange.steps.queue import QueueSettings, QueueStep
from sipagent.exchange.values import Kind, Ref
from sipagent.messages.templates import Templates
from sipagent.scenario.talk import Talk
from sipagent.store.store import Store
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.party import Caller
from tests.exchange.house import ANNAS, EWAS, JANS, House
from tests.exchange.queues.work import ANNA, EWA, Work, caller, firm
from tests.patience import PATIENCE
from tests.simulated import simulated

pytestmark = pytest.mark.unit

RINGS = Callee(after=None)


async def stepped(work: Work, talk: Talk, call: FakeLeg, **settings: object) -> str:
    step = QueueStep("queue", QueueSettings.model_validate({"queue": "Serwis", **settings}))
    assert set(step.outcomes()) >= {"answered", "too-long", "callback"}
    return await step.run(call, talk)


@pytest.mark.parametrize(
    ("fields", "script", "outcome"),
    [
        ({}, [], "answered"),
        ({"members": ()}, [], "nobody"),
        ({"members": (str(EWA),), "longest": 30}, [], "too-long"),
        ({"members": (str(EWA),), "leave_key": "9"}, ["9"], "left"),
        ({"members": (str(EWA),), "callback_key": "1"}, ["1", "1"], "callback"),
        ({"members": (), "leads": {"nobody": "user:Jan Kowal"}}, [], "answered"),
    ],
)
@simulated
async def test_the_step_ends_as_the_waiting_does(
    fields: dict[str, object], script: list[str], outcome: str, tmp_path: Path
) -> None:
    talks = Callee(after=1, talks=5)
    work = Work({ANNAS: talks, EWAS: RINGS, JANS: talks}, there=firm(**fields))
    async with work.begun(tmp_path):
        call = caller(script=script)
        assert await stepped(work, work.talk(tmp_path), call) == outcome
        await asyncio.sleep(5)


@simulated
async def test_the_step_asks_for_a_skill_and_gives_a_priority(tmp_path: Path) -> None:
    members = ({"who": str(ANNA)}, {"who": str(EWA), "skills": ["english"]})
    work = Work({ANNAS: RINGS, EWAS: Callee(after=1, talks=5)}, there=firm(members=members))
    async with work.begun(tmp_path):
        talk = work.talk(tmp_path)
        assert await stepped(work, talk, caller(), skill="english", priority=7) == "answered"
        assert work.rows("SELECT member, priority FROM queue_calls") == [(str(EWA), 7)]


@simulated
async def test_what_goes_on_can_be_asked(tmp_path: Path) -> None:
    work = Work({ANNAS: RINGS, EWAS: RINGS})
    async with work.begun(tmp_path):
        asked = controls(work.dispatcher, lambda: work.snapshot)
        walk = asyncio.create_task(work.walk(call := caller(), tmp_path))
        await asyncio.sleep(10)
        work.pause(EWA, "lunch")
        await asyncio.sleep(1)
        assert await done(asked, "queues.live", {}) == [
            {
                "queue": "Serwis",
                "waiting": [
                    {
                        "id": 1,
                        "place": 1,
                        "caller": "+48600700700",
                        "seconds": 11,
                        "priority": 0,
                        "callback": False,
                        "rings": ["Anna Nowak"],
                    }
                ],
                "members": [
                    {"member": str(ANNA), "state": "ring", "queue": "Serwis"},
                    {"member": str(EWA), "state": "pause", "queue": ""},
                ],
            }
        ]
        with pytest.raises(DataError, match="there is no queue 'Biuro'"):
            await done(asked, "queues.live", {"queue": "Biuro"})
        call.hangs_up()
        await walk


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The firm on a database, which its phones change."""
    async with Store(tmp_path / "line.db", [exchange, reaching, queues]) as store:
        there = firm(anyone=False)
        leads = tuple(
            one for one in there.numbers if Ref.of(one.leads_to).kind is not Kind.SCENARIO
        )
        there = there.model_copy(update={"numbers": leads})
        await store.write(lambda db: editing.replace(db, there))
        directory = Directory(store, "PL")
        await directory.refresh()
        found = House(exchange=there)
        found.use(lambda: directory.now)
        found.services[Directory] = directory
        yield found


async def dialled(house: House, code: str, tones: Path, extension: str = "101") -> list[str]:
    call = FakeLeg(caller=Caller(None, asserted=True, extension=extension), called=code)
    await asyncio.wait_for(house.take(call, tones), PATIENCE)
    return call.heard


async def test_members_come_and_go_by_code(house: House, tmp_path: Path) -> None:
    queue = house.snapshot.exchange.queues[0]
    assert await dialled(house, "1000*2", tmp_path) == ["queue.logged-out"]
    assert house.board.now.logins.of(queue) == [EWA]
    assert await dialled(house, "1000*1#", tmp_path) == ["queue.logged-in"]
    assert house.board.now.logins.of(queue) == [ANNA, EWA]
    assert await dialled(house, "1000*1", tmp_path, "102") == ["queue.no-member"]
    assert await dialled(house, "200*1", tmp_path) == ["queue.no-queue"]


async def test_members_pause_by_code(house: House, tmp_path: Path) -> None:
    told: list[object] = []

    class Deaf(Dispatcher):
        def __init__(self) -> None:
            pass

        def tell(self, event: object) -> None:
            told.append(event)

    house.services[Dispatcher] = Deaf()
    assert await dialled(house, "*462#", tmp_path) == ["queue.pauses"]
    assert house.board.now.logins.pauses == {ANNA: "lunch"}
    assert await dialled(house, "*#46#", tmp_path) == ["queue.pauses"]
    assert await dialled(house, "#46#", tmp_path) == ["queue.takes-calls"]
    assert house.board.now.logins.pauses == {}
    assert len(told) == 1, "and the time after a call ends"


def test_the_letter_about_missed_calls() -> None:
    queue = firm(email="szef@firma.example").queues[0]
    moment = datetime(2026, 11, 26, 12, tzinfo=UTC)
    mail = letter(Templates([TEXTS]), queue, ANNA, moment, UTC)
    assert mail.to == "szef@firma.example"
    assert mail.subject == "Kolejka Serwis: Anna Nowak nie odbiera"
    assert 'sipagent queues resume "user:Anna Nowak"' in mail.text
    assert "Liczba połączeń" in mail.text
