"""Calls of the past in the panel: filters, pages, one call, the file; and whose calls they are."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.exchange import editing
from sipagent.panel.permissions import Role
from tests.panel.browsing import Panel, opened

pytestmark = pytest.mark.unit

#: What a stranger may send as a name or a number.
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def add_call(db: sqlite_utils.Database, number: int, **fields: object) -> str:
    """Keep a call that came so many minutes after noon; return its id."""
    labels, legs = fields.pop("labels", {}), fields.pop("legs", ())
    minute = f"2026-11-26T12:{number:02}"
    row = {
        "id": f"call{number:04}", "sip_id": f"a{number}@x", "started": f"{minute}:00.000+00:00",
        "answered": f"{minute}:02.000+00:00", "ended": f"{minute}:32.000+00:00",
        "caller": "+48600100101", "asserted": 1, "called": "221000200", "scenario": "infolinia",
        "language": "pl", "ended_by": "caller", "outcome": "hung-up", "sip_code": 200, "trunk": "",
        **fields,
    }  # fmt: skip
    db.table("calls").insert(row)
    for name, value in dict(labels).items():  # type: ignore[call-overload]
        db.table("call_labels").insert({"call": row["id"], "name": name, "value": value})
    for at, (party, cost) in enumerate(legs, start=1):  # type: ignore[var-annotated, arg-type]
        began = row["started"]
        db.execute(
            "INSERT INTO call_legs (call, leg, sip_id, party, began, cost, vat) "
            "VALUES (?, ?, ?, ?, ?, ?, 23)",
            [row["id"], at, f"b{number}-{at}@x", party, began, cost],
        )
    return str(row["id"])


def fill(db: sqlite_utils.Database) -> None:
    """Keep calls of a firm."""
    editing.add(db, "users", {"name": "Anna Nowak", "number": "101", "email": "anna@example.org"})
    editing.add(db, "users", {"name": "Jan Kowalski", "number": "102"})
    with db.conn:
        db.execute("INSERT INTO managers (id, code, name) VALUES (7, 'BAJKA', 'Bajka')")
        add_call(db, 1, labels={"user": "Anna Nowak"}, legs=[("+48500100100", 250)])
        add_call(db, 2, labels={"user": "Jan Kowalski"}, caller="+48600200200")
        add_call(db, 3, labels={"manager": "7", "owner": "100001"}, answered=None, outcome="failed")
        add_call(db, 4, caller=HOSTILE, called="=cmd|' /C calc'!A0")
        for number, kind in enumerate(("digit", HOSTILE)):
            details = json.dumps({"digit": HOSTILE, HOSTILE: HOSTILE})
            db.execute("INSERT INTO call_events VALUES (?, ?, 5, ?, ?)",
                       ["call0004", number, kind, details])  # fmt: skip
        db.execute(
            "INSERT INTO sip_messages (sip_id, at, sent, peer, transport, text) "
            "VALUES ('a4@x', '2026-11-26T12:04:00.000+00:00', 0, '192.0.2.1:5060', 'UDP', ?)",
            [f"INVITE sip:a@b SIP/2.0\r\nCSeq: 1 INVITE\r\nSubject: {HOSTILE}\r\n\r\n"],
        )


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over the calls of a firm."""
    with opened(tmp_path, fill) as panel:
        panel.add("anna", Role.USER, user="101")
        panel.add("bajka", Role.MANAGER, manager="BAJKA")
        panel.add("adm", language="en")
        yield panel


def ids(text: str) -> list[str]:
    """Return the calls that a page lists, by their minutes."""
    return [part[:4] for part in text.split('href="/calls/call')[1:]]


