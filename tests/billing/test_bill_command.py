"""``sipagent bill`` as an operator uses it, and the bill on paper."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdf
import pytest
import sqlite_utils
from typer.testing import CliRunner

from sipagent.cli.main import app
from sipagent.errors import DataError, SetupError
from tests.billing.billing_helpers import record

pytestmark = pytest.mark.unit

LAST_MONTH = datetime.now(UTC).replace(day=1, hour=12) - timedelta(days=10)
MONTH = f"{LAST_MONTH:%Y-%m}"


@pytest.fixture
def line(tmp_path: Path, db: sqlite_utils.Database) -> Path:
    for seconds in (30, 61, 200):
        record(db, LAST_MONTH, seconds)
    settings = tmp_path / "agent.toml"
    settings.write_text(
        '[paths]\ndatabase = "line.db"\n[billing]\nper_call = 10\nper_minute = 29\n'
        'monthly_cap = 200\nissuer = "Operator Infolinii"\n',
        "utf-8",
    )
    return settings


def typed(line: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["bill", *words, "--config", str(line)], env={"COLUMNS": "160"})
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def corrected(line: Path, by: str) -> None:
    words = ("--manager", "ZLOTY-KLUCZ", "--amount", by, "--reason", "Próba")
    typed(line, "correct", MONTH, *words)


def text_of(path: Path) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(path).pages).split())


def test_a_month_shows_its_bills(line: Path) -> None:
    heading, first, second = typed(line, MONTH).splitlines()
    assert heading.split()[:3] == ["bill", "calls", "minutes"]
    assert first.split() == [f"{MONTH}/BAJKA", *["0"] * 2, *["0.00"] * 6, "draft"]
    sums = ["2.33", "-0.33", "0.00", "2.00", "0.46", "2.46"]
    assert second.split() == [f"{MONTH}/ZLOTY-KLUCZ", "3", "7", *sums, "draft"]


def test_csv_adds_up_to_the_bill(line: Path) -> None:
    typed(line, "issue", MONTH)
    corrected(line, "-0,50")
    rows = list(csv.DictReader(io.StringIO(typed(line, MONTH, "--csv"))))
    assert [row["kind"] for row in rows] == ["call", "call", "call", "cap", "correction"]
    assert sum(round(float(row["amount"]) * 100) for row in rows) == 150
    assert (rows[1]["seconds"], rows[1]["minutes"], rows[1]["owner"]) == ("61.000", "2", "100001")
    assert rows[-1]["reason"] == "Próba"
    shown = typed(line, MONTH, "--manager", "ZLOTY-KLUCZ")
    assert " 1.50 " in shown
    assert "-0.50  Próba" in shown


def test_a_pdf_says_what_the_bill_says(line: Path, tmp_path: Path) -> None:
    file = tmp_path / "bill.pdf"
    typed(line, MONTH, "--manager", "ZLOTY-KLUCZ", "--pdf", str(file))
    text = text_of(file)
    for expected in (
        "Operator Infolinii",
        "Rozliczenie połączeń z infolinią",
        "Zarządca: Firma ZLOTY-KLUCZ",
        f"Numer: {MONTH}/ZLOTY-KLUCZ",
        "Projekt rozliczenia",
        "3 / 7 min 2,33 zł",
        "Obniżka do limitu miesięcznego −0,33 zł",
        "Razem netto 2,00 zł",
        "VAT 23% 0,46 zł",
        "Razem brutto 2,46 zł",
        "0,10 zł za połączenie, 0,29 zł za każdą rozpoczętą minutę, najwyżej 2,00 zł miesięcznie",
    ):
        assert expected in text
    typed(line, "issue", MONTH)
    corrected(line, "-1")
    typed(line, MONTH, "--manager", "ZLOTY-KLUCZ", "--pdf", str(file))
    text = text_of(file)
    assert "Wystawiono: " in text
    assert "Korekty −1,00 zł" in text
    assert "Razem brutto 1,23 zł" in text
    assert "Projekt" not in text


def test_looking_makes_no_database(tmp_path: Path) -> None:
    settings = tmp_path / "agent.toml"
    settings.write_text('[paths]\ndatabase = "none.db"\n', "utf-8")
    with pytest.raises(SetupError, match="there are no records yet"):
        typed(settings, MONTH)
    assert not (tmp_path / "none.db").exists()


def test_mistakes_are_one_sentence(line: Path) -> None:
    with pytest.raises(DataError, match="'2026-13' is not a month"):
        typed(line, "2026-13")
    with pytest.raises(DataError, match="add --manager CODE"):
        typed(line, MONTH, "--pdf", "x.pdf")
    with pytest.raises(DataError, match="--amount: 'x' is not an amount"):
        typed(line, "correct", MONTH, "--manager", "BAJKA", "--amount", "x", "--reason", "y")
    with pytest.raises(DataError, match="no manager has the code 'X'"):
        typed(line, MONTH, "--manager", "X")
