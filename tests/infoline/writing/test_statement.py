"""The statement as a PDF: what stands in it, for whom it may be, and that it never fails."""

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from structlog.testing import capture_logs

from sipagent.errors import SetupError
from sipagent.infoline.writing.statement import (
    AccountLine,
    ChargeLine,
    PremisesPart,
    Statement,
    render,
)
from sipagent.messages import paper
from tests.examples import examples
from tests.infoline.writing.statement_samples import (
    LONG,
    catalogue,
    pages,
    part,
    reader,
    statement,
    words,
)

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
FONTS = Path(paper.__file__).parent / "fonts"
LARGEST = 2**63 - 1


def test_everything_is_in_it() -> None:
    text = words(render(statement(premises=(part(3),))))
    for expected in (
        "Zarząd „Złota Jesień” sp. z o.o.",
        "Zestawienie sald i opłat",
        "Grażyna Śćibór-Żółkiewska",
        "Wspólnota Mieszkaniowa Źródlana 12",
        "Opłaty eksploatacyjne 31.08.2026 niedopłata 1 234,56 zł",
        "Fundusz remontowy 31.08.2026 nadpłata 45,20 zł",
        "Media 30.06.2026 rozliczone",
        "Saldo razem niedopłata 1 189,36 zł",
        "Lokal 14, ul. Źródlana 12 m. 14",
        "Opłata Obowiązuje od Kwota",
        "Opłata 1 01.01.2026 10,00 zł",
        "Opłata 3 30,00 zł",
        "Razem za lokal 60,00 zł",
        "Numer loginu: 100200",
        "strona 1 z 1",
        "sporządzono 23.11.2026",
    ):
        assert expected in text
    assert "wszystkie lokale" not in text


def test_amounts_are_never_broken() -> None:
    assert "1\u00a0234,56\u00a0zł" in pages(render(statement()))[0]


def test_it_speaks_english() -> None:
    pdf = render(statement(language="en", premises=(part(1, 1), part(2, 2))))
    text = words(pdf)
    for expected in (
        "Statement of balances and charges",
        "Opłaty eksploatacyjne 31 Aug 2026 arrears PLN 1,234.56",
        "Fundusz remontowy 31 Aug 2026 overpayment PLN 45.20",
        "settled",
        "Opłata 2 1 Jan 2026 PLN 20.00",
        "Total for the premises PLN 30.00",
        "Total for all premises PLN 40.00",
        "page 1 of 1",
        "prepared on 23 Nov 2026",
    ):
        assert expected in text
    assert catalogue(reader(pdf))["/Lang"] == "en"


def test_the_office_stands_at_the_top() -> None:
    pdf = render(statement(address="ul. Lipowa 3", phone="22 100 02 00", email="b@example.org"))
    top = words(pdf).split("Zestawienie")[0]
    assert top == "Zarząd „Złota Jesień” sp. z o.o. ul. Lipowa 3 tel. 22 100 02 00 b@example.org "


def test_balances_need_not_be_added_up() -> None:
    text = words(render(statement(added_up=False)))
    assert "Saldo razem" not in text
    assert "niedopłata 1 234,56 zł" in text


@pytest.mark.parametrize("count", range(12, 20))
def test_a_note_stays_in_one_piece(count: int) -> None:
    found = pages(render(statement(premises=(part(count),), notes=("nuta " * 60,))))
    assert [text.count("nuta") for text in found if "nuta" in text] == [60]


def test_notes_end_it() -> None:
    assert "Pierwsza. Druga." in words(render(statement(notes=("Pierwsza.", "Druga."))))


def test_an_unknown_language_is_polish() -> None:
    pdf = render(statement(language="xx"))
    assert catalogue(reader(pdf))["/Lang"] == "pl"
    assert "Zestawienie sald i opłat" in words(pdf)


def test_it_says_what_it_is() -> None:
    found = reader(render(statement()))
    assert found.metadata is not None
    assert found.metadata.title == "Zestawienie sald i opłat – 100200"
    assert found.metadata.author == "Zarząd „Złota Jesień” sp. z o.o."
    assert found.metadata.creation_date == statement().made
    assert catalogue(found)["/Lang"] == "pl"


def test_a_credit_has_a_minus_sign() -> None:
    credit = PremisesPart("Lokal", "", (ChargeLine("Odliczenie", -1_250, None),))
    with capture_logs() as logs:
        text = words(render(statement(premises=(credit,))))
    assert "Odliczenie −12,50 zł" in text
    assert not logs


def test_there_may_be_nothing() -> None:
    text = words(render(statement(accounts=(), premises=())))
    assert "Brak kont rozrachunkowych" in text
    assert "Brak bieżących opłat" in text
    assert "zł" not in text


