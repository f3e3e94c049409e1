"""An ordered call: who has ordered it is called first, and what keeps it from being made."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sipagent.exchange.led import Led
from sipagent.exchange.model import Authorised, Exchange, Schedule
from sipagent.exchange.ordered.conducting import Conducting
from sipagent.exchange.ordered.orders import Order, Way
from sipagent.exchange.outward.limits import Used
from sipagent.scenario.engine import run
from sipagent.scenario.model import Scenario
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.leg import Detail
from sipagent.telephony.own_leg import OwnLeg
from sipagent.telephony.party import Caller
from sipagent.telephony.phones import Origin
from sipagent.telephony.script import Press
from tests.exchange.house import ANNAS, FIRM, JANS, MAIN, House
from tests.simulated import simulated

pytestmark = pytest.mark.unit

MOBILE, TARGET, ELSEWHERE = "+48600100101", "+48221000300", "+48223334455"
ZONE = ZoneInfo("Europe/Warsaw")
PRESSES = [Press("1")]


def firm(**fields: object) -> Exchange:
    """The firm, in which Jan may order calls from his mobile."""
    jans = Authorised.model_validate({"number": MOBILE, "user": "Jan Kowal", **fields})
    schedules = (*FIRM.schedules, Schedule(name="Nigdy", hours="mon-sun 00:00-00:00"))
    return FIRM.model_copy(update={"authorised": (jans,), "schedules": schedules})


def order(target: str = TARGET, **fields: str) -> Order:
    return Order(Way.CALL, "Jan Kowal", MOBILE, fields.get("person", MOBILE), target)


@dataclass
class Notes:
    """The timeline of a call."""

    kinds: list[tuple[str, dict[str, Detail]]] = field(default_factory=list)

    def note(self, kind: str, details: dict[str, Detail]) -> None:
        self.kinds.append((kind, dict(details)))

    def of(self, kind: str) -> list[dict[str, Detail]]:
        return [details for one, details in self.kinds if one == kind]


@dataclass
class Made:
    """An order that was carried out."""

    outcome: str
    decided: str
    notes: Notes


async def conducted(house: House, wanted: Order, tones: Path) -> Made:
    """Carry an order out on the phones of a house."""
    decided: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    step, own, notes = Conducting(wanted, decided), OwnLeg("own", Caller(MOBILE)), Notes()
    own.timeline = notes  # type: ignore[assignment]
    talk = house.talk(tones)
    scenario = Scenario(tones, "t", ("pl",), {}, step.name, {step.name: step}, {step.name: {}})
    await run(scenario, own, talk, longest=3600)
    await asyncio.sleep(0)  # the engine watches no longer
    house.facts = talk.facts
    assert own.over
    assert not house.phones.left
    assert not house.board.busy()
    return Made(step.outcome, decided.result(), notes)


@simulated
async def test_the_person_is_called_first_told_to_wait_and_joined_to_the_other_side(
    tmp_path: Path,
) -> None:
    house = House(
        {MOBILE: Callee(after=3, script=PRESSES), TARGET: Callee(after=5, talks=60)},
        exchange=firm(),
    )
    made = await conducted(house, order(), tmp_path)
    jan, other = house.phones.legs
    assert (made.outcome, made.decided) == ("answered", "")
    assert [jan.called, other.called] == [MOBILE, TARGET]
    assert jan.heard == ["exchange.confirm", "order.wait"]
    assert jan.transcript[-1].key == "tone.ringback"
    assert [one["sip_id"] for one in made.notes.of("joined")] == [jan.sip_id, other.sip_id]
    assert len(made.notes.of("answer")) == 1
    assert house.facts[Led].user == "Jan Kowal"


@simulated
async def test_the_other_side_sees_the_number_that_was_chosen(tmp_path: Path) -> None:
    callees = {MOBILE: Callee(script=PRESSES), TARGET: Callee(talks=1)}
    house = House(callees, exchange=firm())
    await conducted(house, order(), tmp_path)
    chosen = Order(Way.TEXT, "Jan Kowal", MOBILE, MOBILE, TARGET, "+48221000209")
    await conducted(house, chosen, tmp_path)
    _, first, _, second = house.phones.origins
    assert (first, second) == (Origin(MAIN), Origin("+48221000209"))


@simulated
async def test_a_mobile_whose_voicemail_answers_is_not_joined_to_anybody(tmp_path: Path) -> None:
    house = House({MOBILE: Callee(), TARGET: Callee()}, exchange=firm())
    made = await conducted(house, order(), tmp_path)
    assert made.outcome == "absent"
    assert [leg.called for leg in house.phones.legs] == [MOBILE]


@pytest.mark.parametrize(
    ("callee", "outcome"),
    [
        (Callee(code=486), "busy"),
        (Callee(after=None), "no-answer"),
        (Callee(code=603), "refused"),
        (Callee(code=404), "unreachable"),
    ],
)
@simulated
async def test_the_person_is_told_why_the_other_side_is_not_reached(
    callee: Callee, outcome: str, tmp_path: Path
) -> None:
    house = House({MOBILE: Callee(script=PRESSES), TARGET: callee}, exchange=firm())
    made = await conducted(house, order(), tmp_path)
    assert made.outcome == outcome
    assert house.phones.legs[0].heard[-1] == f"put-through.back-{outcome}"


@simulated
async def test_who_hangs_up_before_the_other_side_answers_leaves_nobody_ringing(
    tmp_path: Path,
) -> None:
    callees = {MOBILE: Callee(script=PRESSES, talks=8), TARGET: Callee(after=None)}
    made = await conducted(House(callees, exchange=firm()), order(), tmp_path)
    assert made.outcome == "left"


@simulated
async def test_a_user_of_the_house_is_called_at_all_telephones(tmp_path: Path) -> None:
    house = House({JANS: Callee(after=1), ANNAS: Callee(after=1, talks=9)}, exchange=firm())
    wanted = Order(Way.COMMAND, "Jan Kowal", "", "user:Jan Kowal", "user:Anna Nowak")
    made = await conducted(house, wanted, tmp_path)
    assert made.outcome == "answered"
    assert {leg.called for leg in house.phones.legs} == {"102", MOBILE, "101"}
    annas = next(leg for leg in house.phones.legs if leg.called == "101")
    assert house.phones.origins[house.phones.legs.index(annas)] == Origin("102", name="Jan Kowal")


@pytest.mark.parametrize(
    ("exchange", "target", "told"),
    [
        (firm(), "+4930123456", "exchange.not-allowed"),
        (firm(schedule="Nigdy"), TARGET, "order.closed"),
        (firm(user="Anna Nowak"), TARGET, "exchange.not-allowed"),
        (FIRM, TARGET, "exchange.not-allowed"),
    ],
)
@simulated
async def test_nobody_is_called_where_a_rule_is_in_the_way(
    exchange: Exchange, target: str, told: str, tmp_path: Path
) -> None:
    house = House({MOBILE: Callee(), target: Callee()}, exchange=exchange)
    made = await conducted(house, order(target), tmp_path)
    assert (made.outcome, made.decided) == (told, told)
    assert not house.phones.legs


@simulated
async def test_nobody_is_called_over_a_limit_or_where_the_line_may_not_call(
    tmp_path: Path,
) -> None:
    jan = next(one for one in FIRM.users if one.name == "Jan Kowal")
    poor = jan.model_copy(update={"daily_minutes": 1})
    users = tuple(poor if one is jan else one for one in FIRM.users)
    house = House({}, exchange=firm().model_copy(update={"users": users}))
    house.usage.add("Jan Kowal", datetime.now(ZONE).date(), Used(milliseconds=60_000))
    assert (await conducted(house, order(), tmp_path)).outcome == "limit.minutes"
    house = House({}, exchange=firm())
    house.phones._refused = frozenset({ELSEWHERE})
    assert (await conducted(house, order(ELSEWHERE), tmp_path)).outcome == "exchange.not-allowed"


@simulated
async def test_who_has_ordered_a_call_hears_that_it_ends_soon_and_not_the_other_side(
    tmp_path: Path,
) -> None:
    users = tuple(one.model_copy(update={"daily_minutes": 4}) for one in FIRM.users)
    callees = {MOBILE: Callee(script=PRESSES), TARGET: Callee(after=2)}
    house = House(callees, exchange=firm().model_copy(update={"users": users}))
    made = await conducted(house, order(), tmp_path)
    jan, other = house.phones.legs
    assert "limit.soon" in jan.heard
    assert not other.heard
    assert made.notes.of("limit")


@simulated
async def test_both_calls_are_counted_for_the_user_who_has_ordered_them(tmp_path: Path) -> None:
    callees = {MOBILE: Callee(script=PRESSES), TARGET: Callee(after=2, talks=60)}
    house = House(callees, exchange=firm())
    await conducted(house, order(), tmp_path)
    used = await house.usage.load("Jan Kowal", datetime.now(ZONE).date())
    assert used.milliseconds >= 120_000
