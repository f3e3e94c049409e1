"""``sipagent statistics`` as somebody uses it who leads a queue."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest
import time_machine
from typer.testing import CliRunner

from sipagent.cli.main import app
from sipagent.errors import DataError
from tests.exchange.statistics.journal_helpers import (
    MORNING,
    change,
    house_call,
    journal,
    offer,
    wait_in,
)

pytestmark = pytest.mark.unit


@pytest.fixture
def line(tmp_path: Path) -> Path:
    with journal(tmp_path / "line.db") as db:
        for waited in (5.0, 15.0, 40.0):
            wait_in(db, "Biuro", waited=waited)
        wait_in(db, "Biuro", outcome="abandoned", waited=2.0)
        wait_in(db, "Biuro", outcome="abandoned", waited=62.0)
        wait_in(db, "=Serwis", outcome="too-many", waited=0.0)
        yesterday = wait_in(db, "Biuro", MORNING - timedelta(days=1))
        offer(db, yesterday, "missed", at=MORNING)
        change(db, "in", MORNING)
        change(db, "pause", MORNING + timedelta(minutes=30), queue=None, reason="obiad")
        house_call(
            db, "c", MORNING, "101", "+48600100109",
            seconds=65, cost=120, vat=23, payer="Anna Nowak", leg_trunk="carrier",
        )  # fmt: skip
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
    with pytest.raises(DataError, match="there is no queue 'Biurko'"):
        typed(line, "queues", "--queue", "Biurko")


def test_promises_may_be_others(line: Path) -> None:
    rows = json.loads(typed(line, "queues", "--within", "10", "--short", "0", "--json"))["rows"]
    assert (rows[1]["service_level"], rows[1]["short"], rows[1]["abandoned"]) == (0.2, 0, 2)


def test_csv_has_all_columns_and_no_formula(line: Path) -> None:
    service, office = csv.DictReader(io.StringIO(typed(line, "queues", "--csv")))
    assert (service["queue"], service["too_many"]) == ("'=Serwis", "1")
    assert (office["in_time"], office["service_level"], office["asa"]) == ("2", "0.5", "20.0")
    assert (office["talked"], office["wrapped"], office["handled"]) == ("180.0", "15.0", "3")


def test_days_and_hours(line: Path) -> None:
    heading, *rows = typed(line, "days", "--from", "2026-11-24").splitlines()
    assert heading.split()[:2] == ["day", "offered"]
    assert [row.split()[:2] for row in rows] == [
        *(["2026-11-24", "0"], ["2026-11-25", "1"], ["2026-11-26", "6"], ["total", "7"]),
    ]
    _, *rows = typed(line, "hours", "--from", "2026-11-24").splitlines()
    assert [row.split()[:2] for row in rows] == [["09:00", "7"], ["total", "7"]]


def test_members_and_pauses(line: Path) -> None:
    heading, anna, whole = typed(line, "members").splitlines()
    assert heading.split()[:3] == ["member", "offered", "answered"]
    assert anna.split() == [
        *("Anna", "Nowak", "1", "0", "1", "0", "3:00", "0:15"),
        *("1:05", "1:00:00", "30:00", "5.6%"),
    ]
    assert whole.split()[0] == "total"
    assert typed(line, "pauses").splitlines()[1].split() == ["Anna", "Nowak", "obiad", "1", "30:00"]


def test_who_hung_up_and_what_became_of_them(line: Path) -> None:
    heading, caller, summary = typed(line, "missed").splitlines()
    assert heading.split() == ["at", "number", "name", "queue", "times", "waited"]
    assert caller.split() == ["2026-11-26", "09:00", "+48600100101", "–", "Biuro", "1", "1:02"]
    assert summary == (
        "1 hung up: 0 were called back, 0 came again, 0 hid their number; nobody has talked with 1."
    )
    [row] = csv.DictReader(io.StringIO(typed(line, "missed", "--csv")))
    assert (row["number"], row["name"], row["waited"]) == ("+48600100101", "", "62.0")


@pytest.mark.parametrize("subject", ["queues", "days", "hours", "members", "pauses", "missed"])
def test_each_subject_is_a_pdf_too(line: Path, tmp_path: Path, subject: str) -> None:
    assert typed(line, subject, "--pdf", str(tmp_path / "a.pdf")) == ""
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_a_report_has_all_of_them(line: Path, tmp_path: Path) -> None:
    typed(line, "report", str(tmp_path / "a.pdf"), "--language", "en")
    pages = pypdf.PdfReader(tmp_path / "a.pdf").pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    for title in ("Queues", "Days", "Hours of the day", "Members", "Pauses", "Abandoned and not"):
        assert title in text


def test_calls_of_the_line(line: Path) -> None:
    heading, nine, whole, note = typed(line, "calls").splitlines()
    assert heading.split() == ["hour", "calls", "answered", "seconds", "at", "once", "lines"]
    assert nine.split() == ["09:00", "1", "1", "1:05", "1", "1"]
    assert (whole.split()[0], note.split()[0]) == ("total", "Lines:")
    assert typed(line, "calls", "--by", "day").splitlines()[1].split()[0] == "2026-11-26"


def test_bills_of_users(line: Path) -> None:
    heading, anna, whole, note = typed(line, "costs").splitlines()
    assert heading.split() == ["user", "calls", "seconds", "net", "tax", "gross", "unknown"]
    assert anna.split() == ["Anna", "Nowak", "1", "1:05", "1.20", "0.28", "1.48", "0"]
    assert (whole.split()[0], note.split()[0]) == ("total", "Costs")
    [row] = csv.DictReader(io.StringIO(typed(line, "costs", "--each", "--csv")))
    assert (row["at"], row["user"], row["number"]) == (
        *("2026-11-26 09:00:00", "Anna Nowak", "+48600100109"),
    )
    assert (row["seconds"], row["net"], row["vat"]) == ("65.0", "1.20", "23")
    told = json.loads(typed(line, "costs", "--json"))
    assert (told["rows"][0]["user"], told["rows"][0]["net"]) == ("Anna Nowak", 120)
    counts = {"calls": 1, "seconds": 65.0, "unknown": 0}
    assert told["total"] == {**counts, "net": 120, "tax": 28, "gross": 148}


@pytest.mark.parametrize("words", [("calls",), ("costs",), ("costs", "--each", "--by", "number")])
def test_calls_and_costs_are_pdfs_too(line: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    typed(line, *words, "--pdf", str(tmp_path / "a.pdf"))
    text = " ".join(pypdf.PdfReader(tmp_path / "a.pdf").pages[0].extract_text().split())
    assert "Dzień: 26.11.2026" in text
    if "costs" in words:
        assert "1,48 zł" in text