def test_a_premises_may_have_no_charges() -> None:
    text = words(render(statement(premises=(part(2, 1), part(0, 2)))))
    assert "Lokal 2, ul. Źródlana 12 m. 2 Brak bieżących opłat" in text
    assert "Razem za wszystkie lokale 30,00 zł" in text


def test_two_premises_may_be_equal() -> None:
    assert words(render(statement(premises=(part(2), part(2))))).count("za wszystkie") == 1


def test_every_page_has_the_footer() -> None:
    found = pages(render(statement(premises=tuple(part(n, n) for n in range(1, 13)))))
    assert len(found) > 3
    for number, text in enumerate(found, 1):
        foot = " ".join(text.split())
        assert f"Numer loginu: 100200 strona {number} z {len(found)} sporządzono" in foot


@pytest.mark.parametrize("count", [*range(8, 14), *range(38, 44), 200])
def test_a_table_breaks_well(count: int) -> None:
    found = pages(render(statement(premises=(part(count),))))
    seen = []
    for number, text in enumerate(found, 1):
        lines = text.splitlines()
        rows = [line for line in lines if re.match(r"Opłata \d", line)]
        seen += rows
        # A total is never alone, and neither is a heading.
        assert rows
        assert lines.index("Opłata Obowiązuje od Kwota") < lines.index(rows[0])
        assert ("Lokal 14, ul. Źródlana 12 m. 14 (ciąg dalszy)" in lines) == (number > 1)
    assert [int(row.split()[1]) for row in seen] == list(range(1, count + 1))


def test_a_heading_is_never_alone() -> None:
    for count in range(1, 30, 2):
        lines = [AccountLine(f"Konto {n}", n, date(2026, 8, 31)) for n in range(count)]
        for text in pages(render(statement(accounts=tuple(lines), premises=(part(1), part(0))))):
            for title in ("Konta rozrachunkowe", "Opłaty miesięczne\nLokal"):
                if title in text:
                    assert "zł" in text.split(title)[1]


def test_long_names_are_whole() -> None:
    home = PremisesPart(f"{LONG} 1", f"{LONG} 2", (ChargeLine(f"{LONG} 3", LARGEST, None),))
    account = AccountLine(f"{LONG} 4", -LARGEST, date(2026, 8, 31))
    pdf = render(
        statement(
            manager=f"{LONG} 5",
            estate=f"{LONG} 6",
            owner=f"{LONG} 7",
            accounts=(account,),
            premises=(home,),
        )
    )
    # A name in a row goes on beside its day and amount: as a reader sees it, not by columns.
    text = words(pdf)
    for number in (1, 2, 5, 6, 7):
        assert f"{LONG} {number}" in text
    for number in (3, 4):
        assert f"podziemnych {number}" in text
    assert "niedopłata 92 233 720 368 547 758,07 zł" in text


def test_a_row_higher_than_a_page_goes_on_on_the_next() -> None:
    endless = " ".join(f"słowo{n}" for n in range(600))
    account = AccountLine(endless, 1, date(2026, 8, 31))
    home = PremisesPart(endless, endless, (ChargeLine(endless, 1, None),))
    pdf = render(statement(manager=endless, owner=endless, accounts=(account,), premises=(home,)))
    assert words(pdf).count("słowo599") == 6


def test_a_word_of_one_letter_is_not_left_at_the_end_of_a_line() -> None:
    for width in range(8):
        text = pages(render(statement(estate="Lipa " + "x" * width + " i klon" * 40, premises=())))[
            0
        ]
        assert not any(line.rstrip().endswith(" i") for line in text.splitlines())


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("Zaz\u0307o\u0301łc\u0301", "Zażółć"),
        ("Нестеренко Ґалаґан", "Нестеренко Ґалаґан"),
        ("Nguyễn Thị Phượng", "Nguyễn Thị Phượng"),
        ("Ewa 漢字", "Ewa \ufffd\ufffd"),
        ("Ewa \U0001f469\u200d\U0001f467", "Ewa \ufffd\ufffd"),
        ("Ewa\x00\x1b[31m Nowak", "Ewa\ufffd\ufffd[31m Nowak"),
        ("Ewa\r\n\tNowak", "Ewa Nowak"),
        ("Ewa\u202e\u00ad Nowak", "Ewa Nowak"),
        ("Ewa \ud800", "Ewa \ufffd"),
        ("{nb} {pages} <b>**Ewa**</b>", "{nb} {pages} <b>**Ewa**</b>"),
        ("", "Numer loginu"),
    ],
)
def test_any_name_is_shown(given_name: str, shown: str) -> None:
    pdf = render(statement(owner=given_name, manager=given_name))
    assert f"Właściciel {shown}" in words(pdf)


