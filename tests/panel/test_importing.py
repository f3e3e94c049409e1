"""Importing owners in the panel: tried out first, all or nothing, and nobody else's rows."""

import asyncio
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from httpx2 import Response
from openpyxl import Workbook

from sipagent.infoline.editing import existing
from sipagent.panel import imports
from sipagent.panel.imports import Imports
from sipagent.threads import Threads
from tests.infoline.snapshot import snapshot
from tests.panel.browsing import Browser, Panel
from tests.panel.firms import ANNA, JAN, SAMPLE, deeds, firms, inside

pytestmark = pytest.mark.unit

PATH = "/infoline/import"
HOSTILE = "<script>alert(1)</script>"
NEW = "manager,estate,login,owner_name,phones\nBAJKA,SMOCZA,2999,Łucja Nowa,600100155\n"


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over the owners of two managers."""
    with firms(tmp_path) as one:
        yield one


def send(browser: Browser, *files: tuple[str, str | bytes], **fields: str) -> Response:
    """Send files from the form; return the page that says what they would change."""
    browser.get(PATH)
    answer = browser.client.post(
        PATH,
        data={"token": browser.token, **fields},
        files=[("columns" if name.endswith(".toml") else "files", (name, content))
               for name, content in files],
        headers={"origin": browser.origin},
    )  # fmt: skip
    return after(browser, answer)


def after(browser: Browser, answer: Response) -> Response:
    """Return the page of an import once its work is over."""
    if answer.status_code != 200:
        return answer
    assert asyncio.run(imports._WORK.settled(120))
    return browser.get(answer.url.path)


def make(browser: Browser, page: Response) -> Response:
    """Import for good what was tried out."""
    return after(browser, browser.post(page.url.path))


def test_files_are_tried_out_first_and_then_imported(panel: Panel) -> None:
    before = snapshot(panel.store.view)
    browser = inside(panel, "adm")
    page = send(browser, ("nowi.csv", NEW))
    assert "It can be imported" in page.text
    assert "2999" in page.text
    assert "Łucja Nowa" in page.text
    assert snapshot(panel.store.view) == before
    page = make(browser, page)
    assert "The files are imported" in page.text
    assert panel.store.blocking.read(lambda db: existing(db, "2999")).phones == ("+48600100155",)
    assert deeds(panel, "imported") == [("adm", "nowi.csv")]
    # Pressed twice: once is enough.
    make(browser, page)
    assert len(deeds(panel, "imported")) == 1


def test_all_mistakes_are_told_with_their_places_and_nothing_is_imported(panel: Panel) -> None:
    before = snapshot(panel.store.view)
    text = f"{NEW}BAJKA,SMOCZA,29,Za Krótki,6001OO1O1\nBAJKA,NIGDZIE,3001,{HOSTILE},\n"
    page = send(inside(panel, "adm"), ("złe dane.csv", text)).text
    assert "Nothing was imported." in page
    assert "złe dane.csv:3: column login" in page
    assert "złe dane.csv:3: column phones" in page
    assert "sipagent-import" not in page  # where it lies here is nobody's business
    assert HOSTILE not in page
    assert 'action="/infoline/import/' not in page  # there is nothing to make
    assert snapshot(panel.store.view) == before


def test_rows_that_are_wrong_are_left_out_where_that_is_wanted(panel: Panel) -> None:
    browser = inside(panel, "adm")
    text = f"{NEW}BAJKA,SMOCZA,3001,Zły Numer,6001OO1O1\n"
    page = send(browser, ("nowi.csv", text), skip_bad="on")
    assert "1 row was left out" in page.text
    page = make(browser, page)
    assert panel.store.blocking.read(lambda db: existing(db, "2999")).name == "Łucja Nowa"
    report = browser.get(f"{page.url.path}/left-out.csv")
    rows = list(csv.DictReader(io.StringIO(report.text.removeprefix("\ufeff")), delimiter=";"))
    assert [(row["file"], row["line"], row["column"]) for row in rows] == [
        ("nowi.csv", "3", "phones")
    ]


def test_several_files_and_a_file_of_columns(panel: Panel) -> None:
    columns = (
        '[owners]\nmanager = { always = "BAJKA" }\nestate = "Osiedle"\n'
        'login = "Nr"\nowner_name = "Kto"\n'
    )
    page = send(
        inside(panel, "adm"),
        ("a.csv", "Osiedle;Nr;Kto\nSMOCZA;2998;Adam\n"),
        ("a.csv", "Osiedle;Nr;Kto\nSMOCZA;2999;Ewa\n"),
        ("kolumny.toml", columns),
    ).text
    assert "Adam" in page
    assert "Ewa" in page


def test_a_manager_imports_own_owners_only(panel: Panel) -> None:
    before = snapshot(panel.store.view)
    browser = inside(panel, "klucz")
    page = send(browser, ("nowi.csv", NEW)).text
    assert "Nothing was imported." in page
    everything = [(file.name, file.read_bytes()) for file in sorted(SAMPLE.glob("*.csv"))]
    assert "Nothing was imported." in send(browser, *everything).text
    balance = "login,account,account_name,balance,balance_date\n{},E,E,5,2026-08-31\n"
    assert "Nothing was imported." in send(browser, ("b.csv", balance.format(JAN))).text
    assert "It can be imported" in send(browser, ("b.csv", balance.format(ANNA))).text
    assert snapshot(panel.store.view) == before


def test_an_import_is_seen_by_who_has_begun_it(panel: Panel) -> None:
    page = send(inside(panel, "bajka"), ("nowi.csv", NEW))
    for name in ("adm", "klucz"):
        browser = inside(panel, name)
        assert browser.get(page.url.path).status_code == 404
        browser.get(PATH)
        assert browser.post(page.url.path).status_code == 404
    assert inside(panel, "bajka").get(f"{PATH}/nonsense").status_code == 404


def zipped(**files: bytes) -> bytes:
    """Return an archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("noise.csv", bytes(range(256)) * 100),
        ("noise.xlsx", bytes(range(256)) * 100),
        ("noise.json", b"\xff\xfe{"),
        ("deep.json", b"[" * 200_000),
        ("text.exe", b"MZ"),
        ("archive.xlsx", zipped(**{"etc__passwd": b"root"})),
        ("bomb.xlsx", zipped(**{"xl__sharedStrings.xml": bytes(101_000_000)})),
        ("../../../etc/cron.d/evil.csv", b"x"),
        (f"{HOSTILE}.csv", b"x"),
        ("", b"x"),
        (".", b"x"),
        ("a" * 300 + ".csv", b"x"),
    ],
)  # fmt: skip
def test_files_that_are_none_are_refused_with_a_sentence(
    panel: Panel, name: str, content: bytes
) -> None:
    before = snapshot(panel.store.view)
    page = send(inside(panel, "bajka"), (name, content))
    assert page.status_code in (200, 422)
    assert "Nothing was imported." in page.text or "Please choose one file" in page.text
    assert "has failed" not in page.text
    assert HOSTILE not in page.text
    assert snapshot(panel.store.view) == before


