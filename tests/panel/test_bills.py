"""Bills in the panel: those of the command line; issued and corrected by administrators only."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest
import sqlite_utils
import time_machine

from sipagent.panel.permissions import Role
from tests.billing.billing_helpers import NOON, NOW, record
from tests.panel.browsing import Browser, Panel, opened

pytestmark = pytest.mark.unit

MONTH = "2026-11"
#: The codes of two managers; one as no name of a file and no path may be.
KEY, FABLE = "KLUCZ/../<b>&=1", "BAJKA"


def two_managers(db: sqlite_utils.Database) -> None:
    """Keep calls of the owners of two managers in November."""
    for key, code in ((1, KEY), (2, FABLE)):
        db.execute("INSERT INTO managers (id, code, name) VALUES (?, ?, 'Firma')", [key, code])
    db.conn.commit()
    record(db, NOON, 61.0, manager=1)
    record(db, NOON + timedelta(days=1), 30.0, manager=1)
    record(db, NOON, 10.0, manager=2, owner="200001")


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel on a day in December."""
    tariff = {"per_call": 10, "per_minute": 29, "monthly_cap": 100, "issuer": "Operator"}
    with (
        time_machine.travel(NOW, tick=True),
        opened(tmp_path, two_managers, billing=tariff) as panel,
    ):
        panel.add("adm", language="en")
        panel.add("bajka", Role.MANAGER, manager=FABLE, language="en")
        panel.add("klucz", Role.MANAGER, manager=KEY, language="en")
        yield panel


def entered(firm: Panel, name: str) -> Browser:
    """Let somebody in."""
    browser = firm.browser()
    browser.log_in(name)
    return browser


def address(page: str, code: str) -> str:
    """Return where the list leads for a manager."""
    links = [part.partition('"')[0] for part in page.split('href="/bills/bill?')[1:]]
    (one,) = [link for link in links if code[:5] in link]
    return one.replace("&amp;", "&")


def test_a_month_is_issued_and_then_never_again(firm: Panel) -> None:
    adm = entered(firm, "adm")
    page = adm.get("/bills").text  # the month before this one
    assert f"Bills {MONTH}" in page
    assert page.count('class="state">draft') == 2
    assert "<b>&=1" not in page
    issued = adm.post("/bills/issue", month=MONTH)
    assert issued.url.query == b"month=2026-11&done=issued"
    assert issued.text.count('state good">issued') == 2
    assert "Issue the bills" not in issued.text
    again = adm.post("/bills/issue", month=MONTH)
    assert again.status_code == 422
    assert "issued already" in again.text
    deeds = firm.store.blocking.read(
        lambda db: db.execute(
            "SELECT what, about FROM panel_deeds WHERE what LIKE 'bill%'"
        ).fetchall()
    )
    assert sorted(deeds) == [("bill-issued", f"{MONTH}/{FABLE}"), ("bill-issued", f"{MONTH}/{KEY}")]


def test_a_month_that_is_not_over_is_not_issued(firm: Panel) -> None:
    adm = entered(firm, "adm")
    assert "Issue the bills" not in adm.get("/bills?month=2026-12").text
    answer = adm.post("/bills/issue", month="2026-12")
    assert answer.status_code == 422
    assert "not over yet" in answer.text


def test_what_a_bill_is_made_of(firm: Panel) -> None:
    adm = entered(firm, "adm")
    where = address(adm.get("/bills").text, KEY)
    page = adm.get(f"/bills/bill?{where}").text
    assert "Calls: 2, minutes: 3" in page
    assert "-0.07 zł" in page  # 2 · 10 + 3 · 29 grosze are 7 above the cap
    answer = adm.get(f"/bills/bill.csv?{where}")
    assert answer.headers["content-disposition"].endswith('"bill-2026-11-KLUCZ-----b---1.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["kind"] for row in rows] == ["call", "call", "cap"]
    assert sum(float(row["amount"]) for row in rows) == pytest.approx(1.0)
    paper = adm.get(f"/bills/bill.pdf?{where}")
    text = pypdf.PdfReader(io.BytesIO(paper.content)).pages[0].extract_text()
    assert "Operator" in text
    assert "Projekt" in text


def test_a_correction_has_a_reason_and_keeps_what_was_typed(firm: Panel) -> None:
    adm = entered(firm, "adm")
    where = address(adm.get("/bills").text, FABLE)
    assert "Add a correction" not in adm.get(f"/bills/bill?{where}").text  # a draft
    adm.post("/bills/issue", month=MONTH)
    adm.get(f"/bills/bill?{where}")
    for fields, says in (
        ({"amount": "much", "reason": "Próba"}, "no amount"),
        ({"amount": "-0,10", "reason": " "}, "a reason"),
        ({"amount": "-0,40", "reason": "Próba"}, "no more can be taken off"),
    ):
        wrong = adm.post(f"/bills/correct?{where}", **fields)
        assert wrong.status_code == 422
        assert says in wrong.text
        assert f'value="{fields["amount"]}"' in wrong.text
    done = adm.post(f"/bills/correct?{where}", amount="-0,10", reason="Połączenie próbne")
    assert "The correction is added" in done.text
    assert "Połączenie próbne" in done.text
    assert "0.29 zł" in done.text


def test_managers_see_their_own_bills_and_change_none(firm: Panel) -> None:
    """Whatever month or manager they ask for; the bills of another are not there for them."""
    adm = entered(firm, "adm")
    where = address(adm.get("/bills").text, KEY)
    adm.post("/bills/issue", month=MONTH)
    bajka = entered(firm, "bajka")
    page = bajka.get("/bills").text
    assert FABLE in page
    assert "KLUCZ" not in page
    assert "Issue" not in page
    for path in ("bill", "bill.csv", "bill.pdf"):
        assert bajka.get(f"/bills/{path}?{where}").status_code == 404
        assert bajka.get(f"/bills/{path}?month={MONTH}&manager={FABLE}").status_code == 200
    own = f"/bills/correct?month={MONTH}&manager={FABLE}"
    assert bajka.post(own, amount="-0,01", reason="Rabat").status_code == 404
    assert bajka.post("/bills/issue", month=MONTH).status_code == 404
    klucz = entered(firm, "klucz")
    assert klucz.get(f"/bills/bill?{where}").status_code == 200


def test_months_that_cannot_be_shown(firm: Panel) -> None:
    adm = entered(firm, "adm")
    for month in ("2026-13", "x", "0000-01", "9999-12", "2026-11'--"):
        assert adm.get(f"/bills?month={month}").status_code == 404
    old = adm.get("/bills?month=2020-01")
    assert old.status_code == 200
    assert "cannot be billed any more" in old.text