def test_the_same_statement_gives_the_same_bytes() -> None:
    assert render(statement()) == render(statement())
    assert render(statement()) != render(statement(login="100201"))


def test_another_process_gives_the_same_bytes() -> None:
    script = (
        "import sys; from tests.infoline.writing.statement_samples import statement; "
        "from sipagent.infoline.writing.statement import render; "
        "sys.stdout.buffer.write(render(statement()))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    assert done.stdout == render(statement())


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "LA", "1", "I;16"])
def test_a_png_logo_is_shown(tmp_path: Path, mode: str) -> None:
    logo = tmp_path / "logo.png"
    Image.new(mode, (900, 300)).save(logo)
    _assert_shown(logo)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_logo_is_shown(tmp_path: Path, mode: str) -> None:
    logo = tmp_path / "logo.jpeg"
    Image.new(mode, (3000, 4000)).save(logo)
    _assert_shown(logo)


def _assert_shown(logo: Path) -> None:
    with capture_logs() as logs:
        pdf = render(statement(logo=logo))
    assert not logs
    [image] = reader(pdf).pages[0].images
    # What a camera makes is far larger than what a letterhead needs.
    assert image.image is not None
    assert image.image.width <= 650
    assert image.image.height <= 213
    assert len(pdf) < 60_000


def test_a_changed_logo_is_seen(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGB", (90, 30), "red").save(logo)
    before = render(statement(logo=logo))
    Image.new("RGB", (60, 40), "blue").save(logo)
    assert render(statement(logo=logo)) != before


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("case", ["missing", "directory", "text", "cut", "svg", "gif", "huge"])
def test_a_logo_that_cannot_be_read_is_left_out(tmp_path: Path, case: str) -> None:
    logo = tmp_path / "logo.png"
    match case:
        case "directory":
            logo.mkdir()
        case "text":
            logo.write_text("no picture")
        case "cut":
            Image.effect_noise((300, 100), 90).save(logo)
            logo.write_bytes(logo.read_bytes()[:2000])
        case "svg":
            logo.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
        case "gif":
            Image.new("P", (30, 10)).save(logo, format="GIF")
        case "huge":
            Image.new("1", (10_000, 10_000)).save(logo)
    with capture_logs() as logs:
        pdf = render(statement(logo=logo))
    assert [line["event"] for line in logs] == ["logo left out of a statement"]
    assert not reader(pdf).pages[0].images
    assert "Zarząd" in words(pdf)


@pytest.mark.parametrize("content", [None, b"no font"])
def test_a_font_that_is_not_there_is_an_error_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    monkeypatch.setattr(paper, "_FONTS", tmp_path)
    if content is not None:
        (tmp_path / "NotoSans-Regular.ttf").write_bytes(content)
    with pytest.raises(SetupError, match=r"NotoSans-Regular\.ttf: .* install sipagent anew"):
        render(statement())


def test_fonts_have_the_same_letters() -> None:
    regular, bold = (
        TTFont(FONTS / f"NotoSans-{name}.ttf").getBestCmap() for name in ("Regular", "Bold")
    )
    assert regular.keys() == bold.keys()
    for letter in "ĄĆĘŁŃÓŚŹŻąćęłńóśźż„”–−€ẞß\u00a0\ufffd":
        assert ord(letter) in regular


def test_fonts_come_with_their_licence() -> None:
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text()
    assert "scripts/statement-fonts" in (FONTS / "README.md").read_text()


_amounts = st.integers(-LARGEST, LARGEST)
_days = st.dates()
_names = st.one_of(
    st.text(max_size=60), st.text(st.sampled_from("aW ł\u00a0\u00ad-"), max_size=300)
)
_statements = st.builds(
    Statement,
    manager=_names,
    logo=st.none(),
    estate=_names,
    owner=_names,
    login=st.text("0123456789", min_size=1, max_size=12),
    accounts=st.lists(st.builds(AccountLine, _names, _amounts, _days), max_size=4).map(tuple),
    premises=st.lists(
        st.builds(
            PremisesPart,
            _names,
            _names,
            st.lists(st.builds(ChargeLine, _names, _amounts, st.none() | _days), max_size=5).map(
                tuple
            ),
        ),
        max_size=4,
    ).map(tuple),
    made=st.just(statement().made),
    language=st.sampled_from(["pl", "en", "de", ""]),
)


@given(_statements)
@examples(40)
def test_no_data_makes_it_fail(data: Statement) -> None:
    found = reader(render(data))
    for page in found.pages:
        assert data.login in page.extract_text()
