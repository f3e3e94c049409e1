"""Codes from the phone: what they change, what is heard, and what does not come about."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from sipagent.exchange import editing
from sipagent.exchange.codes import coded
from sipagent.exchange.directory import Directory
from sipagent.exchange.model import User
from sipagent.exchange.queues.schema import queues
from sipagent.exchange.reaching.changing import Handlings
from sipagent.exchange.reaching.handling import USUAL, Follow, Forward, Handling, When
from sipagent.exchange.reaching.schema import reaching
from sipagent.exchange.schema import exchange
from sipagent.exchange.values import Kind, Ref
from sipagent.store.store import Store
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.party import Caller
from tests.exchange.house import FIRM, House
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

BOSS = User(name="Zofia Maj", number="104", role="administrator")
LINE = FIRM.model_copy(
    update={
        "numbers": FIRM.numbers[:2],
        "users": (*FIRM.users, BOSS),
        "schedules": (FIRM.schedules[0].model_copy(update={"code": "7"}),),
    }
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The firm on a database, which its phones change."""
    async with Store(tmp_path / "line.db", [exchange, reaching, queues]) as store:
        await store.write(lambda db: editing.replace(db, LINE))
        directory = Directory(store, "PL")
        await directory.refresh()
        there = House(exchange=LINE)
        there.use(lambda: directory.now)
        there.services[Handlings] = Handlings(directory)
        yield there


async def dialled(house: House, code: str, tones: Path, extension: str = "101") -> FakeLeg:
    call = FakeLeg(caller=Caller(None, asserted=True, extension=extension), called=code)
    await asyncio.wait_for(house.take(call, tones), PATIENCE)
    return call


def anna(house: House) -> Handling:
    return house.board.now.handlings.get("Anna Nowak", USUAL)


@pytest.mark.parametrize(
    ("code", "when", "forward", "words"),
    [
        (
            "*21*600100101#",
            When.ALWAYS,
            Forward("+48600100101"),
            "Przekierowanie wszystkich połączeń jest włączone, na numer plus cztery osiem, "
            "sześć zero zero, jeden zero zero, jeden zero jeden.",
        ),
        (
            "**21*102",
            When.ALWAYS,
            Forward(Ref(Kind.USER, "Jan Kowal")),
            "Przekierowanie wszystkich połączeń jest włączone, na numer jeden zero dwa.",
        ),
        (
            "*67*200#",
            When.BUSY,
            Forward(Ref(Kind.GROUP, "Biuro")),
            "Przekierowanie przy zajętym telefonie jest włączone, na numer dwa zero zero.",
        ),
        (
            "*61*102**15#",
            When.NO_ANSWER,
            Forward(Ref(Kind.USER, "Jan Kowal"), 15),
            "Przekierowanie nieodebranych połączeń jest włączone, na numer jeden zero dwa.",
        ),
        (
            "**62*+48221000202*11*30#",
            When.UNREACHABLE,
            Forward(Ref(Kind.USER, "Jan Kowal"), 30),
            "Przekierowanie przy niedostępnym telefonie jest włączone, na numer jeden zero dwa.",
        ),
    ],
)
async def test_a_forward_is_set_and_told(
    house: House, code: str, when: When, forward: Forward, words: str, tmp_path: Path
) -> None:
    call = await dialled(house, code, tmp_path)
    assert anna(house).forwards == {when: forward}
    assert call.words == words
    asked = await dialled(house, f"*#{code.strip('*')[:2]}#", tmp_path)
    assert asked.words == words


async def test_a_forward_ends(house: House, tmp_path: Path) -> None:
    for code in ("*21*102#", "*67*102#"):
        await dialled(house, code, tmp_path)
    call = await dialled(house, "#21#", tmp_path)
    assert call.words == "Przekierowanie wszystkich połączeń jest wyłączone."
    assert set(anna(house).forwards) == {When.BUSY}
    call = await dialled(house, "##002#", tmp_path)
    assert call.words == "Wszystkie przekierowania są wyłączone."
    assert anna(house) == USUAL


async def test_who_does_not_want_to_be_disturbed_says_so(house: House, tmp_path: Path) -> None:
    call = await dialled(house, "*26", tmp_path)
    assert call.words == "Tryb nie przeszkadzać jest włączony. Telefony nie dzwonią."
    assert anna(house).dnd
    call = await dialled(house, "#26#", tmp_path)
    assert call.words == "Tryb nie przeszkadzać jest wyłączony. Telefony dzwonią."
    assert not anna(house).dnd


