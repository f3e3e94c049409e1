"""Searching owners: what finds whom, page by page, and whose owners they are."""

import pytest
import sqlite_utils

from sipagent.infoline.editing import Changes, edit_owner
from sipagent.infoline.managing import office
from sipagent.infoline.search import Wanted, page
from sipagent.searching.folding import fold, folded

pytestmark = pytest.mark.unit


def logins(db: sqlite_utils.Database, text: str, manager: str = "") -> list[str]:
    """Return the logins of whom a text finds, of one manager or of all."""
    whose = office(db, manager).manager.id if manager else None
    return [one.login for one in page(db, Wanted(text, whose), 50)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Zaległy", ["100002"]),
        ("zalegly", ["100002"]),
        ("ZALEGŁY bogdan", ["100002"]),
        ("brzęczy", ["20000005"]),
        ("Wymyślona 7 m. 5", ["100002"]),
        ("anna garaz", ["100001"]),
        ("100002", ["100002"]),
        (
            "20000",
            ["20000003", "20000005", "20000004", "20000006", "20000007", "2000001", "2000002"],
        ),
        ("+48600100111", ["2000002"]),
        ("600 100 111", ["2000002"]),
        ("0048 600-100-111", ["2000002"]),
        ("442079460123", ["20000004"]),
        ("JAN@example.org", ["2000002"]),
        ("dwutelefonowy@", ["2000002"]),
        ("nobody", []),
        ("anna zalegly", []),
        ("%", []),
        ("'; DROP TABLE owners --", []),
    ],
)
def test_what_is_typed_finds_owners(
    sample: sqlite_utils.Database, text: str, found: list[str]
) -> None:
    assert sorted(logins(sample, text)) == sorted(found)


def test_a_manager_finds_the_own_owners_only(sample: sqlite_utils.Database) -> None:
    assert len(logins(sample, "")) == 15
    assert len(logins(sample, "", "BAJKA")) == 7
    for text in ("zalegly", "100002", "600100102", "bogdan.zalegly@example.org", "wymyslona"):
        assert logins(sample, text, "BAJKA") == []
        assert logins(sample, text, "ZLOTY-KLUCZ")


def test_pages_follow_each_other_by_name(sample: sqlite_utils.Database) -> None:
    names: list[str] = []
    after = None
    while found := page(sample, Wanted(), 4, after):
        names += [one.name for one in found]
        after = found[-1].key
    assert len(names) == 15
    assert names == sorted(names, key=fold)


def test_what_is_changed_is_found_as_it_is_now(sample: sqlite_utils.Database) -> None:
    edit_owner(sample, "100002", Changes(name="Łucja Żółw", phones=["500 500 500"]))
    assert logins(sample, "zolw lucja") == ["100002"]
    assert logins(sample, "zalegly bogdan") == []
    assert logins(sample, "500500500") == ["100002"]
    sample.execute("UPDATE premises SET address = 'ul. Ślepa 1' WHERE code = 'M5'")
    assert logins(sample, "slepa 1") == ["100002"]


def test_a_text_is_folded_alike_here_and_in_the_database(db: sqlite_utils.Database) -> None:
    for text in ("ZAŻÓŁĆ GĘŚLĄ JAŹŃ", "zażółć gęślą jaźń", "Ünal Ärger", "a'b\"c%_", "İI"):
        assert db.execute(f"SELECT {folded('?')}", [text]).fetchone() == (fold(text),)


def test_searching_reads_no_more_of_a_large_line_than_it_has_to(db: sqlite_utils.Database) -> None:
    """Names come from an index, so that a page without a search reads no more than itself."""
    for manager in (None, 1):
        wanted = Wanted("", manager)
        read: list[str] = []
        db.conn.set_trace_callback(read.append)
        page(db, wanted, 50, ("m", 1))
        db.conn.set_trace_callback(None)
        plan = db.execute(f"EXPLAIN QUERY PLAN {read[-1]}").fetchall()
        told = " ".join(str(step[-1]) for step in plan)
        assert "USING INDEX owners" in told
        assert "TEMP B-TREE FOR ORDER BY" not in told.partition("CORRELATED")[0]
