"""Lock-outs in the panel: who sees them, and lifts them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sipagent.infoline.login import Login, Verdict
from tests.panel.browsing import Panel
from tests.panel.firms import ANNA, ANNAS_PHONE, deeds, firms, inside

pytestmark = pytest.mark.unit

STRANGER = "+48600999888"


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel of a line on which Anna and a stranger have guessed wrong too often."""
    with firms(tmp_path, login={"failures": 2, "wait": 3000}) as one:
        login = Login(one.store.blocking, one.config.login)
        for _ in range(2):
            login.check(ANNA, STRANGER, now=datetime.now(UTC))
            login.check("777777", ANNAS_PHONE, now=datetime.now(UTC))
        yield one


def verdict(panel: Panel) -> Verdict:
    login = Login(panel.store.blocking, panel.config.login)
    return login.check(ANNA, ANNAS_PHONE, now=datetime.now(UTC)).verdict


def test_everybody_sees_what_concerns_their_owners(panel: Panel) -> None:
    page = inside(panel, "adm").get("/infoline/lockouts").text
    assert all(f">{value}<" in page for value in (ANNA, ANNAS_PHONE, STRANGER, "777777"))
    page = inside(panel, "klucz").get("/infoline/lockouts").text
    assert f">{ANNA}<" in page
    assert f">{ANNAS_PHONE}<" in page
    assert STRANGER not in page
    page = inside(panel, "bajka").get("/infoline/lockouts").text
    assert "Nobody is locked out now." in page


def test_a_lock_out_is_lifted_by_whose_owner_it_is(panel: Panel) -> None:
    assert verdict(panel) is Verdict.LOCKED
    browser = inside(panel, "bajka")
    browser.get("/infoline/lockouts")
    browser.get("/account")
    assert browser.post("/infoline/lockouts", kind="number", value=ANNAS_PHONE).status_code == 409
    assert verdict(panel) is Verdict.LOCKED
    browser = inside(panel, "klucz")
    browser.get("/infoline/lockouts")
    assert browser.post("/infoline/lockouts", kind="pigeon", value=ANNAS_PHONE).status_code == 404
    browser.get("/infoline/lockouts")
    page = browser.post("/infoline/lockouts", kind="number", value=ANNAS_PHONE).text
    assert "The lock-out is lifted." in page
    assert verdict(panel) is Verdict.ACCEPTED
    assert deeds(panel, "lockout-lifted") == [("klucz", f"number {ANNAS_PHONE}")]


def test_only_an_administrator_has_pins_taken_again(panel: Panel) -> None:
    most = panel.config.login.pin_failures_per_hour
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    panel.store.blocking.write(
        lambda db: db.conn.executemany("INSERT INTO pin_failures VALUES (?)", [[at]] * most)
    )
    browser = inside(panel, "klucz")
    assert "Take PINs again" not in browser.get("/infoline/lockouts").text
    assert browser.post("/infoline/lockouts/pins").status_code == 404
    browser = inside(panel, "adm")
    assert "Take PINs again" in browser.get("/infoline/lockouts").text
    assert "PINs are taken again." in browser.post("/infoline/lockouts/pins").text
    assert "Take PINs again" not in browser.get("/infoline/lockouts").text
    assert deeds(panel, "pins-reopened") == [("adm", "")]
