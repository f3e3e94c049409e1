"""``sipagent notices``: what an operator types."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sipagent.cli.main import app
from sipagent.errors import DataError

pytestmark = pytest.mark.unit

SAMPLE = Path(__file__).parents[2] / "data/sample"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A line with the sample owners."""
    path = tmp_path / "agent.toml"
    path.write_text('[paths]\ndatabase = "line.db"\n', "utf-8")
    run(path, "owners", "import", str(SAMPLE))
    return path


def run(config: Path, *words: str) -> str:
    done = CliRunner().invoke(app, [*words, "--config", str(config)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_add_list_remove(config: Path) -> None:
    words = ("notices", "add", "Jutro nie będzie wody.", "--manager", "BAJKA", "--to", "31.12.2099")
    assert "Notice 1: BAJKA, all estates" in run(config, *words)
    assert "Jutro nie" in run(config, "notices", "list")
    (listed,) = json.loads(run(config, "notices", "list", "--json"))
    assert listed["last_day"] == "2099-12-31"
    assert listed["first_day"] <= date.today().isoformat()
    run(config, "notices", "remove", "1")
    assert json.loads(run(config, "notices", "list", "--json")) == []


def test_what_is_over_is_listed_on_request(config: Path) -> None:
    before = (date.today() - timedelta(days=3)).isoformat()
    run(
        config, "notices", "add", "Stary.", "--manager", "BAJKA", "--from", before, "--to", before,
    )  # fmt: skip
    assert json.loads(run(config, "notices", "list", "--json")) == []
    assert len(json.loads(run(config, "notices", "list", "--json", "--all"))) == 1


def test_a_day_that_is_none_names_the_option(config: Path) -> None:
    with pytest.raises(DataError, match=r"--to: '31\.2' is not a date"):
        run(config, "notices", "add", "Tekst.", "--manager", "BAJKA", "--to", "31.2")


def written(config: Path, text: str) -> Path:
    path = config.with_name("notices.csv")
    path.write_text(text, "utf-8")
    return path


HEADER = "manager;estate;notice;english;first_day;last_day\n"


def test_a_file_is_imported_once(config: Path) -> None:
    path = written(
        config,
        f"{HEADER}BAJKA;;Jutro nie będzie wody.;;1.12.2099;2099-12-02\n"
        "BAJKA;SMOCZA;Winda jest w naprawie.;The lift is under repair.;2099-12-01;2099-12-05\n",
    )
    for _ in range(2):
        assert run(config, "notices", "import", str(path)) == "2 notices\n"
    listed = json.loads(run(config, "notices", "list", "--json"))
    told = [(one["estate"], one["first_day"], one["english"]) for one in listed]
    assert told == [("", "2099-12-01", ""), ("SMOCZA", "2099-12-01", "The lift is under repair.")]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("NOBODY;;Tekst.;;2099-12-01;2099-12-02", r":3: no manager has the code 'NOBODY'"),
        ("BAJKA;X;Tekst.;;2099-12-01;2099-12-02", r":3: no estate has the code 'X'"),
        ("BAJKA;;;;2099-12-01;2099-12-02", r":3: text: the notice says nothing"),
        ("BAJKA;;Tekst.;;2099-13-01;2099-12-02", r":3: column first_day: .* calendar"),
        ("BAJKA;;Tekst.;;2099-12-03;2099-12-02", r":3: the notice ends on 2099-12-02, before"),
        ("BAJKA;;Tekst.;;2099-12-03", r":3: has 5 fields, but the header has 6"),
    ],
)
def test_one_mistake_and_nothing_is_imported(config: Path, row: str, problem: str) -> None:
    good = "BAJKA;;Dobry.;;2099-12-01;2099-12-02\n"
    path = written(config, f"{HEADER}{good}{row}\n")
    with pytest.raises(DataError, match=problem):
        run(config, "notices", "import", str(path))
    assert json.loads(run(config, "notices", "list", "--json")) == []
