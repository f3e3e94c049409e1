"""Attachments: what is taken and what is refused, and that what is kept is there for good."""

import contextlib
import io
import os
import random
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from sipagent.tickets.attachments import Attachments, Offered
from sipagent.tickets.unfit import Unfit, Why
from tests.tickets.files import GOOD, ODT, PARTS, PDF, TEXT, archive, docx, m4a, odt, pdf, picture

pytestmark = pytest.mark.unit

FETCHED = '<Relationship Type="x/attachedTemplate" Target="https://evil.example/a.dotm"/>'
#: The same, as it could be hidden from who looks for it.
TEMPLATES = (
    FETCHED.replace('"', "'"),
    FETCHED.replace("https:", "&#104;ttps:"),
    FETCHED.replace("attached", "&#97;ttached"),
    FETCHED.replace("https:", "\\\\"),
    FETCHED.replace("https:", "file:"),
    FETCHED.encode("utf-16"),
)
MACROS = '<Types><Override ContentType="x.macro&#69;nabled.main+xml"/></Types>'
#: How what is packed in a PDF could be hidden from who looks for it.
HIDES = (
    *(b" " * 600 + b"/Filter", b"/A % endobj\n/Filter", b"/A (1 0 obj <<)/Filter"),
    *(b"/DecodeParms 5 0 R/Filter", b"/DecodeParms[<</Predictor 12>>]/Filter"),
)
SCRIPT = b"/S /JavaScript /JS (app.alert(1))"


@pytest.fixture
def kept(tmp_path: Path) -> Attachments:
    """Return a folder that takes three files of a megabyte."""
    return Attachments(tmp_path / "attachments", 3, 1_000_000)


def why(kept: Attachments, name: str, content: bytes) -> Why:
    """Return why a file is refused; nothing is left of it."""
    with pytest.raises(Unfit) as told:
        kept.keep([Offered(name, content)])
    assert kept.strays((), -1) == []
    assert str(told.value).isprintable()
    return told.value.why


