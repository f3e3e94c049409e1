"""PINs: who is let in by one, and how often it may be guessed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlite_utils
from argon2 import PasswordHasher
from typer.testing import CliRunner

from sipagent.cli.main import app
from sipagent.config import LoginSection
from sipagent.errors import DataError
from sipagent.infoline.directory import Directory
from sipagent.infoline.editing import Changes, edit_owner, remove_owner
from sipagent.infoline.login import Login, Verdict
from sipagent.infoline.managing import edit_contract
from sipagent.infoline.pins import Pins, has_pin, remove_pin, set_pin
from sipagent.infoline.schema import infoline
from sipagent.infoline.steps.login import OwnerLogin
from sipagent.infoline.transfer.importing import import_files
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.party import Caller
from sipagent.telephony.script import Act
from tests.infoline.owner_talk import walk
from tests.infoline.test_line import CATALOGUE

pytestmark = pytest.mark.unit

SAMPLE = Path(__file__).parents[2] / "data/sample"
#: An owner of the sample, her number and her manager.
LOGIN, NUMBER, MANAGER = "100001", "+48600100101", "ZLOTY-KLUCZ"
PIN, WRONG = "590318", "590317"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
RULES = LoginSection(failures=3, wait=60, longest_wait=3600, pin_failures_per_hour=8)
#: As weak as it gets: the tests need no strength.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Line:
    """The sample with one PIN, and the rules."""

    db: sqlite_utils.Database
    pins: Pins
    login: Login

    def try_pin(
        self, pin: str, login: str = LOGIN, number: str | None = None, later: float = 0.0
    ) -> Verdict:
        now = NOW + timedelta(seconds=later)
        return self.pins.decide(login, pin, number, now, False).verdict


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pins") / "line.db"
    db = open_database(path, [infoline])
    import_files(db, [SAMPLE], country="PL")
    edit_contract(db, MANAGER, {"pin_login": "tak"})
    set_pin(db, LOGIN, PIN, QUICK)
    db.close()
    return path


@pytest.fixture
def line(sample: Path, tmp_path: Path) -> Iterator[Line]:
    path = tmp_path / "line.db"
    path.write_bytes(sample.read_bytes())
    db = open_database(path, [infoline])
    data = Single(db)
    pins = Pins(data, RULES, QUICK)
    yield Line(db, pins, Login(data, RULES))
    db.close()


def test_a_right_pin_lets_in_from_hidden_and_unknown_numbers(line: Line) -> None:
    assert line.try_pin(PIN) is Verdict.ACCEPTED
    assert line.try_pin(PIN, number="+48500111222") is Verdict.ACCEPTED


@pytest.mark.parametrize("pin", [WRONG, PIN + "0", PIN[:-1], "", "0" * 40])
def test_any_other_does_not(line: Line, pin: str) -> None:
    assert line.try_pin(pin) is Verdict.REFUSED


def test_nobody_learns_whether_there_is_a_pin_or_a_login(line: Line) -> None:
    assert line.try_pin(PIN, "100002") is Verdict.REFUSED
    assert line.try_pin(PIN, "999999") is Verdict.REFUSED


def test_the_manager_decides_and_an_estate_otherwise(line: Line) -> None:
    edit_contract(line.db, MANAGER, {"pin_login": "no"})
    assert line.try_pin(PIN) is Verdict.REFUSED
    owner = Directory(line.db).find(LOGIN)
    assert owner is not None
    edit_contract(line.db, MANAGER, {"pin_login": "yes"}, estate=owner.estate.code)
    assert line.try_pin(PIN) is Verdict.ACCEPTED


def test_a_blocked_owner_stays_out(line: Line) -> None:
    edit_owner(line.db, LOGIN, Changes(blocked=True))
    assert line.try_pin(PIN) is Verdict.OWNER_BLOCKED


def test_guesses_at_one_login_have_to_wait_longer_and_longer(line: Line) -> None:
    assert [line.try_pin(WRONG) for _ in range(3)] == [Verdict.REFUSED] * 3
    assert line.try_pin(PIN) is Verdict.LOCKED
    assert line.try_pin(WRONG, later=61) is Verdict.REFUSED
    assert line.try_pin(PIN, later=61 + 60) is Verdict.LOCKED
    assert line.try_pin(PIN, later=61 + 121) is Verdict.ACCEPTED


def test_guesses_from_one_number_are_counted_whatever_the_login(line: Line) -> None:
    number = "+48500111222"
    for login in ("100002", "100003", "100004"):
        assert line.try_pin(WRONG, login, number) is Verdict.REFUSED
    assert line.try_pin(PIN, LOGIN, number) is Verdict.LOCKED
    assert line.try_pin(PIN, LOGIN, "+48500111333") is Verdict.ACCEPTED


def test_all_callers_together_have_so_many_guesses_an_hour(line: Line) -> None:
    for guess in range(8):
        assert line.try_pin(WRONG, f"20000{guess}", f"+4850011100{guess}") is Verdict.REFUSED
    assert line.try_pin(PIN) is Verdict.LOCKED
    assert line.try_pin(PIN, later=3601) is Verdict.ACCEPTED


def test_guesses_do_not_shut_out_the_owners_own_number(line: Line) -> None:
    for guess in range(8):
        line.try_pin(WRONG, later=guess)
    assert line.login.check(LOGIN, NUMBER, now=NOW).verdict is Verdict.ACCEPTED


def test_a_right_pin_ends_the_streak(line: Line) -> None:
    line.try_pin(WRONG)
    line.try_pin(WRONG)
    assert line.try_pin(PIN) is Verdict.ACCEPTED
    assert [line.try_pin(WRONG) for _ in range(3)] == [Verdict.REFUSED] * 3


def test_a_new_pin_replaces_the_old_one_and_its_failures(line: Line) -> None:
    for _ in range(3):
        line.try_pin(WRONG)
    set_pin(line.db, LOGIN, "771234", QUICK)
    assert line.try_pin("771234") is Verdict.ACCEPTED
    assert line.try_pin(PIN) is Verdict.REFUSED


def test_pins_stay_through_an_import_and_go_with_their_owner(line: Line) -> None:
    import_files(line.db, [SAMPLE], country="PL")
    assert line.try_pin(PIN) is Verdict.ACCEPTED
    owner = remove_owner(line.db, LOGIN)
    assert not has_pin(line.db, owner)
    assert line.try_pin(PIN) is Verdict.REFUSED


def test_a_pin_can_be_taken_away(line: Line) -> None:
    owner = remove_pin(line.db, LOGIN)
    assert not has_pin(line.db, owner)
    assert line.try_pin(PIN) is Verdict.REFUSED


def test_only_a_hash_is_kept(line: Line) -> None:
    kept = line.db.execute("SELECT hash FROM pins").fetchall()
    assert [text.startswith("$argon2id$") for (text,) in kept] == [True]


HIDDEN, UNKNOWN, OWN = Caller(None), Caller("+48500111222"), Caller(NUMBER)


async def ask(line: Line, script: list[Act], caller: Caller) -> tuple[FakeLeg, str]:
    call, outcome, _ = await walk(
        OwnerLogin, script, line.login, line.pins, caller=caller, owner=None, catalogue=CATALOGUE
    )
    return call, str(outcome)


@pytest.mark.parametrize("caller", [HIDDEN, UNKNOWN])
async def test_a_caller_without_the_number_is_let_in_by_the_pin(line: Line, caller: Caller) -> None:
    call, outcome = await ask(line, [f"{LOGIN}#", f"{PIN}#"], caller)
    assert outcome == "accepted"
    why = "login.pin-hidden" if caller.number is None else "login.pin-unknown"
    assert any(why in key for key in call.heard)
    events = [event.details for event in call.timeline if event.kind == "login"]
    assert events == [{"verdict": "accepted", "pin": True}]


async def test_the_keys_of_a_pin_are_secret_and_those_of_the_login_are_not(line: Line) -> None:
    call, _ = await ask(line, [f"{LOGIN}#", f"{PIN}#"], HIDDEN)
    digits = [event.details for event in call.timeline if event.kind == "digit"]
    assert [bool(one.get("secret")) for one in digits] == [False] * 7 + [True] * 7


async def test_the_owners_own_number_is_asked_nothing_more(line: Line) -> None:
    call, outcome = await ask(line, [f"{LOGIN}#"], OWN)
    assert outcome == "accepted"
    assert not any("pin" in key for key in call.heard)


async def test_a_slip_in_the_pin_can_be_corrected(line: Line) -> None:
    _, outcome = await ask(line, [f"{LOGIN}#", "59*", f"{PIN}#"], HIDDEN)
    assert outcome == "accepted"


async def test_a_wrong_pin_leads_back_to_the_login(line: Line) -> None:
    call, outcome = await ask(line, [f"{LOGIN}#", f"{WRONG}#", f"{LOGIN}#", f"{PIN}#"], UNKNOWN)
    assert outcome == "accepted"
    assert "login.pin-wrong" in call.heard


async def test_without_a_pin_a_caller_hears_what_all_always_heard(line: Line) -> None:
    call, outcome = await ask(line, ["100002#", "#"] * 3, UNKNOWN)
    assert outcome == "locked"  # the third failure of this number
    assert "login.not-recognised" in call.heard
    call, outcome = await ask(line, [f"{LOGIN}#", "#"], HIDDEN)
    assert outcome == "hidden-number"


async def test_a_line_without_pins_asks_for_none(line: Line) -> None:
    remove_pin(line.db, LOGIN)
    call, outcome = await ask(line, [f"{LOGIN}#"], HIDDEN)
    assert outcome == "hidden-number"
    assert call.heard == ["login.hidden-number"]


@pytest.mark.parametrize("language", ["pl", "en"])
def test_both_languages_know_the_prompts(language: str) -> None:
    for key in ("pin-unknown", "pin-hidden", "pin-enter", "pin-without", "pin-wrong"):
        assert CATALOGUE.is_fixed(f"login.{key}", language)


def run(folder: Path, *words: str, text: str = "") -> str:
    done = CliRunner().invoke(
        app, [*words, "--config", str(folder / "agent.toml")], input=text or None
    )
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def test_the_command(sample: Path, tmp_path: Path) -> None:
    (tmp_path / "line.db").write_bytes(sample.read_bytes())
    (tmp_path / "agent.toml").write_text('[paths]\ndatabase = "line.db"\n')
    assert "PIN set" in run(tmp_path, "owners", "pin", "100002", text="771234\n")
    drawn = run(tmp_path, "owners", "pin", "100002", "--generate")
    assert len(drawn.split("PIN ")[1].split()[0]) == 6
    assert "PIN" in run(tmp_path, "owners", "show", "100002")
    assert "no PIN" in run(tmp_path, "owners", "pin", "100002", "--remove")
    done = CliRunner().invoke(
        app, ["owners", "pin", "100002", "--config", str(tmp_path / "agent.toml")], input="1234\n"
    )
    assert isinstance(done.exception, DataError)
