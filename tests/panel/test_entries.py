"""Entries of the exchange in the panel: forms, two who edit at once, costs, the record, undoing."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.exchange import editing, journal
from sipagent.exchange.model import KINDS, User, in_order
from sipagent.exchange.reading import load
from sipagent.exchange.rules import RULES
from sipagent.panel.forms.showing import keys
from sipagent.panel.pages.entries import PAGES
from sipagent.panel.words import LANGUAGES
from sipagent.panel.words import load as words
from tests.panel.browsing import Browser, Panel, opened
from tests.panel.test_calls import HOSTILE

pytestmark = pytest.mark.unit

ANNA = {"name": "Anna Nowak", "number": "101", "language": "pl", "role": "user", "recorded": "no"}
ENTRY = "/exchange/users/entry?key=Anna+Nowak"
_CONTROL = re.compile(r'<input id="[^"]+" name="([^"]+)" type="[^"]+" value="([^"]*)"')


def fill(db: sqlite_utils.Database) -> None:
    """Keep a firm of two, and what calls to mobiles cost."""
    editing.add(db, "users", {**ANNA, "rights": ["internal", "+49"]})
    editing.add(db, "users", {"name": "Jan Kowalski", "number": "102"})
    mobiles = {"prefix": "+4860", "name": "komórki", "per_minute": 10, "connection": 5}
    editing.add(db, "tariffs", mobiles)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over a firm."""
    with opened(tmp_path, fill) as panel:
        panel.add("adm", language="en")
        panel.add("ewa", language="en")
        yield panel


def browser_of(panel: Panel, name: str = "adm") -> Browser:
    """Return the browser of somebody who is in."""
    browser = panel.browser()
    browser.log_in(name)
    return browser


def typed(page: str) -> dict[str, str]:
    """Return what stands in the lines of a form, and what it carries unseen."""
    hidden = re.findall(r'<input type="hidden" name="(seen|told\.[\w-]+)" value="([^"]*)"', page)
    controls = [*_CONTROL.findall(page), *hidden]
    chosen = re.findall(r'<select id="[^"]+" name="([^"]+)".*?value="([^"]*)" selected', page, re.S)
    return {name: html.unescape(value) for name, value in [*controls, *chosen]}


def user(panel: Panel, number: str) -> User | None:
    """Return the user of an internal number."""
    there = panel.store.blocking.read(load).exchange
    return next((one for one in there.users if one.number == number), None)


def records(panel: Panel) -> list[tuple[str, str, str]]:
    """Return who has changed which entries."""
    noted = panel.store.blocking.read(lambda db: journal.latest(db, 20))
    return [(one.by, one.change.what, one.change.key) for one in noted if one.by]


def test_somebody_is_added_changed_and_removed_and_that_is_on_record(firm: Panel) -> None:
    browser = browser_of(firm)
    page = browser.get("/exchange/users/new")
    assert 'name="rights.internal" type="checkbox" checked' in page.text
    fields = {**typed(page.text), "name": "Ewa Lis", "number": "103", "rights.internal": "on"}
    page = browser.post("/exchange/users/new", **fields, **{"rights.others": "+49, +420"})
    assert page.url.path == "/exchange/users/entry"
    assert "Added." in page.text
    ewa = user(firm, "103")
    assert ewa is not None
    assert ewa.rights == ("+420", "+49", "internal")
    fields = {**typed(page.text), "name": "Ewa Lisowska", "daily_amount": "2,50"}
    page = browser.post("/exchange/users/entry?key=Ewa+Lis", **fields)
    assert "Saved." in page.text
    assert "key=Ewa+Lisowska" in str(page.url)
    assert 'value="2.50"' in page.text
    fields = {"seen": typed(page.text)["seen"]}
    page = browser.post("/exchange/users/remove?key=Ewa+Lisowska", **fields)
    assert "Removed." in page.text
    assert user(firm, "103") is None
    assert records(firm) == [
        ("adm", "added", "Ewa Lis"),
        ("adm", "changed", "Ewa Lisowska"),
        ("adm", "removed", "Ewa Lisowska"),
    ]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"number": "1"}, "2 to 6 digits"),
        ({"number": "102"}, "102 is the number of both: person Ewa and person Jan Kowalski"),
        ({"number": ""}, "This field is needed."),
        ({"email": "ewa"}, "This is no e-mail address."),
        ({"mobile": "12"}, "no telephone number that can be called"),
        ({"rights.others": "+x"}, "beginnings of numbers"),
        ({"daily_amount": "much"}, "such as 2.50"),
        ({"daily_minutes": "many"}, "This is no number."),
        ({"role": "boss"}, "does not fit"),
        ({"name": "Jan Kowalski"}, "Jan Kowalski is in the list already."),
        ({"email": HOSTILE}, "This is no e-mail address."),
    ],
)
def test_what_is_wrong_is_told_beside_what_was_typed_which_stays(
    firm: Panel, fields: dict[str, str], says: str
) -> None:
    browser = browser_of(firm)
    page = browser.get("/exchange/users/new")
    sent = {**typed(page.text), "name": "Ewa", "number": "103", "shown": "22 100 02 00", **fields}
    page = browser.post("/exchange/users/new", **sent)
    assert page.status_code == 422
    assert says in html.unescape(page.text)
    assert "<script>alert" not in page.text
    stays = typed(page.text)
    assert {name: stays[name] for name in sent if name in stays} == {
        name: value for name, value in sent.items() if name in stays
    } | ({"role": stays["role"]} if "role" in stays else {})
    assert firm.store.blocking.read(load).exchange.find("users", "Ewa") is None


