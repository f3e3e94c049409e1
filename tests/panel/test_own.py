"""One's own number: forwarding, messages, phones, ordered calls; and nobody else's."""

import html
import re
import wave
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.errors import DataError, SetupError
from sipagent.exchange import editing
from sipagent.exchange.ordered.orders import Order, Orders, Way
from sipagent.exchange.ordered.words import OUTCOMES
from sipagent.exchange.reaching import kept
from sipagent.exchange.reaching.handling import Follow, Forward, Handling, When
from sipagent.exchange.reading import load, version
from sipagent.exchange.values import Kind, Ref
from sipagent.exchange.voicemail.messages import VoiceMessages
from sipagent.panel.permissions import Role
from sipagent.panel.words import load as words
from sipagent.telephony.party import Caller
from tests.panel.browsing import Panel, opened
from tests.panel.test_calls import HOSTILE
from tests.panel.test_entries import browser_of, records, typed

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def fill(db: sqlite_utils.Database) -> None:
    """Keep a firm of three; Anna and Ewa are a group, with a box of its own."""
    anna = {"name": "Anna Nowak", "number": "101", "mobile": "600100101"}
    editing.add(db, "users", anna)
    editing.add(db, "users", {"name": "Jan Kowalski", "number": "102", "rights": ["internal"]})
    editing.add(db, "users", {"name": "Ewa Lis", "number": "103"})
    members = ["user:Anna Nowak", "user:Ewa Lis"]
    editing.add(db, "groups", {"name": "Biuro", "number": "200", "members": members})
    editing.add(db, "boxes", {"name": "Anna", "owner": "user:Anna Nowak"})
    editing.add(db, "boxes", {"name": "Biuro", "owner": "group:Biuro", "number": "300"})
    editing.add(db, "phones", {"account": "101-1", "user": "Anna Nowak", "label": "Linphone"})
    editing.add(db, "tariffs", {"prefix": "+4860", "name": "komórki", "per_minute": 10})
    found = VoiceMessages(db, lambda: NOW)
    for box, name in (("Anna", HOSTILE), ("Biuro", "Klient")):
        caller = Caller("+48600200200", name=name)
        found.keep(found.draft(box, caller, "c1", "pl", f"{box}.wav"), 2.0)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over a firm of three, who are all people of the panel."""
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    for name in ("Anna", "Biuro"):
        with wave.open(str(recordings / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(32_000))
    with opened(tmp_path, fill) as panel:
        for name, number in (("anna", "101"), ("jan", "102"), ("ewa", "103")):
            panel.add(name, Role.USER, user=number, language="en")
        yield panel


def handling(panel: Panel, user: str) -> Handling:
    """Return what becomes of calls to a user."""
    return panel.store.blocking.read(kept.load).get(user, Handling())


def messages(panel: Panel) -> list[tuple[int, str, str]]:
    """Return the messages that there are."""
    found = panel.store.blocking.read(lambda db: VoiceMessages(db).listed())
    return [(one.id, one.box, one.state.value) for one in found]


def test_calls_are_forwarded_as_by_a_command(firm: Panel) -> None:
    browser = browser_of(firm, "anna")
    page = browser.get("/own")
    fields = {**typed(page.text), "dnd": "on", "to-busy": "102", "to-no-answer": "box:Anna",
              "seconds": "30", "follow": "in-turn", "follow-seconds": "15"}  # fmt: skip
    page = browser.post("/own", **fields)
    assert "Saved." in page.text
    assert handling(firm, "Anna Nowak") == Handling(
        True,
        {
            When.BUSY: Forward(Ref(Kind.USER, "Jan Kowalski")),
            When.NO_ANSWER: Forward(Ref(Kind.BOX, "Anna"), 30),
        },
        Follow.IN_TURN,
        15,
    )
    fields = typed(page.text)
    assert (fields["to-busy"], fields["to-no-answer"], fields["seconds"]) == (
        "102", "box:Anna", "30",
    )  # fmt: skip
    browser.post("/own", **{**fields, "to-busy": "", "to-no-answer": ""})
    assert handling(firm, "Anna Nowak") == Handling(False, {}, Follow.IN_TURN, 15)
    assert handling(firm, "Jan Kowalski") == Handling()


def test_who_has_no_mobile_sees_nothing_of_it(firm: Panel) -> None:
    browser = browser_of(firm, "jan")
    page = browser.get("/own").text
    assert "follow" not in page
    page = browser.post("/own", **typed(page), dnd="on", follow="never").text
    assert "Saved." in page
    assert handling(firm, "Jan Kowalski") == Handling(dnd=True)


def test_what_a_forwarded_call_costs_is_told_first(firm: Panel) -> None:
    browser = browser_of(firm, "anna")
    fields = {**typed(browser.get("/own").text), "to-always": "600 100 102",
              "in-groups-always": "on"}  # fmt: skip
    page = browser.post("/own", **fields)
    assert "costs 0.10 zł" in page.text
    assert handling(firm, "Anna Nowak") == Handling()
    browser.post("/own", **typed(page.text), **{"in-groups-always": "on"})
    forward = Forward("+48600100102", in_groups=True)
    assert handling(firm, "Anna Nowak").forwards == {When.ALWAYS: forward}
    part = browser.get("/own/cost?name=to-always&to-always=600100102").text
    assert "0.10 zł" in part


@pytest.mark.parametrize(
    ("name", "fields", "says"),
    [
        ("jan", {"to-busy": "221000200"}, "You may not call there"),
        ("anna", {"to-busy": "999"}, "Nobody has this number"),
        ("anna", {"to-busy": "101"}, "Nobody has this number"),
        ("anna", {"to-busy": "112"}, "Nobody has this number"),
        ("anna", {"to-busy": HOSTILE}, "Nobody has this number"),
        ("anna", {"to-no-answer": "102", "seconds": "4"}, "5 to 120 seconds"),
        ("anna", {"follow": "sometimes"}, "does not fit"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_of_it_is_kept(
    firm: Panel, name: str, fields: dict[str, str], says: str
) -> None:
    browser = browser_of(firm, name)
    sent = {
        **typed(browser.get("/own").text),
        **fields,
        "dnd": "on",
        "told.to-busy": "+48221000200",
    }
    page = browser.post("/own", **sent)
    assert page.status_code == 422
    assert says in page.text
    assert "<script>alert" not in page.text
    assert html.escape(fields.get("to-busy", ""), quote=False)[:5] in page.text
    assert not handling(firm, "Anna Nowak").dnd
    assert not handling(firm, "Jan Kowalski").dnd


def test_messages_are_heard_by_whose_box_it_is_and_by_nobody_else(firm: Panel) -> None:
    (anna, office) = (number for number, *_ in messages(firm))
    sees = {"anna": {anna, office}, "ewa": {office}, "jan": set[int]()}
    for name, own in sees.items():
        browser = browser_of(firm, name)
        page = browser.get("/own/messages").text
        assert {int(one) for one in re.findall(r"/own/messages/(\d+)/sound", page)} == own
        assert "<script>alert" not in page
        for number in (anna, office):
            there = browser.get(f"/own/messages/{number}/sound").status_code == 200
            assert there == (number in own)
        if name != "anna":
            browser.get("/own/messages")
            for deed in ("heard", "delete"):
                page = browser.post(f"/own/messages/{anna}/{deed}").text
                assert "no such page" in page
    assert messages(firm) == [(anna, "Anna", "new"), (office, "Biuro", "new")]


@pytest.mark.parametrize(
    ("wanted", "status", "size", "told"),
    [
        ("", 200, 32_044, None),
        ("bytes=0-9", 206, 10, "bytes 0-9/32044"),
        ("bytes=32000-", 206, 44, "bytes 32000-32043/32044"),
        ("bytes=-4", 206, 4, "bytes 32040-32043/32044"),
        ("bytes=40000-", 416, 0, "bytes */32044"),
    ],
)
def test_a_browser_gets_the_part_of_the_sound_that_it_asks_for(
    firm: Panel, wanted: str, status: int, size: int, told: str | None
) -> None:
    browser, (number, *_) = browser_of(firm, "anna"), messages(firm)[0]
    headers = {"range": wanted} if wanted else {}
    answer = browser.client.get(f"/own/messages/{number}/sound", headers=headers)
    assert (answer.status_code, len(answer.content)) == (status, size)
    assert answer.headers.get("content-range") == told


def test_a_message_is_kept_as_heard_and_deleted_with_its_sound(firm: Panel) -> None:
    browser, (number, *_) = browser_of(firm, "anna"), messages(firm)[0]
    browser.get("/own/messages")
    before = firm.store.blocking.read(version)
    browser.post(f"/own/messages/{number}/heard")
    assert messages(firm)[0] == (number, "Anna", "saved")
    assert firm.store.blocking.read(version) > before  # lamps follow
    browser.post(f"/own/messages/{number}/delete")
    assert [one for one, *_ in messages(firm)] == [number + 1]
    assert not (firm.config.paths.recordings / "Anna.wav").exists()


@pytest.mark.parametrize("number", ["x", "0", "99", "-1", "1" * 30, "1'--"])
def test_a_message_that_is_none_is_not_there(firm: Panel, number: str) -> None:
    browser = browser_of(firm, "anna")
    assert browser.get(f"/own/messages/{number}/sound").status_code == 404


def test_own_phones_are_set_up_and_nobody_elses(firm: Panel) -> None:
    anna, jan = browser_of(firm, "anna"), browser_of(firm, "jan")
    jan.get("/own/phones")
    before = firm.store.blocking.read(load).exchange
    for deed in ("renew", "link", "remove"):
        assert jan.post(f"/own/phones/{deed}?key=101-1").status_code == 404
    assert firm.store.blocking.read(load).exchange == before
    anna.get("/own/phones")
    assert "Link for Linphone" in anna.post("/own/phones/link?key=101-1").text
    anna.get("/own/phones")
    page = anna.post("/own/phones", label="Laptop").text
    assert "101-2" in page
    anna.get("/own/phones")
    anna.post("/own/phones/remove?key=101-1")
    there = firm.store.blocking.read(load).exchange.phones
    assert [(one.account, one.label) for one in there] == [("101-2", "Laptop")]
    assert records(firm) == [("anna", "added", "101-2"), ("anna", "removed", "101-1")]
    for _ in range(5):
        anna.get("/own/phones")
        anna.post("/own/phones")
    assert len(firm.store.blocking.read(load).exchange.phones) == 5


def test_somebody_orders_calls_for_themselves_alone(firm: Panel) -> None:
    firm.line.answers = {"calls.order": 7}
    browser = browser_of(firm, "anna")
    browser.get("/own/orders")
    page = browser.post("/own/orders", second="102", first="user:Jan Kowalski", shown="+48221")
    assert "The line is calling." in page.text
    assert firm.line.asked == [("calls.order", {"first": "user:Anna Nowak", "second": "102"})]
    page = browser.post("/own/orders", second="600100102")
    assert "costs 0.10 zł" in page.text
    assert len(firm.line.asked) == 1
    browser.post("/own/orders", **typed(page.text))
    assert len(firm.line.asked) == 2


@pytest.mark.parametrize("error", [DataError("nobody"), SetupError("no line answers")])
def test_an_order_that_cannot_be_made_is_told_and_stays(firm: Panel, error: Exception) -> None:
    def refused(**wanted: object) -> object:
        raise error

    firm.line.answers = {"calls.order": refused}
    firm.add("adm", language="en")
    browser = browser_of(firm)
    browser.get("/exchange/orders")
    page = browser.post("/exchange/orders", first="101", second="102")
    assert page.status_code == 409
    assert str(error) in page.text
    assert (typed(page.text)["first"], typed(page.text)["second"]) == ("101", "102")
    assert browser.post("/exchange/orders", first="", second="102").status_code == 422


def test_orders_are_listed_with_what_became_of_them_one_s_own_only(firm: Panel) -> None:
    def order(db: sqlite_utils.Database) -> None:
        for user, target in (("Anna Nowak", "+48600"), ("Jan Kowalski", "+48700")):
            wanted = Order(Way.TEXT, user, "", f"user:{user}", target)
            Orders(db).end(Orders(db).put(wanted, NOW).id, "no-answer", NOW)

    firm.store.blocking.write(order)
    firm.add("adm", language="en")
    page = browser_of(firm, "anna").get("/own/orders").text
    assert "+48600" in page
    assert "+48700" not in page
    assert "nobody has answered" in page
    page = browser_of(firm).get("/exchange/orders").text
    assert "+48600" in page
    assert "+48700" in page


def test_what_can_become_of_an_order_has_words() -> None:
    for told in words().values():
        for outcome in OUTCOMES:
            assert told.has(f"orders.outcome.{outcome}"), outcome


def test_an_administrator_who_is_nobody_there_has_no_number(firm: Panel) -> None:
    firm.add("adm", language="en")
    browser = browser_of(firm)
    for path in ("/own", "/own/messages", "/own/phones", "/own/orders"):
        assert browser.get(path).status_code == 404


def test_an_administrator_who_is_somebody_has_both(firm: Panel) -> None:
    firm.add("adm", user="101", language="en")
    firm.line.answers = {"calls.order": 7}
    browser = browser_of(firm)
    assert "Anna Nowak" in browser.get("/own").text
    browser.get("/exchange/orders")
    browser.post("/exchange/orders", first="103", second="102")
    browser.get("/own/orders")
    browser.post("/own/orders", second="102")
    asked = [wanted["first"] for do, wanted in firm.line.asked if do == "calls.order"]
    assert asked == ["103", "user:Anna Nowak"]
