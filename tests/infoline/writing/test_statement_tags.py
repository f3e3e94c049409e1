"""A PDF as a screen reader takes it (PDF/UA-1, ISO 14289-1, as far as a program can tell)."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest
from PIL import Image
from pypdf.generic import ContentStream, NumberObject

from sipagent.infoline.writing.payment import Payment
from sipagent.infoline.writing.statement import Statement, render
from tests.infoline.writing.statement_samples import LONG, catalogue, part, reader, statement

pytestmark = pytest.mark.unit

PAYMENT = Payment("61109010140000071219812874", "Wspólnota", "Opłaty", 100, date(2026, 12, 10))
SAMPLES = {
    "usual": statement(payment=PAYMENT, notes=("Dane osobowe przetwarza zarządca.",)),
    "nothing": statement(accounts=(), premises=()),
    "many": statement(premises=tuple(part(n % 7, n) for n in range(12)), address="ul. Lipowa 1"),
    "long": statement(owner=LONG * 30, premises=(part(60),)),
}
_PAINTING = {b"Tj", b"TJ", b"'", b'"', b"Do", b"f", b"F", b"f*", b"S", b"s", b"B", b"B*", b"b"}


class Element:
    """An element of the tree, with what it holds in the order of reading."""

    def __init__(self, node: Any, texts: dict[tuple[int, int], str]) -> None:
        self.kind = str(node["/S"])[1:]
        self.alt = str(node.get("/Alt", ""))
        self.scope = str(node.get("/A", {}).get("/Scope", ""))[1:]
        self.kids: list[Element] = []
        self.text = ""
        for kid in node["/K"]:
            found = kid.get_object()
            if "/S" in found:
                assert found["/P"].get_object() == node
                self.kids.append(Element(found, texts))
            else:
                self.text += texts.pop((found.raw_get("/Pg").idnum, int(found["/MCID"])))

    def all(self, kind: str) -> list["Element"]:
        """Return the elements of a kind in this one, in order."""
        inner = [one for kid in self.kids for one in kid.all(kind)]
        return [self, *inner] if self.kind == kind else inner

    @property
    def words(self) -> str:
        """Everything that is read in it."""
        return " ".join(" ".join([self.text, *(kid.words for kid in self.kids)]).split())


def tree_of(pdf: bytes) -> Element:
    """Return the tree; whatever is painted is in it or marked as decoration, and nothing twice."""
    found = reader(pdf)
    texts: dict[tuple[int, int], str] = {}
    for number, page in enumerate(found.pages):
        reference = page.indirect_reference
        assert reference is not None
        for mark, text in _marked(found, page).items():
            texts[reference.idnum, mark] = text
        assert page["/StructParents"] == NumberObject(number)
    root = catalogue(found)["/StructTreeRoot"]
    _check_parents(found, root)
    tree = Element(root["/K"][0].get_object(), texts)
    assert not texts, "what is marked belongs to an element"
    return tree


def _marked(found: pypdf.PdfReader, page: pypdf.PageObject) -> dict[int, str]:
    """Return the text of each mark of a page."""
    fonts: dict[str, Any] = {}
    for name, font in page["/Resources"]["/Font"].items():  # type: ignore[index]
        fonts[name] = _letters(font.get_object()["/ToUnicode"].get_data().decode("latin1"))
    texts: dict[int, str] = {}
    marks: list[int | None] = []
    letters: dict[str, str] = {}
    contents = page.get_contents()
    assert contents is not None
    for operands, operator in ContentStream(contents, found).operations:
        match operator:
            case b"BDC":
                marks.append(int(operands[1]["/MCID"]))
                texts[int(operands[1]["/MCID"])] = ""
            case b"BMC":
                assert operands == ["/Artifact"]
                marks.append(None)
            case b"EMC":
                marks.pop()
            case b"Tf":
                letters = fonts[operands[0]]
            case _ if operator in _PAINTING:
                assert marks, "painted outside of any mark"
                assert len(marks) == 1
                if operator in (b"Tj", b"TJ") and marks[0] is not None:
                    texts[marks[0]] += _text(operands[0], letters)
    assert not marks
    return texts


def _text(operand: Any, letters: dict[str, str]) -> str:
    pieces = operand if isinstance(operand, list) else [operand]
    codes = "".join(
        piece.original_bytes.hex() for piece in pieces if hasattr(piece, "original_bytes")
    )
    return "".join(letters[codes[at : at + 4]] for at in range(0, len(codes), 4))


def _letters(cmap: str) -> dict[str, str]:
    pairs = re.findall(r"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", cmap)
    return {code.lower(): bytes.fromhex(text).decode("utf-16-be") for code, text in pairs}


def _check_parents(found: pypdf.PdfReader, root: Any) -> None:
    """Every mark of a page leads back to the element that holds it."""
    numbers = root["/ParentTree"]["/Nums"]
    for page, owners in zip(found.pages, numbers[1::2], strict=True):
        for mark, owner in enumerate(owners):
            kids = [kid.get_object() for kid in owner.get_object()["/K"]]
            places = [(k.raw_get("/Pg"), k["/MCID"]) for k in kids if "/MCID" in k]
            assert (page.indirect_reference, mark) in places


@pytest.mark.parametrize("name", SAMPLES)
def test_everything_is_read_or_is_decoration(name: str) -> None:
    data = SAMPLES[name]
    words = tree_of(render(data)).words
    for expected in (data.manager, data.owner, data.login, "Konta rozrachunkowe"):
        assert " ".join(expected.split()) in words
    assert "strona 1" not in words


def test_the_document_says_what_it_is() -> None:
    root = catalogue(reader(render(SAMPLES["usual"])))
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "pl"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    described = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in described
    assert "Zestawienie sald i opłat – 100200</rdf:li>" in described


def test_headings_lists_and_tables_are_such() -> None:
    tree = tree_of(render(SAMPLES["usual"]))
    assert [one.words for one in tree.all("H1")] == ["Zestawienie sald i opłat"]
    titles = ["Konta rozrachunkowe", "Opłaty miesięczne", "Dane do przelewu"]
    assert [one.words for one in tree.all("H2")] == titles
    assert [one.words for one in tree.all("H3")] == ["Lokal 14, ul. Źródlana 12 m. 14"]
    assert tree.all("LI")[0].words == "Właściciel Grażyna Śćibór-Żółkiewska"
    accounts, charges = tree.all("Table")
    assert [one.scope for one in accounts.all("TR")[0].kids] == ["Column"] * 3
    assert [one.words for one in accounts.all("TR")[1].kids] == [
        "Opłaty eksploatacyjne",
        "31.08.2026",
        "niedopłata 1 234,56 zł",
    ]
    for row in (*accounts.all("TR")[1:], *charges.all("TR")[1:]):
        assert [one.kind for one in row.kids] == ["TH", "TD", "TD"]
        assert row.kids[0].scope == "Row"
    assert tree.words.endswith("Dane osobowe przetwarza zarządca.")


def test_a_table_of_many_pages_is_one_table_whose_heading_is_read_once() -> None:
    tree = tree_of(render(SAMPLES["long"]))
    charges = tree.all("Table")[1]
    assert len(charges.all("TR")) == 1 + 60 + 1
    assert tree.words.count("Obowiązuje od") == 1
    assert "ciąg dalszy" not in tree.words


def test_pictures_say_what_they_show(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGB", (30, 10), "red").save(logo)
    data = statement(logo=logo, payment=PAYMENT, manager='Zarząd (A) \\ "B"')
    assert [one.alt for one in tree_of(render(data)).all("Figure")] == [
        'Znak firmowy: Zarząd (A) \\ "B"',
        "Kod QR do przelewu w aplikacji banku",
    ]


def test_lines_of_a_text_are_not_read_as_one_word() -> None:
    data: Statement = SAMPLES["long"]
    assert " ".join(data.owner.split()) in tree_of(render(data)).words