def test_two_who_edit_at_once_lose_nothing(firm: Panel) -> None:
    first, second = browser_of(firm), browser_of(firm, "ewa")
    mine, theirs = (typed(browser.get(ENTRY).text) for browser in (first, second))
    second.post(ENTRY, **{**theirs, "email": "a@example.org", "shown": "221000200"})
    page = first.post(ENTRY, **{**mine, "email": "b@example.org", "language": "en"})
    assert page.status_code == 409
    anna = user(firm, "101")
    assert anna is not None
    assert (anna.email, anna.language) == ("a@example.org", "pl")
    stands = typed(page.text)
    assert stands["email"] == "b@example.org"  # what was typed here
    assert stands["shown"] == "+48221000200"  # what was not touched here
    assert stands["language"] == "en"
    assert "Somebody else has put here: a@example.org" in page.text
    assert "ewa: E-mail: nothing → a@example.org" in page.text
    first.post(ENTRY, **stands)
    anna = user(firm, "101")
    assert anna is not None
    assert (anna.email, anna.language, anna.shown) == ("b@example.org", "en", "+48221000200")


def test_what_was_removed_meanwhile_can_be_saved_anew(firm: Panel) -> None:
    browser = browser_of(firm)
    mine = typed(browser.get(ENTRY).text)
    firm.store.blocking.write(lambda db: editing.remove(db, "users", "Anna Nowak"))
    page = browser.post(ENTRY, **{**mine, "email": "a@example.org"})
    assert page.status_code == 409
    assert 'action="/exchange/users/new"' in page.text
    browser.post("/exchange/users/new", **typed(page.text))
    anna = user(firm, "101")
    assert anna is not None
    assert anna.email == "a@example.org"


def test_nobody_removes_what_they_have_not_seen_or_what_is_used(firm: Panel) -> None:
    browser = browser_of(firm)
    seen = typed(browser.get(ENTRY).text)["seen"]
    group = {"name": "Biuro", "number": "200", "members": ["user:Anna Nowak"]}
    firm.store.blocking.write(lambda db: editing.add(db, "groups", group))
    page = browser.post("/exchange/users/remove?key=Anna+Nowak", seen=seen)
    assert page.status_code == 409
    assert "What uses it is to be changed first" in page.text
    assert "/exchange/groups/entry?key=Biuro" in page.text
    firm.store.blocking.write(lambda db: editing.edit(db, "users", "102", {"language": "en"}))
    page = browser.post("/exchange/users/remove?key=Jan+Kowalski", seen=seen)
    assert page.status_code == 409
    assert user(firm, "102") is not None


def test_what_calls_cost_is_told_before_a_number_is_kept(firm: Panel) -> None:
    browser = browser_of(firm)
    fields = {**typed(browser.get(ENTRY).text), "mobile": "600 100 101"}
    page = browser.post(ENTRY, **fields)
    assert "A minute of a call to +48600100101 costs 0.10 zł" in page.text
    assert "The connection alone costs 0.05 zł" in page.text
    anna = user(firm, "101")
    assert anna is not None
    assert anna.mobile == ""
    fields = typed(page.text)
    assert fields["told.mobile"] == "+48600100101"
    page = browser.post(ENTRY, **fields)
    assert "Saved." in page.text
    # Nobody is asked again about what is kept; of another number they are told first.
    assert "Saved." in browser.post(ENTRY, **{**typed(page.text), "told.mobile": ""}).text
    fields = {**typed(browser.get(ENTRY).text), "mobile": "500100100"}
    page = browser.post(ENTRY, **fields)
    assert "Nobody knows what a call to +48500100100 costs" in page.text
    part = browser.get("/exchange/cost?name=mobile&mobile=600100101").text
    assert "0.10 zł" in part
    assert 'name="told.mobile" value="+48600100101"' in part
    assert browser.get("/exchange/cost?name=mobile&mobile=101").text == ""


