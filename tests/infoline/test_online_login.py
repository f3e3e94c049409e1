"""Owners on the page: codes and PINs, lock-outs shared with the telephone, nobody given away."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlite_utils

from sipagent.config import LoginSection
from sipagent.infoline.directory import Directory
from sipagent.infoline.editing import Changes, edit_owner
from sipagent.infoline.login import Login, Verdict
from sipagent.infoline.managing import edit_contract
from sipagent.infoline.online import codes
from sipagent.infoline.online.login import OnlineLogin, subject
from sipagent.infoline.online.ways import ways
from sipagent.infoline.pins import Pins, set_pin
from sipagent.store.data import Single
from sipagent.store.database import writing

pytestmark = pytest.mark.unit

LOGIN, NUMBER, EMAIL = "100001", "+48600100101", "anna.przykladowa@example.org"
HERE, THERE = "203.0.113.7", "203.0.113.8"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
RULES = LoginSection(failures=3, wait=60)


@pytest.fixture
def login(sample: sqlite_utils.Database) -> OnlineLogin:
    """Decide about the owners of the sample."""
    return OnlineLogin(Single(sample), RULES)


def given(db: sqlite_utils.Database, holder: str = "browser", login: str = LOGIN) -> str:
    with writing(db):
        return codes.give(db, subject(login, holder), NOW)


def typed(
    login: OnlineLogin, code: str, holder: str = "browser", whose: str = LOGIN, later: float = 0
) -> Verdict:
    now = NOW + timedelta(minutes=later)
    return login.code(whose, holder, code, browser=HERE, now=now).verdict


def test_a_code_lets_in_once_in_the_browser_that_asked_for_a_quarter_of_an_hour(
    sample: sqlite_utils.Database, login: OnlineLogin
) -> None:
    code = given(sample)
    assert typed(login, code, "another") is Verdict.REFUSED
    assert typed(login, code, whose="100002") is Verdict.REFUSED
    assert typed(login, f" {codes.grouped(code)} ", later=14.9) is Verdict.ACCEPTED
    assert typed(login, code) is Verdict.REFUSED
    assert typed(login, given(sample), later=15.1) is Verdict.REFUSED


def test_a_code_is_void_after_a_few_guesses(sample: sqlite_utils.Database) -> None:
    patient = OnlineLogin(Single(sample), LoginSection(failures=100))
    code = given(sample)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert typed(patient, wrong) is Verdict.REFUSED
    assert typed(patient, code) is Verdict.REFUSED


def test_failures_count_on_the_telephone_and_those_of_the_telephone_count_here(
    sample: sqlite_utils.Database, login: OnlineLogin
) -> None:
    data = Single(sample)
    edit_contract(sample, "ZLOTY-KLUCZ", {"pin_login": "yes"})
    set_pin(sample, LOGIN, "590318")
    pins, line = Pins(data, RULES), Login(data, RULES)
    for _ in range(3):
        typed(login, "000000")
    assert pins.decide(LOGIN, "590318", None, NOW, False).verdict is Verdict.LOCKED
    # Whoever calls from a number on record is not held up by strangers (decision 003).
    assert line.check(LOGIN, NUMBER, now=NOW).verdict is Verdict.ACCEPTED
    later = NOW + timedelta(days=3)
    for _ in range(3):
        line.check("100002", "+48600999888", now=later)
    result = login.code("100002", "b", "123456", browser=THERE, now=later)
    assert (result.verdict, result.wait) == (Verdict.LOCKED, timedelta(seconds=60))


def test_one_address_of_the_network_waits_whatever_it_types(login: OnlineLogin) -> None:
    for number in range(3):
        login.code(f"90000{number}", "b", "123456", browser=HERE, now=NOW)
    assert typed(login, "123456", whose="100009") is Verdict.LOCKED
    other = login.code("100009", "b", "123456", browser=THERE, now=NOW)
    assert other.verdict is Verdict.REFUSED


def test_a_pin_lets_in_where_pins_count_and_says_why_somebody_is_shut_out(
    sample: sqlite_utils.Database, login: OnlineLogin
) -> None:
    set_pin(sample, LOGIN, "590318")
    first = login.pin(LOGIN, "590318", browser=HERE, now=NOW)
    assert first.verdict is Verdict.REFUSED
    edit_contract(sample, "ZLOTY-KLUCZ", {"pin_login": "yes"})
    assert login.pin(LOGIN, "590318", browser=HERE, now=NOW).verdict is Verdict.ACCEPTED
    edit_owner(sample, LOGIN, Changes(blocked=True))
    assert login.pin(LOGIN, "590318", browser=HERE, now=NOW).verdict is Verdict.OWNER_BLOCKED
    assert typed(login, given(sample)) is Verdict.OWNER_BLOCKED
    for _ in range(3):
        assert login.pin(LOGIN, "590317", browser=HERE, now=NOW).owner is None
    locked = login.pin(LOGIN, "590318", browser=HERE, now=NOW)
    assert locked.verdict is Verdict.LOCKED
    assert locked.owner is None


def test_a_login_that_nobody_has_shows_addresses_that_do_not_change(
    sample: sqlite_utils.Database,
) -> None:
    """Whoever types logins sees in each answer the same kinds of things."""
    anna = Directory(sample).find(LOGIN)
    real = ways(sample, LOGIN, anna, texts=True)
    assert [(one.medium, one.shown) for one in real] == [("email", "a***@…"), ("phone", "…101")]
    for texts in (True, False):
        made_up = [ways(sample, f"{n}", None, texts=texts) for n in range(400000, 400050)]
        assert made_up == [
            ways(sample, f"{n}", None, texts=texts) for n in range(400000, 400050)
        ]  # fmt: skip
        assert all(made_up)
        assert not any(one.target for each in made_up for one in each)
        assert len({each[0].shown for each in made_up}) > 20
    many = [f"B{number}@wp.pl" for number in range(5)]
    edit_owner(sample, LOGIN, Changes(emails=many))
    shown = ways(sample, LOGIN, Directory(sample).find(LOGIN), texts=True)
    assert [one.shown for one in shown] == ["b***@wp.pl", "b***@wp.pl", "…101"]
    edit_owner(sample, LOGIN, Changes(phones=[], emails=[]))
    nobody = ways(sample, LOGIN, Directory(sample).find(LOGIN), texts=True)
    assert nobody == ways(sample, LOGIN, None, texts=True)


def test_nobodys_mailbox_is_flooded_and_strangers_are_counted_as_owners_are(
    sample: sqlite_utils.Database,
) -> None:
    def asked(login: str, browser: str, target: str, now: datetime = NOW) -> bool:
        with writing(sample):
            if not codes.free(sample, login, browser, now):
                return False
            codes.count(sample, login, browser, target, now)
            return True

    for known, target in ((LOGIN, EMAIL), ("900001", "")):
        for browser in (HERE, THERE):
            assert [asked(known, browser, target) for _ in range(13)] == [True] * 12 + [False]
    with writing(sample):  # of another login, to the same address
        assert not codes.count(sample, "100002", "203.0.113.9", EMAIL, NOW)
    assert asked(LOGIN, HERE, EMAIL, NOW + timedelta(days=1, seconds=1))
