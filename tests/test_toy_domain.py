"""A domain that nobody has heard of joins the house: twenty lines, and nothing else is touched."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from sipagent import config_sources, shipped
from sipagent.config import Config
from sipagent.domain import Domain, Domains, Handler, Incoming
from sipagent.domains import composed
from sipagent.ops.metrics import Metrics
from sipagent.reception import Reception
from sipagent.records.history import History
from sipagent.records.recorder import CallStart, Recorder
from sipagent.records.schema import records
from sipagent.scenario.engine import Ending
from sipagent.scenario.programme import Programme
from sipagent.scenario.step import Line, Outcome, Settings, Step, line
from sipagent.scenario.talk import Facts, Pace, Talk
from sipagent.speech.clip import Clip
from sipagent.speech.recordings import Recordings
from sipagent.store.database import open_database
from sipagent.store.store import Store
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Caller

pytestmark = pytest.mark.unit

# The domain ------------------------------------------------------------------------------------


class Tune(str):
    """A fact: what was played to a caller."""


class Whistle(Step):
    type = "whistle"
    settings: Settings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        talk.facts.put(Tune("cuckoo"))
        await call.say(talk("toy.cuckoo"))
        return Outcome("done")

    def lines(self) -> Iterable[Line]:
        return [line("toy.cuckoo")]


class Toy(Domain):
    name = "toy"
    steps = (Whistle,)

    def scenarios(self, config: Config) -> Mapping[str, str]:
        return {"toy": "the toy"}

    def route(self, call: Incoming, programme: Programme) -> Handler | None:
        return programme.walk("toy") if call.called == "cuckoo" else None

    def dials(self, config: Config) -> Iterator[tuple[str, str]]:
        yield "250", "the toy"

    def labels(self, facts: Facts) -> Mapping[str, str | int]:
        tune = facts.get(Tune)
        return {} if tune is None else {"tune": tune}


# What it is proved with ------------------------------------------------------------------------

SCENARIO = """
name = "zabawka"
languages = ["pl"]
start = "whistle"
[steps.whistle]
type = "whistle"
next = "end"
[steps.end]
type = "hang-up"
"""


class Voice:
    """Says everything in a second, and reads for everybody."""

    def narrator(self, voices: Mapping[str, str], recorded: Recordings) -> "Voice":
        return self

    async def clip(self, text: str, language: str, pace: Pace, *, urgent: bool = True) -> Clip:
        return Clip(Path("/dev/null"), 1.0)

    def cached(self, text: str, language: str, pace: Pace) -> Clip | None:
        return None

    def attend(self) -> Callable[[object], None]:
        return lambda caller: None


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    """The shipped line, with the toy's scenario and words beside it."""
    local = tmp_path / "local"
    (local / "scenarios").mkdir(parents=True)
    (local / "prompts").mkdir()
    (local / "scenarios/toy.toml").write_text(SCENARIO, "utf-8")
    (local / "prompts/pl.toml").write_text('toy.cuckoo = "Kuku."\n', "utf-8")
    paths = f'[paths]\nscenarios = "{shipped.SCENARIOS}"\nprompts = "{shipped.PROMPTS}"\n'
    (tmp_path / "agent.toml").write_text(paths, "utf-8")
    return config_sources.load(tmp_path / "agent.toml", {})


def reception(settings: Config, domains: Domains, recorder: Recorder) -> Reception:
    programme = domains.programme(settings)
    return Reception(
        settings, domains, programme, {}, voices=Voice(), recorder=recorder, metrics=Metrics()
    )


async def test_a_call_for_it_is_handled_by_it_and_its_record_carries_its_label(
    settings: Config,
) -> None:
    domains = composed(Toy())
    programme = domains.programme(settings)
    call = FakeLeg(called="cuckoo", caller=Caller("+48600100200"))
    async with Store(settings.paths.database, [records]) as store:
        recorder = Recorder(store)
        desk = reception(settings, domains, recorder)
        handler = desk.handler_of(call, programme)
        record = await recorder.open(
            CallStart(call.id, call.sip_id, call.caller.number, False, call.called, handler.name)
        )
        result = await desk.handle(call, handler, programme, record)
        await record.close("agent", result.ending.value, 200)
    assert call.words == "Kuku."
    assert result.ending is Ending.DONE
    db = open_database(settings.paths.database, [records])
    row = History(db).call(call.id)
    db.close()
    assert (row.scenario, row.labels) == ("zabawka", {"tune": "cuckoo"})


async def test_other_calls_go_where_they_always_went(settings: Config) -> None:
    domains = composed(Toy())
    programme = domains.programme(settings)
    async with Store(settings.paths.database, [records]) as store:
        desk = reception(settings, domains, Recorder(store))
    assert desk.handler_of(FakeLeg(called="+48221234567"), programme).name == "infolinia"


def test_without_it_nobody_knows_its_step() -> None:
    assert "whistle" in composed(Toy()).vocabulary.steps
    assert "whistle" not in composed().vocabulary.steps


def test_an_internal_number_that_it_dials_and_nobody_has(settings: Config) -> None:
    told = list(composed(Toy()).missed(settings))
    assert "the toy: nobody has the internal number 250" in told


def test_two_domains_cannot_have_a_step_of_the_same_name() -> None:
    with pytest.raises(ValueError, match="'whistle' is the name of two"):
        composed(Toy(), Toy())