async def test_when_the_mobile_rings(house: House, tmp_path: Path) -> None:
    def jans() -> Handling:
        return house.board.now.handlings["Jan Kowal"]

    call = await dialled(house, "*25*15#", tmp_path, "102")
    assert call.words == "Telefon komórkowy dzwoni po pozostałych."
    assert jans() == Handling(follow=Follow.IN_TURN, seconds=15)
    await dialled(house, "#25#", tmp_path, "102")
    assert jans().follow is Follow.NEVER
    await dialled(house, "*25#", tmp_path, "102")
    assert jans().follow is Follow.TOGETHER


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("*21*+4930123456#", "exchange.not-allowed"),
        ("*21*701234567#", "exchange.not-allowed"),
        ("*21*101#", "reaching.wrong-number"),
        ("*21*555#", "reaching.wrong-number"),
        ("*21*112#", "reaching.wrong-number"),
        ("*61*102**300#", "reaching.wrong-number"),
        ("*25#", "reaching.wrong-number"),
    ],
)
async def test_what_cannot_be_set_is_told_and_changes_nothing(
    house: House, code: str, said: str, tmp_path: Path
) -> None:
    """Rights of the forwarding user are checked when a forward is set."""
    call = await dialled(house, code, tmp_path)
    assert call.heard == [said]
    assert anna(house) == USUAL


async def test_each_hears_the_own_language(house: House, tmp_path: Path) -> None:
    call = await dialled(house, "*26#", tmp_path, "103")
    assert call.words == "Do not disturb is on. Your phones do not ring."


async def night(house: House, code: str, tones: Path, extension: str = "104") -> FakeLeg:
    """Dial a code on a Monday at noon, when the office is open."""
    with time_machine.travel(datetime(2026, 11, 23, 11, tzinfo=UTC), tick=False):
        return await dialled(house, code, tones, extension)


async def test_an_administrator_closes_a_schedule_until_it_opens(
    house: House, tmp_path: Path
) -> None:
    call = await night(house, "*28#", tmp_path)
    assert call.words == (
        "Biuro: tryb nocny jest włączony. Koniec: dwudziestego czwartego listopada dwa tysiące "
        "dwudziestego szóstego roku, godzina ósma."
    )
    timetable = house.board.now.timetables["Biuro"]
    opens = datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert timetable.night_at(datetime(2026, 11, 23, 11, tzinfo=UTC)) == opens
    asked = await night(house, "*#287#", tmp_path)
    assert asked.words == call.words
    assert (await night(house, "*287", tmp_path)).words == "Biuro: tryb nocny jest wyłączony."
    assert not house.board.now.timetables["Biuro"].night_at(datetime(2026, 11, 23, 11, tzinfo=UTC))


async def test_a_night_ends_when_that_is_said_or_dialled(house: House, tmp_path: Path) -> None:
    call = await night(house, "*287*0615#", tmp_path)
    assert call.words.endswith("godzina szósta piętnaście.")
    call = await night(house, "*28*7*1630#", tmp_path)
    assert "dwudziestego trzeciego listopada" in call.words
    assert call.words.endswith("godzina szesnasta trzydzieści.")
    for _ in range(2):
        assert (await night(house, "#287#", tmp_path)).heard == ["reaching.night-off"]


@pytest.mark.parametrize(
    ("code", "extension", "said"),
    [
        ("*289#", "104", "reaching.no-schedule"),
        ("*287#", "101", "reaching.not-administrator"),
        ("#28#", "101", "reaching.not-administrator"),
    ],
)
async def test_who_may_begin_no_night_changes_nothing(
    house: House, code: str, extension: str, said: str, tmp_path: Path
) -> None:
    call = await night(house, code, tmp_path, extension)
    assert call.heard == [said]
    assert not house.board.now.timetables["Biuro"].night_at(datetime(2026, 11, 23, 11, tzinfo=UTC))


@pytest.mark.parametrize("dialled", ["*21", "*21*1", "21", "*2101", "*26*1", "*60", "#", ""])
def test_other_things_are_no_codes_of_these(dialled: str) -> None:
    assert coded(dialled) is None