@pytest.mark.parametrize("name", GOOD)
def test_each_kind_that_is_taken(kept: Attachments, name: str) -> None:
    (one,) = kept.keep([Offered(name, GOOD[name])])
    path = kept.content(one.file)
    assert path is not None
    assert one.size == path.stat().st_size > 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert one.name == {"kran.gif": "kran.png"}.get(name, name.lower())
    assert (kept.small(one.file) is not None) == one.picture == name.startswith("kran")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("", PDF, Why.NAME),
        ("umowa", PDF, Why.NAME),
        (".pdf", PDF, Why.NAME),
        ("umowa.pdf.", PDF, Why.NAME),
        ("umowa\x00.pdf", PDF, Why.NAME),
        ("umowa\n.pdf", PDF, Why.NAME),
        ("umowa\u202efdp.exe", PDF, Why.NAME),
        ("\u2066umowa.pdf", PDF, Why.NAME),
        ("umowa.exe", PDF, Why.KIND),
        ("umowa.pdf      .exe", PDF, Why.KIND),
        ("strona.html", b"<html>", Why.KIND),
        ("rysunek.svg", b"<svg/>", Why.KIND),
        ("paczka.zip", docx(), Why.KIND),
        ("pismo.docm", docx(), Why.KIND),
        ("pismo.doc", docx(), Why.KIND),
        ("foto.heic", b"....ftypheic", Why.HEIC),
        ("umowa.exe.pdf", PDF, Why.DOUBLE),
        ("kran.jpg.pdf", PDF, Why.DOUBLE),
        ("umowa.pdf", b"", Why.EMPTY),
        ("umowa.pdf", PDF + bytes(1_000_000), Why.SIZE),
        ("umowa.pdf", b"MZ" + PDF, Why.OTHER),
        ("umowa.pdf", TEXT, Why.OTHER),
        ("umowa.pdf", PDF.replace(b"/Type", SCRIPT), Why.ACTIVE),
        ("umowa.pdf", PDF.replace(b"/Type", b"/S /J#61va#53cript"), Why.ACTIVE),
        ("umowa.pdf", PDF.replace(b"/Type", b"/S/Launch/F(calc.exe)/Type"), Why.ACTIVE),
        ("umowa.pdf", PDF.replace(b"/Type", b"/EmbeddedFiles 3 0 R/Type"), Why.ACTIVE),
        ("umowa.pdf", pdf(SCRIPT), Why.ACTIVE),
        ("umowa.pdf", pdf(SCRIPT).replace(b"ObjStm", b"Obj#53tm"), Why.ACTIVE),
        ("umowa.pdf", pdf(SCRIPT).replace(b"Flate", b"LZW"), Why.ACTIVE),
        ("umowa.pdf", pdf(b"").replace(b"/Flate", b"/Predictor 12/Flate"), Why.DAMAGED),
        ("umowa.pdf", pdf(bytes(60_000_000)), Why.BOMB),
        ("umowa.pdf", PDF.replace(b"/Type", b"/S/Rendition/JS(app.alert(1))/Type"), Why.ACTIVE),
        ("umowa.pdf", PDF.replace(b"/Type", b"/XFA [(form) 5 0 R]/Type"), Why.ACTIVE),
        *(("umowa.pdf", pdf(SCRIPT).replace(b"/Filter", hides), Why.DAMAGED) for hides in HIDES),
        ("umowa.pdf", PDF.replace(b"/Root", b"/Encrypt 5 0 R/Root"), Why.ENCRYPTED),
        ("kran.png", picture("JPEG"), Why.OTHER),
        ("kran.png", picture()[:-30], Why.DAMAGED),
        ("kran.jpg", b"\xff\xd8\xff\xe0 no picture", Why.DAMAGED),
        ("opis.txt", b"\x00\x01\x02", Why.OTHER),
        ("opis.txt", b"#!/bin/sh\nrm -rf /\n", Why.OTHER),
        ("opis.txt", b"  <!DOCTYPE html><p>", Why.OTHER),
        ("opis.txt", "Dzień dobry <script>alert(1)</script>".encode("utf-16"), Why.OTHER),
        ("pismo.odt", docx(), Why.OTHER),
        ("pismo.docx", odt(), Why.OTHER),
        ("pismo.docx", docx()[:-40], Why.DAMAGED),
        ("pismo.odt", b"PK\x03\x04" + archive({}), Why.DAMAGED),
        ("pismo.odt", archive({"mimetype": ODT, **PARTS}, zipfile.ZIP_LZMA), Why.DAMAGED),
        ("pismo.docx", docx(**{"word__vbaProject.bin": b"x"}), Why.ACTIVE),
        ("pismo.docx", docx(**{"word__embeddings__oleObject1.bin": b"x"}), Why.ACTIVE),
        ("pismo.docx", docx(**{"word__media__image1.png": b"MZ\x90"}), Why.ACTIVE),
        ("pismo.docx", docx(**{"word__inside.dat": odt()}), Why.ACTIVE),
        ("pismo.docx", docx(word__x__rels__a="").replace(b"word/x", b"../..x"), Why.OTHER),
        ("pismo.docx", docx(word___rels__settings="", **{"a.rels": FETCHED}), Why.ACTIVE),
        *(("pismo.docx", docx(**{"a.rels": one}), Why.ACTIVE) for one in TEMPLATES),
        ("pismo.docx", docx(**{"[Content_Types].xml": MACROS}), Why.ACTIVE),
        ("pismo.docx", docx(**{"[Content_Types].xml": MACROS.encode("utf-16")}), Why.ACTIVE),
        ("pismo.docx", docx(**{"[Content_Types].xml": "<Types"}), Why.DAMAGED),
        ("pismo.odt", odt(**{"content.xml": "<a xmlns:x='s'><x:event-listener/></a>"}), Why.ACTIVE),
        ("pismo.docx", docx(**{"word__x.xml": "<event-listener/>".encode("utf-16")}), Why.DAMAGED),
        ("pismo.docx", docx(word__zeros=bytes(20_000_000)), Why.BOMB),
        ("pismo.odt", odt(Basic__Standard__m="Sub Main"), Why.ACTIVE),
        ("pismo.odt", odt(**{"META-INF__manifest.xml": "<encryption-data/>"}), Why.ENCRYPTED),
        ("szum.m4a", m4a(b"\x00\x00\x00\x18trakhdlr........vide"), Why.OTHER),
        ("szum.m4a", m4a(b"\x00\x00\xff\xffmdat"), Why.OTHER),
        ("szum.mp3", b"\xff\xfb\x90\x00" + bytes(400), Why.OTHER),
        ("szum.wav", b"RIFF....AVI LIST", Why.OTHER),
        ("szum.opus", b"OggS" + bytes(24) + b"\x80theora", Why.OTHER),
    ],
)
def test_what_is_refused(kept: Attachments, name: str, content: bytes, expected: Why) -> None:
    assert why(kept, name, content) is expected