def test_a_workbook_is_imported(panel: Panel) -> None:
    book, stream = Workbook(), io.BytesIO()
    for row in csv.reader(io.StringIO(NEW)):
        book.active.append(row)
    book.save(stream)
    assert "Łucja Nowa" in send(inside(panel, "bajka"), ("nowi.xlsx", stream.getvalue())).text


def test_files_are_gone_once_they_are_imported_or_others_are_sent(panel: Panel) -> None:
    browser = inside(panel, "adm")
    first = send(browser, ("nowi.csv", NEW))
    there = panel.application._house.imports._there
    (one,) = there.values()
    folder = Path(one.folder.name)
    assert folder.stat().st_mode & 0o077 == 0
    second = send(browser, ("nowi.csv", NEW))
    assert not folder.exists()
    assert browser.get(first.url.path).status_code == 404
    make(browser, second)
    (one,) = there.values()
    assert not any(path.is_file() for path in Path(one.folder.name).rglob("*.csv"))


def test_who_looks_on_meanwhile_sees_how_far_it_is(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Imports, "_run", lambda self, one: one.told("nowi.csv", 3, 10))
    browser = inside(panel, "adm")
    page = send(browser, ("nowi.csv", NEW))
    assert "It is being tried out" in page.text
    assert "The file nowi.csv is being read." in page.text
    assert re.search(r'<progress [^>]*max="10" value="3"', page.text)
    assert "hx-trigger" in page.text
    part = browser.get(f"{page.url.path}/progress")
    assert "<html" not in part.text
    (one,) = panel.application._house.imports._there.values()
    one.outcome = imports.Outcome()
    script = {"hx-request": "true"}
    done = browser.client.get(f"{page.url.path}/progress", headers=script)
    assert done.headers["hx-redirect"] == page.url.path


def test_where_too_many_wait_nothing_is_begun_and_nothing_is_left(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = inside(panel, "adm")
    page = send(browser, ("nowi.csv", NEW))
    full = Threads("imports", 0, 0)
    with monkeypatch.context() as patch:
        patch.setattr(imports, "_WORK", full)
        assert browser.post(page.url.path).status_code == 503
    again = browser.get(page.url.path)
    assert "The files are imported" in make(browser, again).text
    there = panel.application._house.imports._there
    monkeypatch.setattr(imports, "_WORK", full)
    folders: list[str] = []
    monkeypatch.setattr(TemporaryDirectory, "cleanup", lambda self: folders.append(self.name))
    assert send(browser, ("nowi.csv", NEW)).status_code == 503
    assert len(folders) == 2  # that of the import before, and the new one
    assert there == {}