def test_a_change_is_taken_back_in_the_panel_and_so_is_that(firm: Panel) -> None:
    browser = browser_of(firm)
    fields = {**typed(browser.get(ENTRY).text), "email": "a@example.org", "daily_amount": "1"}
    browser.post(ENTRY, **fields)
    page = browser.get("/exchange/changes?kind=users&key=Anna+Nowak")
    assert "nothing → a@example.org" in page.text
    assert "nothing → 1.00 zł" in page.text
    (number,) = re.findall(r'id="change-(\d+)"', page.text)[:1]
    page = browser.post("/exchange/changes/undo", number=number)
    assert "Taken back." in page.text
    anna = user(firm, "101")
    assert anna is not None
    assert (anna.email, anna.daily_amount) == ("", None)
    page = browser.post("/exchange/changes/undo", number=number)
    assert page.status_code == 409
    assert "user Anna Nowak was changed since" in page.text
    assert records(firm)[-1] == ("adm", "changed", "Anna Nowak")


def test_changes_come_page_by_page_and_each_once(firm: Panel) -> None:
    browser = browser_of(firm)
    for at in range(60):
        fields = {"email": f"a{at}@example.org"}
        firm.store.blocking.write(lambda db: editing.edit(db, "users", "101", fields))  # noqa: B023
    seen, path = [], "/exchange/changes?kind=users&key=Anna+Nowak"
    while path:
        page = browser.get(path).text
        seen += re.findall(r'id="change-(\d+)"', page)
        found = re.findall(r'href="([^"]*)" rel="next"', page)
        path = html.unescape(found[0]) if found else ""
    assert len(seen) == len(set(seen)) == 61


def test_names_of_all_kinds_are_text_and_lists_are_searched(firm: Panel) -> None:
    named = {"name": HOSTILE, "number": "103"}
    firm.store.blocking.write(lambda db: editing.add(db, "users", named))
    browser = browser_of(firm)
    for path in (
        "/exchange/users",
        f"/exchange/users/entry?key={HOSTILE}",
        "/exchange/changes",
        f"/exchange/users?q={HOSTILE}",
    ):
        page = browser.get(path)
        assert page.status_code == 200
        assert "&lt;script&gt;" in page.text
        assert "<script>alert" not in page.text
    found = browser.get("/exchange/users?q=kowal").text
    assert "Jan Kowalski" in found
    assert "Anna Nowak" not in found


@pytest.mark.parametrize("kind", PAGES)
def test_every_field_and_choice_of_every_form_has_words(kind: str) -> None:
    pages = PAGES[kind]
    there = KINDS[kind].model_fields
    assert {one.name for one in pages.form.fields} <= there.keys()
    for language in LANGUAGES:
        told = words()[language]
        for one in pages.form.fields:
            assert any(map(told.has, keys("field", kind, one.name))), one.name
            for value in getattr(one, "values", ()):
                assert told.has(f"choice.{one.name}.{value}"), (one.name, value)
        for key in ("many", "one", "new", "none", "remove"):
            assert told.has(f"kind.{kind}.{key}")


def test_every_rule_has_words_and_every_kind_a_name() -> None:
    for told in words().values():
        assert all(told.has(f"rule.{one}") for one in RULES)
        assert all(told.has(f"kind.{kind}.one") for kind in KINDS)


def test_a_long_list_shows_its_beginning_and_finds_the_rest(firm: Panel) -> None:
    def many(db: sqlite_utils.Database) -> None:
        there = load(db).exchange
        more = tuple(User(name=f"Osoba {at:03}", number=f"{1000 + at}") for at in range(250))
        editing.replace(db, there.model_copy(update={"users": in_order([*there.users, *more])}))

    firm.store.blocking.write(many)
    browser = browser_of(firm)
    page = browser.get("/exchange/users").text
    assert page.count("/exchange/users/entry") == 200
    assert "(52 more)" in page
    assert "Osoba 249" not in page
    page = browser.get("/exchange/users?q=osoba+249").text
    assert page.count("/exchange/users/entry") == 1
    assert "more)" not in page
