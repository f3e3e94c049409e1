"""Managers and estates in the panel: contracts, office hours, access; whose they are."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sipagent.infoline.managing import Office, edit_contract, office
from tests.panel.browsing import Panel
from tests.panel.firms import deeds, firms, inside, save

pytestmark = pytest.mark.unit


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over the estates of two managers."""
    with firms(tmp_path) as one:
        yield one


WEEK = ("mon", "tue", "wed", "thu", "fri")


def kept(panel: Panel, code: str = "BAJKA") -> Office:
    return panel.store.blocking.read(lambda db: office(db, code))


def manager(panel: Panel, code: str = "BAJKA") -> str:
    return f"/infoline/offices/managers/{kept(panel, code).manager.id}"


def estate(panel: Panel, code: str = "KRASNALE") -> str:
    return f"/infoline/offices/estates/{kept(panel).estate(code).id}"


def test_everybody_sees_their_own_estates_only(panel: Panel) -> None:
    page = inside(panel, "adm").get("/infoline/offices").text
    assert all(name in page for name in ("Fikcyjna 12", "Smocza Jama 1", "08:00-16:00"))
    page = inside(panel, "bajka").get("/infoline/offices").text
    assert "Smocza Jama 1" in page
    assert "Fikcyjna 12" not in page


def test_those_of_somebody_else_are_not_there(panel: Panel) -> None:
    browser, before = inside(panel, "klucz"), kept(panel)
    own = manager(panel, "ZLOTY-KLUCZ")
    for path in (
        manager(panel),
        estate(panel),
        "/infoline/offices/managers/x",
        "/infoline/offices/estates/0",
    ):
        assert browser.get(path).status_code == 404
        browser.get(own)
        assert browser.post(path, email="x@example.org").status_code == 404
    assert kept(panel) == before


def test_a_contract_is_checked_as_imports_check_it(panel: Panel) -> None:
    browser, path = inside(panel, "bajka"), manager(panel)
    page = browser.get(path).text
    wrong = {
        "hours.mon": "8-16", "phone": "6OO 1", "softphone": "biuro", "email": "a@",
        "bank_account": "1", "tax_number": "1", "payment_day": "32", "contact": "pigeon",
    }  # fmt: skip
    status, told = save(browser, path, page, **wrong)
    assert status == 422
    assert told.count('aria-invalid="true"') == len(wrong)
    assert 'value="8-16"' in told
    good = {
        "phone": "22 100 03 00", "contact": "transcription", "bank_account": "", "pin_login": "yes",
        **{f"hours.{day}": "09:00-15:00" for day in WEEK},
    }  # fmt: skip
    assert save(browser, path, page, **good)[0] == 200
    contract = kept(panel).manager.contract
    assert contract.hours == "mon-fri 09:00-15:00"
    assert contract.phone == "+48221000300"
    assert contract.contact == "transcription"
    assert contract.bank_account is None
    assert contract.pin_login == "yes"
    assert contract.tax_number is None  # what was not touched is as it was
    ((person, about),) = deeds(panel, "contract-changed")
    assert person == "bajka"
    assert "hours: mon-fri 08:00-16:00 → mon-fri 09:00-15:00" in about
    assert "mon-fri 08:00-16:00 → mon-fri 09:00-15:00" in browser.get(path).text


def test_an_estate_has_what_its_manager_has_or_its_own(panel: Panel) -> None:
    browser, path = inside(panel, "bajka"), estate(panel)
    page = browser.get(path).text
    assert save(browser, path, page, email="osiedle@example.org")[0] == 200
    assert kept(panel).estate("KRASNALE").contract.email == "osiedle@example.org"
    assert kept(panel).estate("SMOCZA").contract.email is None
    page = browser.get(path).text
    assert save(browser, path, page, email="")[0] == 200
    assert kept(panel).estate("KRASNALE").contract.email is None


def test_an_estate_is_shut_and_opened(panel: Panel) -> None:
    browser, path = inside(panel, "bajka"), estate(panel)
    page = browser.get(path).text
    status, told = save(browser, path, page, owner_access="", access_reason="Nie Klucz")
    assert status == 422
    assert "This is no key of a prompt." in told
    reason = "login.estate-blocked"
    assert save(browser, path, page, owner_access="", access_reason=reason)[0] == 200
    assert not kept(panel).estate("KRASNALE").owner_access
    assert kept(panel).estate("KRASNALE").access_reason == reason
    page = browser.get(path).text
    assert save(browser, path, page, owner_access="on")[0] == 200
    assert kept(panel).estate("KRASNALE").owner_access
    assert kept(panel).estate("KRASNALE").access_reason == reason


def test_two_who_edit_at_once_lose_nothing(panel: Panel) -> None:
    browser, path = inside(panel, "bajka"), manager(panel)
    page = browser.get(path).text
    panel.store.blocking.write(
        lambda db: edit_contract(db, "BAJKA", {"email": "inny@example.org", "payment_day": "5"})
    )
    assert save(browser, path, page, office_phone="22 1")[0] == 200
    assert kept(panel).manager.contract.email == "inny@example.org"
    status, told = save(browser, path, page, email="moj@example.org")
    assert status == 409
    assert "inny@example.org" in told
    assert 'value="moj@example.org"' in told
    assert kept(panel).manager.contract.email == "inny@example.org"


def test_office_hours_are_of_the_manager_or_of_the_estate_alone(panel: Panel) -> None:
    browser, path = inside(panel, "bajka"), estate(panel)

    def own() -> str | None:
        return kept(panel).estate("KRASNALE").contract.hours

    page = browser.get(path).text
    assert page.count('value="08:00-16:00"') == 5  # those of the manager
    status, _ = save(browser, path, page, phone="600100155")
    assert (status, own()) == (200, None)
    page = browser.get(path).text
    save(browser, path, page, **{"own_hours": "on", "hours.mon": "10:00-12:00"})
    assert own() == "mon 10:00-12:00; tue-fri 08:00-16:00"
    page = browser.get(path).text
    save(browser, path, page, **{"hours.always": "on"})
    assert own() == "mon-sun 00:00-24:00; holidays open"
    page = browser.get(path).text
    save(browser, path, page, own_hours="")
    assert own() is None


def test_office_hours_are_drawn_while_somebody_types(panel: Panel) -> None:
    browser = inside(panel, "bajka")
    assert "<svg" in browser.get(manager(panel)).text
    part = browser.get("/infoline/offices/hours?hours.mon=10:00-12:00")
    assert "10:00–12:00" in part.text
    assert "<svg" not in browser.get("/infoline/offices/hours?hours.mon=x").text
