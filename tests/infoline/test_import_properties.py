"""Imports against made-up data: what goes out comes in, and bad input never gets half way."""

import contextlib
import csv
import io
import json
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from sipagent.errors import DataError
from sipagent.infoline.schema import infoline
from sipagent.infoline.transfer.export import export_files
from sipagent.infoline.transfer.importing import import_files
from sipagent.money import LARGEST_AMOUNT, plain_amount
from sipagent.store.database import open_database
from tests.examples import examples
from tests.infoline.snapshot import snapshot

pytestmark = pytest.mark.unit

SAMPLE = Path(__file__).parents[2] / "data" / "sample"

# Names as wild as the import takes them: quotes, delimiters and formulas, but no invisible signs.
NAMES = st.text(
    st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" \"',;=\\"),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() != "" and text.isprintable())
CODES = st.sampled_from(["A", "b", "Ł 1", "1/2"])
AMOUNTS = st.integers(-LARGEST_AMOUNT, LARGEST_AMOUNT).map(plain_amount)
DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1)).map(date.isoformat)
PHONES = st.integers(100, 999).map(lambda n: f"+48600100{n}") | st.just("+442079460123")
EMAILS = st.from_regex(r"[a-z]{1,5}@[a-z]{1,5}\.(?:pl|example)", fullmatch=True)


def keyed(key: str, keys: st.SearchStrategy[str], **rest: Any) -> st.SearchStrategy[Any]:
    """Lists of objects whose ``key`` differs."""
    one = st.fixed_dictionaries({key: keys, **rest})
    return st.lists(one, max_size=3, unique_by=lambda found: found[key])


CHARGES = st.lists(
    st.fixed_dictionaries({"name": NAMES, "amount": AMOUNTS, "valid_from": DAYS | st.none()}),
    max_size=3,
)
PREMISES = keyed("code", CODES, name=NAMES, address=NAMES | st.just(""), charges=CHARGES)
ACCOUNTS = keyed("code", CODES, name=NAMES, balance=AMOUNTS, balance_date=DAYS)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """JSON documents of an import, logins unique."""
    logins = iter(range(300_001, 400_000))
    owners = st.lists(
        st.fixed_dictionaries(
            {
                "login": st.builds(lambda: str(next(logins))),
                "name": NAMES,
                "phones": st.lists(PHONES, max_size=2, unique=True),
                "emails": st.lists(EMAILS, max_size=2, unique=True),
                "blocked": st.booleans(),
                "web_access": st.booleans(),
                "premises": PREMISES,
                "accounts": ACCOUNTS,
            }
        ),
        max_size=3,
    )
    reason = st.sampled_from(["", "login.shut"])
    estates = keyed(
        "code", CODES, name=NAMES, owner_access=st.booleans(), access_reason=reason, owners=owners
    )
    return {"managers": draw(keyed("code", CODES, name=NAMES, estates=estates))}


@contextlib.contextmanager
def line() -> Iterator[tuple[sqlite_utils.Database, Path]]:
    """An empty database, and a directory for files."""
    with tempfile.TemporaryDirectory() as name:
        db = open_database(Path(name) / "line.db", [infoline])
        try:
            yield db, Path(name)
        finally:
            db.close()


def take(db: sqlite_utils.Database, place: Path, document: dict[str, Any]) -> None:
    file = place / "document.json"
    file.write_text(json.dumps(document), "utf-8")
    import_files(db, [file])


@examples(25, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), st.sampled_from(["out", "out.json", "out.xlsx"]))
def test_what_is_exported_can_be_imported(document: dict[str, Any], target: str) -> None:
    with line() as (db, place), line() as (other, _):
        take(db, place, document)
        expected = snapshot(db)
        export_files(db, place / target)
        import_files(other, [place / target])
        assert snapshot(other) == expected
        # On top of itself it changes nothing either.
        again = import_files(db, [place / target], with_changes=True)
        assert not any(one.written or one.removed for one in again.counts)
        assert not again.changes
        assert snapshot(db) == expected


