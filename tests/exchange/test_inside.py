"""Other domains put callers through to internal numbers, and know no exchange."""

import asyncio
from pathlib import Path

import pytest

from sipagent.exchange.inside import InsideNumbers
from sipagent.exchange.steps import STEPS
from sipagent.scenario import engine, loader
from sipagent.scenario.inside import Inside
from sipagent.scenario.talk import Talk
from sipagent.scenario.vocabulary import Vocabulary
from sipagent.speech.tones import Tones
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.network import Network
from tests.exchange.house import ANNAS, CATALOGUE, EWAS, House, Voice
from tests.simulated import simulated

pytestmark = pytest.mark.unit

SCENARIO = """
name = "biuro"
languages = ["pl", "en"]
start = "office"

[steps.office]
type = "transfer"
target = "{target}"
on = {{ answered = "end", busy = "busy", no-answer = "no-answer" }}
next = "sorry"

[steps.busy]
type = "hang-up"
prompt = "transfer.busy"

[steps.no-answer]
type = "hang-up"
prompt = "transfer.no-answer"

[steps.sorry]
type = "hang-up"
prompt = "transfer.failed"

[steps.end]
type = "hang-up"
"""
TALKS = Callee(after=2, talks=20)


async def walk(house: House, target: str, folder: Path) -> FakeLeg:
    """Walk a scenario that puts its caller through, and return the caller."""
    file = folder / "biuro.toml"
    file.write_text(SCENARIO.format(target=target), "utf-8")
    scenario = loader.load(file, CATALOGUE, Vocabulary(STEPS))
    services = {
        Inside: InsideNumbers(house.board),
        Network: Network(house.phones, house.at),
        Tones: Tones(folder),
    }
    call = FakeLeg(called="infolinia", sleep=asyncio.sleep)
    talk = Talk(CATALOGUE, Voice(), ("pl",), services=services)
    await engine.run(scenario, call, talk, longest=600.0)
    assert not house.phones.left
    return call


@pytest.mark.parametrize("target", ["101", "200", "*022"])
@simulated
async def test_a_user_a_group_or_an_outside_number_takes_the_call(
    target: str, tmp_path: Path
) -> None:
    house = House({ANNAS: TALKS, EWAS: Callee(after=None), "+48221000300": TALKS})
    call = await walk(house, target, tmp_path)
    assert call.heard == ["transfer.connecting"]
    assert any(heard.key == "tone.ringback" for heard in call.transcript)
    assert [e.details["reach"] for e in call.timeline if e.kind == "reached"] == ["answered"]


@pytest.mark.parametrize(
    ("target", "callee", "told"),
    [
        ("101", Callee(code=486), "transfer.busy"),
        ("101", Callee(code=603), "transfer.busy"),
        ("101", Callee(after=None), "transfer.no-answer"),
        ("250", Callee(), "transfer.failed"),
    ],
)
@simulated
async def test_who_reaches_nobody_is_told_and_goes_on(
    target: str, callee: Callee, told: str, tmp_path: Path
) -> None:
    call = await walk(House({ANNAS: callee}), target, tmp_path)
    assert call.heard[-1] == told


@simulated
async def test_whoever_has_taken_the_call_may_put_it_through(tmp_path: Path) -> None:
    house = House({ANNAS: Callee(after=2), EWAS: TALKS})
    walking = asyncio.create_task(walk(house, "101", tmp_path))
    await asyncio.sleep(8)
    assert house.phones.legs[0].refers_to("103")
    call = await walking
    handed = [e.details["to"] for e in call.timeline if e.kind == "handed-over"]
    assert handed == ["Ewa Lis <103>"]