@pytest.mark.parametrize(
    ("name", "sees"),
    [("adm", ["0004", "0003", "0002", "0001"]), ("anna", ["0001"]), ("bajka", ["0003"])],
)
def test_everybody_sees_their_own_calls_only(firm: Panel, name: str, sees: list[str]) -> None:
    browser = firm.browser()
    browser.log_in(name)
    assert ids(browser.get("/calls").text) == sees
    # Whatever they look for, and whatever they type into the address.
    for query in ("person=Jan+Kowalski", "number=%2B48600200200", "after=9999~z"):
        assert set(ids(browser.get(f"/calls?{query}").text)) <= set(sees)
        assert set(browser.get(f"/calls.csv?{query}").text.split()) <= set(
            browser.get("/calls.csv").text.split()
        )
    for number in range(1, 5):
        there = browser.get(f"/calls/call000{number}").status_code == 200
        assert there == (f"000{number}" in sees)


def test_sip_messages_are_for_administrators(firm: Panel) -> None:
    for name, sees in (("adm", True), ("bajka", False)):
        browser = firm.browser()
        browser.log_in(name)
        page = browser.get("/calls/call0004" if sees else "/calls/call0003").text
        assert ("INVITE" in page) == sees


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("number=600+200+200", ["0002"]),
        ("number=500100100", ["0001"]),
        ("person=Anna+Nowak", ["0001"]),
        ("outcome=failed", ["0003"]),
        ("since=2026-11-27", []),
        ("until=2026-11-26&longest=0:30", ["0004", "0002", "0001"]),
        ("shortest=31", []),
        ("dearest=2,50", ["0001"]),
        ("dearest=2,51", []),
        ("queue=Biuro", []),
        ("number=600100101&person=Anna+Nowak&dearest=1", ["0001"]),
    ],
)
def test_filters(firm: Panel, query: str, found: list[str]) -> None:
    browser = firm.browser()
    browser.log_in("adm")
    assert ids(browser.get(f"/calls?{query}").text) == found


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("number=abc", "no telephone number"),
        ("since=yesterday", "no date"),
        ("since=0001-01-01", "no date"),
        ("until=9999-12-31", "no date"),
        ("shortest=long", "1:30"),
        ("dearest=much", "2.50"),
        ("outcome=nice", "no such outcome"),
    ],
)
def test_what_was_mistyped_stands_there_with_what_is_wrong(
    firm: Panel, query: str, says: str
) -> None:
    browser = firm.browser()
    browser.log_in("adm")
    page = browser.get(f"/calls?{query}")
    assert page.status_code == 422
    assert says in page.text
    name, _, typed = query.partition("=")
    if name != "outcome":
        assert f'value="{typed}"' in page.text


def test_pages_follow_each_other_without_a_gap(tmp_path: Path) -> None:
    def many(db: sqlite_utils.Database) -> None:
        with db.conn:
            for number in range(120):
                # Several at the very same time are told apart by their ids.
                add_call(db, number, started=f"2026-11-26T12:00:{number // 10:02}.000+00:00",
                         answered=None, ended=None)  # fmt: skip

    with opened(tmp_path, many) as panel:
        panel.add("adm")
        browser = panel.browser()
        browser.log_in("adm")
        path, seen = "/calls?outcome=hung-up", []
        while path:
            page = browser.get(path).text
            seen += ids(page)
            path = page.split('" rel="next"')[0].rpartition('href="')[2].replace("&amp;", "&")
            path = path if 'rel="next"' in page else ""
    assert seen == [f"{number:04}" for number in reversed(range(120))]


def test_what_strangers_send_is_shown_as_text(firm: Panel) -> None:
    browser = firm.browser()
    browser.log_in("adm")
    for path in (
        "/calls",
        "/calls/call0004",
        f"/calls?number={HOSTILE}",
        f"/calls?person={HOSTILE}",
    ):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


def test_a_file_has_no_formula_of_a_stranger(firm: Panel) -> None:
    browser = firm.browser()
    browser.log_in("adm")
    answer = browser.get("/calls.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="calls.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"][-1] for row in rows] == ["4", "3", "2", "1"]
    assert rows[0]["called"].startswith("'=cmd")
    assert rows[3]["cost"] == "2.50"
    assert rows[1]["caller"] == "+48600100101"