@examples(25, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), documents())
def test_an_import_on_top_of_another_replaces_what_it_names(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    with line() as (db, place), line() as (clean, _):
        take(db, place, first)
        take(clean, place, second)
        try:
            take(db, place, second)
        except DataError as error:
            assert "belongs to an owner of another manager" in str(error)  # noqa: PT017
            return
        # Both hold the same about everything that the second document names.
        for got, expected in zip(snapshot(db), snapshot(clean), strict=True):
            assert set(expected) <= set(got)
        logins = {row[0] for row in snapshot(clean)[3]}
        assert [row for row in snapshot(db)[3] if row[0] in logins] == snapshot(clean)[3]


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite_utils.Database]:
    db = open_database(tmp_path_factory.mktemp("taken") / "line.db", [infoline])
    import_files(db, [SAMPLE])
    yield db
    db.close()


def attempt(db: sqlite_utils.Database, path: Path) -> None:
    """Import a file that may be anything: it is taken, or refused without a trace."""
    before = snapshot(db)
    try:
        import_files(db, [path], dry_run=True)
    except DataError as error:
        lines = str(error).splitlines()
        assert lines
        assert all(line.isprintable() for line in lines)
    assert snapshot(db) == before
    assert not db.conn.in_transaction
    assert db.execute("SELECT count(*) FROM temp.sqlite_master").fetchone() == (0,)


HEADERS = st.sampled_from(
    [
        (SAMPLE / f"{kind}.csv").read_text("utf-8").splitlines()[0]
        for kind in ("managers", "estates", "owners", "premises", "accounts", "charges")
    ]
)
GOOD_CELLS = st.sampled_from(
    [
        "BAJKA",
        "KRASNALE",
        "100001",
        "2000002",
        "M4",
        "600100101",
        "a@b.pl",
        "tak",
        "",
        "1 234,56",
        "2026-08-31",
        "31.08.2026",
        "Eksploatacja",
    ]
)
CELLS = GOOD_CELLS | st.text(max_size=8)


@examples(
    80,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(HEADERS, st.lists(st.lists(CELLS, min_size=2, max_size=8), max_size=6), st.data())
def test_wild_rows_are_taken_or_refused_whole(
    taken: sqlite_utils.Database,
    tmp_path: Path,
    header: str,
    rows: list[list[str]],
    data: st.DataObject,
) -> None:
    names = header.split(",")
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(names)
    for row in rows:
        fits = data.draw(st.booleans())
        writer.writerow((row * len(names))[: len(names)] if fits else row)
    path = tmp_path / "wild.csv"
    path.write_bytes(stream.getvalue().encode("utf-8", "replace"))
    attempt(taken, path)


@examples(80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["x.csv", "x.json"]))
def test_wild_bytes_are_refused(
    taken: sqlite_utils.Database, tmp_path: Path, content: bytes, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    attempt(taken, path)


KEYS = st.sampled_from(
    [
        "managers",
        "estates",
        "owners",
        "premises",
        "accounts",
        "charges",
        "code",
        "name",
        "login",
        "phones",
        "balance",
        "amount",
    ]
) | st.text(max_size=3)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | CELLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@examples(
    80,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(TREES | st.fixed_dictionaries({"managers": st.lists(TREES, max_size=3)}))
def test_wild_documents_are_taken_or_refused_whole(
    taken: sqlite_utils.Database, tmp_path: Path, tree: Any
) -> None:
    path = tmp_path / "wild.json"
    path.write_text(json.dumps(tree), "utf-8")
    attempt(taken, path)


@examples(
    50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(documents(), st.data())
def test_one_wrong_leaf_refuses_the_whole_document(
    taken: sqlite_utils.Database, tmp_path: Path, document: dict[str, Any], data: st.DataObject
) -> None:
    leaves = list(_leaves(document))
    if not leaves:
        return
    holder, key = data.draw(st.sampled_from(leaves))
    holder[key] = data.draw(st.sampled_from([{}, [[]], "\x00", "\ud800", "," * 300]))
    path = tmp_path / "wild.json"
    path.write_text(json.dumps(document), "utf-8")
    before = snapshot(taken)
    with pytest.raises(DataError):
        import_files(taken, [path])
    assert snapshot(taken) == before


def _leaves(tree: Any) -> Iterator[tuple[Any, Any]]:
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in list(pairs):
        if isinstance(value, dict | list):
            yield from _leaves(value)
        else:
            yield tree, key