def test_what_a_printer_and_a_template_of_the_office_leave_behind_is_taken(
    kept: Attachments,
) -> None:
    parts: dict[str, bytes | str] = {
        "xl__printerSettings__printerSettings1.bin": b"\x00",
        "word___rels__settings.xml.rels": FETCHED.replace("https://evil.example", "file:///C:"),
        "word__media__image1.svg": "<svg/>",
    }
    assert kept.keep([Offered("pismo.docx", docx(**parts))])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\Users\\Anna\\umowa.pdf", "umowa.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("skan.pdf.pdf", "skan.pdf.pdf"),
        ("umowa nr 12.2026.PDF", "umowa nr 12.2026.pdf"),
        ("z\u0301ro\u0301dło  wody\u200b.pdf", "źródło wody .pdf"),
        (f"{'a' * 300}.pdf", f"{'a' * 96}.pdf"),
    ],
)
def test_a_name_is_shown_without_its_way(kept: Attachments, name: str, shown: str) -> None:
    assert kept.keep([Offered(name, PDF)])[0].name == shown


def test_a_picture_is_made_anew_upright_and_says_nothing_of_where_it_was_made(
    kept: Attachments,
) -> None:
    facts = Image.Exif()
    facts[0x0112] = 6  # to be turned by a quarter: what was left is above
    facts[0x010F] = "Telefon Anny"
    sent = picture("JPEG", (400, 200), exif=facts, comment=b"<script>") + b"PK\x03\x04 behind it"
    (one,) = kept.keep([Offered("kran.jpg", sent)])
    path, small = kept.content(one.file), kept.small(one.file)
    assert path
    assert small
    content = path.read_bytes()
    assert not any(text in content for text in (b"Anny", b"script", b"PK\x03"))
    with Image.open(io.BytesIO(content)) as made:
        assert made.size == (200, 400)
        assert not made.getexif()
        top, bottom = made.getpixel((100, 50)), made.getpixel((100, 350))
        assert isinstance(top, tuple)
        assert isinstance(bottom, tuple)
        assert top[1] < 60
        assert bottom[1] > 200
    with Image.open(small) as made:
        assert made.format == "WEBP"


@pytest.mark.parametrize("side", [7_000, 60_000])
def test_a_picture_of_too_many_pixels_is_not_even_opened(kept: Attachments, side: int) -> None:
    head = b"IHDR" + side.to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    sum_of_it = zlib.crc32(head).to_bytes(4, "big")
    sent = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d" + head + sum_of_it + picture()[33:]
    assert why(kept, "bomba.png", sent) is Why.BOMB


def test_old_texts_are_kept_as_utf8(kept: Attachments) -> None:
    (one,) = kept.keep([Offered("opis.txt", "Zażółć gęślą jaźń".encode("cp1250"))])
    path = kept.content(one.file)
    assert path is not None
    assert path.read_text("utf-8") == "Zażółć gęślą jaźń"


def test_all_of_them_are_kept_or_none_and_of_a_mail_those_that_fit(kept: Attachments) -> None:
    good, bad = Offered("umowa.pdf", PDF), Offered("wirus.exe", b"MZ")
    with pytest.raises(Unfit, match=r"wirus\.exe"):
        kept.keep([good, bad])
    assert kept.strays((), -1) == []
    taken, refused = kept.sift([good, bad, good, good, good])
    assert [one.name for one in taken] == ["umowa.pdf"] * 3
    assert [(one.name, one.why) for one in refused] == [
        ("wirus.exe", Why.KIND), ("umowa.pdf", Why.COUNT),
    ]  # fmt: skip


def test_what_no_row_names_is_swept_up_once_it_is_old(kept: Attachments, tmp_path: Path) -> None:
    one, other = kept.keep([Offered("kran.png", picture()), Offered("umowa.pdf", PDF)])
    (tmp_path / "attachments/notes.txt").write_text("not ours")
    assert kept.strays({one.file}, 3600) == []
    assert kept.strays({one.file}, -1) == [other.file]
    kept.drop(kept.strays((), -1))
    assert os.listdir(tmp_path / "attachments") == ["notes.txt"]
    assert kept.content("../attachments/notes.txt") is None
    assert kept.content(one.file) is None


@pytest.mark.parametrize("name", GOOD)
def test_whatever_was_done_to_a_file_it_is_kept_or_refused(kept: Attachments, name: str) -> None:
    lot = random.Random(name)
    for _ in range(20):
        content = bytearray(GOOD[name])
        for _ in range(lot.randint(1, 8)):
            content[lot.randrange(len(content))] = lot.randrange(256)
        cut = lot.randrange(len(content)) if lot.random() < 0.3 else len(content)
        with contextlib.suppress(Unfit):
            kept.drop([one.file for one in kept.keep([Offered(name, bytes(content[:cut]))])])
    assert kept.strays((), -1) == []
