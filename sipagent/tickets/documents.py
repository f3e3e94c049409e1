"""Documents that are attached: nothing in them runs, is encrypted, or grows beyond all bounds."""

import io
import re
import zipfile
import zlib
from xml.etree import ElementTree

from sipagent.tickets.kinds import DOCX, ODS, ODT, PDF, Kind
from sipagent.tickets.unfit import Unfit, Why

#: Bytes of all that a document holds once it is unpacked, how often it may grow, and its parts.
_MOST_BYTES, _MOST_GROWTH, _MOST_PARTS = 200_000_000, 400, 5000
#: A document below so many bytes may grow as it likes: a blank table shrinks to almost nothing.
_SMALL = 5_000_000
#: Bytes of the packed objects of a PDF.
_MOST_OBJECTS = 50_000_000
_CHUNK, _OVERLAP = 1 << 16, 1 << 12
#: Bytes of the list of parts that are looked at.
_MANIFEST = 1 << 20
#: Beginnings of what runs, or hides what it holds: DOS, ELF, Mach-O, OLE, ZIP, RAR, 7-Zip, Java.
_HIDDEN = (
    *(b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"Rar!"),
    *(b"7z\xbc\xaf", b"\xca\xfe\xba\xbe", b"#!"),
)
#: Parts that hold macros, controls and other files, by name; what printers keep does not run.
_ACTIVE_PARTS = re.compile(
    r"vbaproject|vbadata|activex|/embeddings/|(?:^|/)(?:basic|scripts)/|"
    r"(?<!printersettings)(?<!printersettings\d)(?<!printersettings\d\d)\.bin$|"
    r"\.(?:exe|dll|js|vbs|jar|zip|docm|xlsm|html?)$",
    re.I,
)
#: What parts in XML say that does something, whatever the names of their name spaces.
_ACTIVE_WORDS = re.compile(rb"<(?:[\w.-]+:)?(?:event-listener\b|scripts>\s*<)", re.I)
#: What descriptions of a document say of its parts, and bytes of such a description.
_DESCRIPTIONS = ("[Content_Types].xml", ".rels")
_ACTIVE_TYPES = re.compile(r"macroEnabled|vbaProject|activeX|oleObject", re.I)
_MOST_DESCRIBED = 1_000_000
#: A template that is fetched from elsewhere brings its macros along; of this disk many have one.
_OF_THIS_DISK = re.compile(r"file:///[A-Za-z]:|(?![\\/]{2})[^:]*\Z")
#: What a PDF does by itself, or carries (ISO 32000-2, sections 12.6.4 and 7.11.4).
_ACTIVE_PDF = re.compile(
    rb"/(?:JavaScript|Rendition|OnInstantiate|Launch|EmbeddedFiles?|RichMedia|SubmitForm|"
    rb"ImportData|XFA(?=\s*[\[\d]))(?![A-Za-z])"
)
_ENCRYPTED_PDF = re.compile(rb"/Encrypt(?![A-Za-z])")
#: Where a stream begins; what it is says the dictionary before it (section 7.3.8).
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
#: Objects that stand packed in a stream (section 7.5.7), and how they may be packed.
_PACKED = re.compile(rb"/ObjStm(?![A-Za-z])")
_FILTER, _PREDICTED = re.compile(rb"/Filter"), re.compile(rb"/Predictor\s+(?!1\b)")
#: The whole dictionary of such a stream, in which nothing hides or stands elsewhere.
_DESCRIBED = re.compile(rb"\A[^(]*(?<![^\r\n])[^%(\r\n]*\bobj\s*<<[^%(]*>>\s*\Z")
_ELSEWHERE = re.compile(rb"/(?:Filter|DecodeParms)\s*\[?\s*\d")
#: Bytes of a dictionary that are looked at, and streams at the most.
_DICTIONARY, _MOST_STREAMS = 500, 50_000
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")


def require(kind: Kind, name: str, content: bytes) -> None:
    """Check what a document holds.

    Raises:
        Unfit: it does something, hides something, or is damaged.
    """
    if kind is PDF:
        _require_pdf(name, content)
    else:
        _require_office(kind, name, content)


def _require_pdf(name: str, content: bytes) -> None:
    plain = _spelt_out(content)
    if _ENCRYPTED_PDF.search(plain):
        raise Unfit(name, Why.ENCRYPTED)
    if _ACTIVE_PDF.search(plain):
        raise Unfit(name, Why.ACTIVE)
    grown = seen = 0
    for number, found in enumerate(_STREAM.finditer(content)):
        if number >= _MOST_STREAMS:
            raise Unfit(name, Why.BOMB)
        written = content[max(0, found.start() - _DICTIONARY) : found.start()]
        written = written.rpartition(b"endobj")[2]
        described = _spelt_out(written)
        if not _PACKED.search(described):
            continue
        seen += len(_PACKED.findall(described))
        # Names would not be found.
        if _DESCRIBED.search(written) is None or not _is_plain(described):
            raise Unfit(name, Why.DAMAGED)
        objects = _inflated(name, content, found.end(), _MOST_OBJECTS - grown)
        grown += len(objects)
        if _ACTIVE_PDF.search(_spelt_out(objects)):
            raise Unfit(name, Why.ACTIVE)
    if seen != len(_PACKED.findall(plain)):
        raise Unfit(name, Why.DAMAGED)


