"""Commands as an operator types them."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sipagent.cli.main import app
from sipagent.errors import SetupError
from sipagent.scenario import loader
from sipagent.scenario.model import Scenario
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

ROOT = Path(__file__).parents[2]
SETTINGS = """
[paths]
database = "x.db"
scenarios = "{root}/data/scenarios"
prompts = "{root}/data/prompts"
voices = "{root}/voices"
cache = "cache"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(SETTINGS.format(root=ROOT), "utf-8")
    return path


def sipagent(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sipagent", *words]
    return subprocess.run(
        command, input=typed, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_a_command_imports_no_other() -> None:
    """All of them together take a second."""
    asked = "app(['status', '--help'], standalone_mode=False)"
    seen = "print([one for one in sys.modules if one.startswith('sipagent.cli.')])"
    looks = f"import sys; from sipagent.cli.main import app; {asked}; {seen}"
    words = [sys.executable, "-c", looks]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert "'sipagent.cli.status'" in done.stdout
    assert "'sipagent.cli.check'" not in done.stdout


def test_check_finds_the_shipped_line_good(config: Path) -> None:
    done = sipagent("check", "--config", str(config))
    assert done.returncode == 0
    assert "infolinia" in done.stdout


def test_check_lists_mistakes_and_ends_with_two(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    good = (ROOT / "data/scenarios/infolinia.toml").read_text("utf-8")
    (folder / "infolinia.toml").write_text(good.replace('next = "charges"', 'next = "x"'), "utf-8")
    text = config.read_text("utf-8").replace(f"{ROOT}/data/scenarios", str(folder))
    config.write_text(text, "utf-8")
    done = sipagent("check", "--config", str(config))
    assert done.returncode == 2
    assert "infolinia.toml:" in done.stderr
    assert "there is no step 'x'" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_misses_a_voice(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    scenario = (ROOT / "data/scenarios/infolinia.toml").read_text("utf-8")
    scenario += '[voices]\npl = "pl_PL-nobody-low"\n'
    (folder / "night.toml").write_text(scenario, "utf-8")
    text = config.read_text("utf-8").replace(f"{ROOT}/data/scenarios", str(folder))
    text += '[line]\nscenario = "night"\n[voices]\nen = "en_US-x-low"\n'
    config.write_text(text, "utf-8")
    done = sipagent("check", "--config", str(config))
    assert done.returncode == 2
    assert "there is no voice 'en_US-x-low'" in done.stderr
    assert "night.toml:" in done.stderr
    assert "voices: there is no voice 'pl_PL-nobody-low'" in done.stderr
    assert "2 mistakes" in done.stderr


def test_check_reads_the_letters_too(config: Path) -> None:
    overlay = config.parent / "local" / "templates"
    overlay.mkdir(parents=True)
    (overlay / "reply.pl.txt").write_text("Subject: x\n\n{{ replay }}", "utf-8")
    done = sipagent("check", "--config", str(config))
    assert done.returncode == 2
    assert "local/templates/reply.pl.txt:3: 'replay' is undefined" in done.stderr


def test_check_finds_scenarios_that_trunks_name_and_nobody_has_written(config: Path) -> None:
    trunk = """
[[trunk]]
name = "carrier"
registrar = "sip:sip.example.com"
user = "48221234567"
scenario = "office"
numbers = { "+48221234568" = "garage", "+48221234569" = "infolinia" }
"""
    config.write_text(config.read_text("utf-8") + trunk, "utf-8")
    done = sipagent("check", "--config", str(config))
    assert done.returncode == 2
    assert "scenario of trunk carrier: " in done.stderr
    assert "no scenario 'office'" in done.stderr
    assert "numbers of trunk carrier, +48221234568: " in done.stderr
    assert "2 mistakes" in done.stderr


def test_a_simulation_locks_nobody_out(config: Path, tmp_path: Path) -> None:
    """But finds a number that is locked as a caller would."""
    sipagent("owners", "import", str(ROOT / "data/sample"), "--config", str(config))
    sipagent("owners", "pin", "100001", "--generate", "--config", str(config))
    walk = ["simulate", "--number", "600100199", "--config", str(config)]
    with closing(sqlite3.connect(tmp_path / "x.db")) as db:
        for pins, typed in (("no", "999999#\n"), ("yes", "100001#\n000000#\n")):
            with db:
                db.execute("UPDATE managers SET pin_login = ?", [pins])
            assert sipagent(*walk, typed=3 * typed).returncode == 0
            for table in ("login_failures", "pin_failures"):
                assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        with db:
            db.execute("UPDATE managers SET pin_login = 'no'")
            db.execute(
                "INSERT INTO login_failures VALUES ('number', '+48600100199', 0, 9, ?)", [now]
            )
    assert "Proszę zadzwonić ponownie za" in sipagent(*walk, typed="999999#\n").stdout


def test_simulate_walks_the_line(config: Path) -> None:
    imported = sipagent("owners", "import", str(ROOT / "data/sample"), "--config", str(config))
    assert imported.returncode == 0, imported.stderr
    done = sipagent(
        "simulate", "--number", "600100101", "--config", str(config), typed="100001#\n1\nh\n"
    )
    assert done.returncode == 0, done.stderr
    assert "nadpłata wynosi" in done.stdout
    assert "Ended: hung-up in step balance" in done.stdout


CENTRALA = """
name = "centrala"
languages = ["pl"]
start = "hours"

[steps.hours]
type = "schedule"
schedule = "Biuro"
on = { open = "number", closed = "end" }

[steps.number]
type = "dial"
prompt = "greeting"
on = { unreachable = "gone" }
next = "end"

[steps.gone]
type = "hang-up"
prompt = "transfer.failed"

[steps.end]
type = "hang-up"
"""


def test_simulate_knows_the_exchange(config: Path, tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/centrala.toml").write_text(CENTRALA, "utf-8")
    text = config.read_text("utf-8")
    config.write_text(text.replace(f"{ROOT}/data/scenarios", "scenarios"), "utf-8")
    at = ("--config", str(config))
    for words in (("schedules", "add", "Biuro"), ("users", "add", "Anna", "--number", "101")):
        assert sipagent(*words, *at).returncode == 0
    done = sipagent("simulate", "centrala", *at, typed="999#\n101#\n")
    assert "Nie ma takiego numeru wewnętrznego." in done.stdout
    assert "Ended: done in step gone" in done.stdout


def test_simulate_refuses_what_is_no_number(config: Path) -> None:
    done = sipagent("simulate", "--number", "12", "--config", str(config))
    assert done.returncode == 4
    assert "--number 12" in done.stderr


def test_calls_where_there_were_none(config: Path) -> None:
    done = sipagent("calls", "list", "--config", str(config))
    assert done.returncode == 3, "there is no database yet"
    assert "Traceback" not in done.stderr
    sipagent("owners", "import", str(ROOT / "data/sample"), "--config", str(config))
    done = sipagent("calls", "list", "--json", "--config", str(config))
    assert json.loads(done.stdout) == []
    done = sipagent("calls", "show", "last", "--config", str(config))
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words", [["run"], ["check"], ["calls", "list"], ["owners", "export", "x"]]
)
def test_a_missing_configuration_is_one_sentence(words: list[str], tmp_path: Path) -> None:
    done = sipagent(*words, "--config", str(tmp_path / "none.toml"))
    assert done.returncode == 2
    assert "none.toml: no such file" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("group", ["notices", "managers", "tickets", "outbox"])
def test_a_look_in_the_wrong_place_makes_no_database(config: Path, group: str) -> None:
    """It would be the looker's own, and the line could not write to it."""
    done = sipagent(group, "list", "--config", str(config))
    assert done.returncode == 3
    assert "yet; start the line, or give --config" in done.stderr
    assert not config.with_name("x.db").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("simulate",),
        ("owners", "show", "100001"),
        ("owners", "export", "out"),
        ("owners", "edit", "100001", "--block"),
        ("owners", "pin", "100001", "--generate"),
        ("owners", "remove", "100001", "--yes"),
        ("retention", "run"),
        ("doctor", "last"),
    ],
)
def test_in_a_wrong_folder_nothing_is_made(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, SetupError)
    assert "there are no" in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_check_reads_each_scenario_once(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    load = loader.load

    def counted(path: Path, *others: Any) -> Scenario:
        read.append(path)
        return load(path, *others)

    monkeypatch.setattr(loader, "load", counted)
    assert CliRunner().invoke(app, ["check", "--config", str(config)]).exit_code == 0
    assert [path.stem for path in read] == ["infolinia", "listening", "ordering"]
