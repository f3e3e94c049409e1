"""``sipagent statistics`` as somebody uses it who leads a queue."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from typer.testing import CliRunner

from sipagent.cli.main import app
from sipagent.errors import DataError
from tests.exchange.statistics.journal_helpers import MORNING, journal, wait_in

pytestmark = pytest.mark.unit


@pytest.fixture
def line(tmp_path: Path) -> Path:
    with journal(tmp_path / "line.db") as db:
        for waited in (5.0, 15.0, 40.0):
            wait_in(db, "Biuro", waited=waited)
        wait_in(db, "Biuro", outcome="abandoned", waited=2.0)
        wait_in(db, "Biuro", outcome="abandoned", waited=62.0)
        wait_in(db, "=Serwis", outcome="too-many", waited=0.0)
        wait_in(db, "Biuro", MORNING - timedelta(days=1))
    settings = tmp_path / "agent.toml"
    settings.write_text('[paths]\ndatabase = "line.db"\n', "utf-8")
    return settings


def typed(line: Path, *words: str) -> str:
    words = ("statistics", *words, "--config", str(line))
    with time_machine.travel(MORNING + timedelta(hours=1), tick=False):
        done = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_the_queues_of_today(line: Path) -> None:
    heading, service, office, whole = typed(line, "queues").splitlines()
    assert heading.split()[:4] == ["queue", "offered", "answered", "abandoned"]
    assert service.split()[:2] == ["=Serwis", "1"]
    assert office.split() == [
        *("Biuro", "5", "3", "1", "1", "0", "0", "0"),
        *("50.0%", "0:20", "0:40", "1:02", "1:05"),
    ]
    assert whole.split()[:4] == ["total", "6", "3", "1"]


def test_days_and_queues_may_be_chosen(line: Path) -> None:
    chosen = typed(line, "queues", "--from", "2026-11-25", "--queue", "Biuro")
    assert chosen.splitlines()[-1].split()[:3] == ["total", "6", "4"]
    yesterday = typed(line, "queues", "--from", "2026-11-25", "--to", "2026-11-25", "--json")
    assert json.loads(yesterday)["total"]["offered"] == 1
    with pytest.raises(DataError, match="--to 2026-11-24 is before --from 2026-11-26"):
        typed(line, "queues", "--from", "2026-11-26", "--to", "2026-11-24")


def test_promises_may_be_others(line: Path) -> None:
    rows = json.loads(typed(line, "queues", "--within", "10", "--short", "0", "--json"))["rows"]
    assert (rows[1]["service_level"], rows[1]["short"], rows[1]["abandoned"]) == (0.2, 0, 2)


def test_csv_has_all_columns_and_no_formula(line: Path) -> None:
    service, office = csv.DictReader(io.StringIO(typed(line, "queues", "--csv")))
    assert (service["queue"], service["too_many"]) == ("'=Serwis", "1")
    assert (office["in_time"], office["service_level"], office["asa"]) == ("2", "0.5", "20.0")
    assert (office["talked"], office["wrapped"], office["handled"]) == ("180.0", "15.0", "3")