def _is_plain(described: bytes) -> bool:
    """Whether all is seen of how a stream is packed: by zlib, and nothing else."""
    return (
        _FILTER.search(described) is not None
        and not _PREDICTED.search(described)
        and not _ELSEWHERE.search(described)
    )


def _spelt_out(content: bytes) -> bytes:
    """Return content whose names have letters in place of their codes (section 7.3.5)."""
    return _HEX.sub(lambda one: bytes([int(one[1], 16)]), content)


def _inflated(name: str, content: bytes, at: int, most: int) -> bytes:
    """Return what is packed from a place on, chunk by chunk: zlib copies what is left of each."""
    work, objects = zlib.decompressobj(), bytearray()
    while not work.eof:
        packed = work.unconsumed_tail or content[at : at + _CHUNK]
        at += 0 if work.unconsumed_tail else _CHUNK
        try:
            objects += work.decompress(packed, most + 1 - len(objects))
        except zlib.error:
            raise Unfit(name, Why.DAMAGED) from None
        if not work.eof and (len(objects) > most or not packed):
            raise Unfit(name, Why.BOMB if packed else Why.DAMAGED)
    return bytes(objects)


def _require_office(kind: Kind, name: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            _require_bounds(name, parts, len(content))
            _require_structure(kind, name, archive)
            for part in parts:
                _require_part(name, archive, part)
    except Unfit:
        raise
    # Broken archives raise whatever they like.
    except Exception:
        raise Unfit(name, Why.DAMAGED) from None


def _require_bounds(name: str, parts: list[zipfile.ZipInfo], size: int) -> None:
    whole = sum(part.file_size for part in parts)
    if len(parts) > _MOST_PARTS or whole > _MOST_BYTES or whole > max(_SMALL, size * _MOST_GROWTH):
        raise Unfit(name, Why.BOMB)
    if any(part.flag_bits & 1 for part in parts):
        raise Unfit(name, Why.ENCRYPTED)
    for part in parts:
        # Whatever else there is to unpack with takes as much memory as a file says.
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unfit(name, Why.DAMAGED)
        if _ACTIVE_PARTS.search(part.filename):
            raise Unfit(name, Why.ACTIVE)
        if part.filename.startswith("/") or ".." in part.filename.split("/"):
            raise Unfit(name, Why.OTHER)


def _require_structure(kind: Kind, name: str, archive: zipfile.ZipFile) -> None:
    """Check that an archive is the document that it claims to be (ODF 1.3 part 2; ECMA-376)."""
    there = set(archive.namelist())
    if kind in (ODT, ODS):
        first = archive.infolist()[0]
        good = (
            first.filename == "mimetype"
            and first.file_size == len(kind.media)
            and archive.read(first) == kind.media.encode()
            and {"content.xml", "META-INF/manifest.xml"} <= there
        )
        if good:
            with archive.open("META-INF/manifest.xml") as manifest:
                if b"encryption-data" in manifest.read(_MANIFEST):
                    raise Unfit(name, Why.ENCRYPTED)
    else:
        main = "word/document.xml" if kind is DOCX else "xl/workbook.xml"
        good = {"[Content_Types].xml", "_rels/.rels", main} <= there
    if not good:
        raise Unfit(name, Why.OTHER)


def _require_part(name: str, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Read a part to its end, where its sum is checked; keep none of it."""
    if part.filename.endswith(_DESCRIPTIONS):
        _require_description(name, archive, part)
    in_xml, before = part.filename.lower().endswith((".xml", ".rels")), b""
    with archive.open(part) as content:
        while chunk := content.read(_CHUNK):
            if not before and chunk.startswith(_HIDDEN):
                raise Unfit(name, Why.ACTIVE)
            # Words are found in UTF-8 only, in which all programs write.
            if in_xml and b"\0" in chunk:
                raise Unfit(name, Why.DAMAGED)
            if in_xml and _ACTIVE_WORDS.search(before + chunk):
                raise Unfit(name, Why.ACTIVE)
            before = chunk[-_OVERLAP:]


def _require_description(name: str, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Check what a document says of its parts, as a program reads it (ECMA-376 part 2)."""
    if part.file_size > _MOST_DESCRIBED:
        raise Unfit(name, Why.BOMB)
    try:
        said = list(ElementTree.fromstring(archive.read(part)).iter())
    except ElementTree.ParseError:
        raise Unfit(name, Why.DAMAGED) from None
    for one in said:
        if any(_ACTIVE_TYPES.search(value) for value in one.attrib.values()):
            raise Unfit(name, Why.ACTIVE)
        is_template = "attachedtemplate" in one.get("Type", "").lower()
        if is_template and not _OF_THIS_DISK.match(one.get("Target", "")):
            raise Unfit(name, Why.ACTIVE)
