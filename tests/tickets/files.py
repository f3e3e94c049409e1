"""Files that tests attach: good ones of each kind, and what somebody hostile makes of them."""

import io
import zipfile
import zlib

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj <</Type/Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
TEXT = "Cieknie woda w łazience.\n".encode()
ODT = "application/vnd.oasis.opendocument.text"


#: What a document of LibreOffice has, besides what it says it is.
PARTS: dict[str, bytes | str] = {
    "content.xml": "<office:document-content/>",
    "META-INF/manifest.xml": "<manifest:manifest/>",
}


def picture(kind: str = "PNG", size: tuple[int, int] = (30, 20), **options: object) -> bytes:
    """Return a picture whose left half is red."""
    image = Image.new("RGB", size, "white")
    image.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def archive(parts: dict[str, bytes | str], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a ZIP of parts, packed but for the first one."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as made:
        for name, content in parts.items():
            first = name == next(iter(parts))
            made.writestr(name, content, zipfile.ZIP_STORED if first else None)
    return file.getvalue()


def odt(media: str = ODT, **more: bytes | str) -> bytes:
    """Return a document of LibreOffice, and parts besides (``__`` in a name is a slash)."""
    parts = {"mimetype": media, **PARTS}
    return archive(parts | {name.replace("__", "/"): part for name, part in more.items()})


def docx(**more: bytes | str) -> bytes:
    """Return a document of Word, and parts besides."""
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": "<Relationships/>",
        "word/document.xml": "<w:document/>",
    }
    return archive(parts | {name.replace("__", "/"): part for name, part in more.items()})


def xlsx() -> bytes:
    """Return a workbook."""
    names = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
    return archive(dict.fromkeys(names, "<x/>"))


def pdf(objects: bytes) -> bytes:
    """Return a PDF some objects of which are packed into a stream."""
    packed = zlib.compress(objects)
    head = b"<</Type/ObjStm/Filter/FlateDecode>> stream\n"
    return PDF.replace(b"trailer", b"2 0 obj " + head + packed + b"\nendstream endobj trailer")


def wav() -> bytes:
    """Return a moment of silence."""
    return b"RIFF\x2c\x00\x00\x00WAVEfmt " + bytes(28)


def mp3() -> bytes:
    """Return three frames of 128 kbit/s behind an empty tag."""
    return b"ID3\x04\x00\x00\x00\x00\x00\x00" + (b"\xff\xfb\x90\x00" + bytes(413)) * 3


def m4a(more: bytes = b"") -> bytes:
    """Return boxes of a sound without sound."""
    return b"\x00\x00\x00\x10ftypM4A \x00\x00\x00\x00" + b"\x00\x00\x00\x08moov" + more


OPUS = b"OggS" + bytes(24) + b"OpusHead" + bytes(20)
#: One of each kind that is taken, by a name.
GOOD = {
    "umowa.pdf": PDF,
    "kran.jpg": picture("JPEG"),
    "kran.PNG": picture(),
    "kran.webp": picture("WEBP"),
    "kran.gif": picture("GIF"),
    "opis.txt": TEXT,
    "pismo.odt": odt(),
    "arkusz.ods": odt("application/vnd.oasis.opendocument.spreadsheet"),
    "pismo.docx": docx(),
    "arkusz.xlsx": xlsx(),
    "szum.wav": wav(),
    "szum.mp3": mp3(),
    "szum.opus": OPUS,
    "szum.m4a": m4a(),
}
