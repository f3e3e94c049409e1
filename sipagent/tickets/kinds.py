"""What may be attached: names that hide nothing, and content that is what its name says.

A list of what is let in, not of what is kept out. What is looked at here is only the outside of a
file; ``documents`` and ``pictures`` open what has an inside.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

from sipagent.tickets.unfit import Unfit, Why

#: Characters of a name at the most; a file system takes 255 bytes.
_LONGEST = 100
#: What turns the direction of writing around, so that ``gpj.exe`` reads ``exe.jpg`` (UAX #9).
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: Control characters that no text has.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
#: Beginnings of files that nobody may take for text.
_MARKUP = re.compile(rb"\A\s*(?:#!|<[!?]|<(?:html|script|svg|head|body|iframe)\b)", re.I)
_SCRIPT = re.compile(rb"<(?:\?php|script|iframe|object|embed|svg|html)\b", re.I)
#: Endings that do something where they are opened, or hide what they hold.
_ACTIVE_ENDINGS = re.compile(
    r"ade|adp|apk|app|appx|bash|bat|bin|chm|cmd|command|cpl|csh|dll|dmg|doc|docm|dot|dotm|"
    r"exe|gadget|gz|hta|htm|html|img|inf|iso|jar|js|jse|ksh|lnk|mht|mhtml|mjs|msc|msi|msp|"
    r"mst|php|pif|potm|ppam|pps|ppsm|ppt|pptm|ps1|psm1|py|pyw|rar|rb|reg|rtf|scf|scr|sct|"
    r"sh|shb|shs|svg|svgz|sys|tar|url|vb|vbe|vbs|vhd|vhdx|wasm|wsc|wsf|wsh|xht|xhtml|xll|"
    r"xls|xlsb|xlsm|xlt|xltm|xml|xz|z|zip|zsh|7z"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of files that is taken.

    Args:
        media: its media type (RFC 6838).
        endings: of its names.
    """

    media: str
    endings: tuple[str, ...]

    @property
    def picture(self) -> bool:
        """Whether it is looked at."""
        return self.media.startswith("image/")


PDF = Kind("application/pdf", ("pdf",))
JPEG = Kind("image/jpeg", ("jpg", "jpeg", "jpe"))
PNG = Kind("image/png", ("png",))
WEBP = Kind("image/webp", ("webp",))
GIF = Kind("image/gif", ("gif",))
TEXT = Kind("text/plain", ("txt",))
ODT = Kind("application/vnd.oasis.opendocument.text", ("odt",))
ODS = Kind("application/vnd.oasis.opendocument.spreadsheet", ("ods",))
DOCX = Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",))
XLSX = Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",))
WAV = Kind("audio/wav", ("wav",))
MP3 = Kind("audio/mpeg", ("mp3",))
OPUS = Kind("audio/ogg", ("opus", "ogg", "oga"))
M4A = Kind("audio/mp4", ("m4a",))
KINDS = (PDF, JPEG, PNG, WEBP, GIF, TEXT, ODT, ODS, DOCX, XLSX, WAV, MP3, OPUS, M4A)
OFFICE = frozenset({ODT, ODS, DOCX, XLSX})
_BY_ENDING = {ending: kind for kind in KINDS for ending in kind.endings}
#: What a file dialogue of a browser offers (HTML, ``accept``).
ACCEPTED = ",".join(f".{ending}" for ending in _BY_ENDING)


def named(name: str) -> tuple[str, Kind]:
    """Return the name that a file is kept under, and the kind that it claims.

    Raises:
        Unfit: the name hides something, or its kind is not taken.
    """
    if _TURNING & set(name) or any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise Unfit(name, Why.NAME)
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    tidy = " ".join("".join(char if char.isprintable() else " " for char in last).split())
    path = PurePosixPath(tidy)
    endings = [one.strip().removeprefix(".").strip().lower() for one in path.suffixes]
    if not endings or not endings[-1] or tidy.startswith(".") or tidy.endswith("."):
        raise Unfit(name, Why.NAME)
    if endings[-1] in ("heic", "heif"):
        raise Unfit(name, Why.HEIC)
    if (kind := _BY_ENDING.get(endings[-1])) is None:
        raise Unfit(name, Why.KIND)
    for one in endings[:-1]:
        if _ACTIVE_ENDINGS.fullmatch(one) or _BY_ENDING.get(one, kind) is not kind:
            raise Unfit(name, Why.DOUBLE)
    return f"{path.stem[: _LONGEST - len(path.suffix)]}{path.suffix.lower()}", kind


def require(kind: Kind, name: str, content: bytes) -> None:
    """Check that content begins, or altogether is, what its name says.

    Raises:
        Unfit: it is something else.
    """
    if not content:
        raise Unfit(name, Why.EMPTY)
    if not _LOOKS[kind](content):
        raise Unfit(name, Why.OTHER)


def text_of(content: bytes) -> str | None:
    """Return content as text: UTF-8, or as old Windows in Poland writes; None: it is none."""
    for encoding in ("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig",
                     "cp1250"):  # fmt: skip
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _CONTROL.search(text) else text
    return None


def _is_text(content: bytes) -> bool:
    text = text_of(content)
    if text is None:
        return False
    written = text.encode()
    return not (_MARKUP.match(written) or _SCRIPT.search(written))


def _is_wav(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WAVE" and b"fmt " in content[12:4096]


def _is_opus(content: bytes) -> bool:
    """Whether it is Opus or Vorbis in Ogg (RFC 3533, RFC 7845)."""
    begun = content[:64]
    return begun[:4] == b"OggS" and (b"OpusHead" in begun or b"\x01vorbis" in begun)


#: What says of a track that it is looked at (ISO 14496-12, section 8.4.3).
_VIDEO = re.compile(rb"hdlr.{8}vide", re.S)


def _is_m4a(content: bytes) -> bool:
    """Whether it is sound in boxes (ISO 14496-12), all of which are there."""
    if content[4:8] != b"ftyp" or content[8:12] not in (
        b"M4A ",
        b"M4B ",
        b"mp42",
        b"isom",
        b"3gp4",
    ):
        return False
    at, seen = 0, set()
    while at + 8 <= len(content):
        size, name = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(content[at + 8 : at + 16], "big")
        if size == 0:
            size = len(content) - at
        if size < 8 or not name.isascii():
            return False
        seen.add(name)
        at += size
    return at == len(content) and b"moov" in seen and not _VIDEO.search(content)


#: Kilobits a second and samples a second of MPEG-1 layer III; MPEG-2 has other tables.
_MPEG1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HERTZ = (44100, 48000, 32000)
#: Frames in a row that no other file has.
_FRAMES = 3


def _is_mp3(content: bytes) -> bool:
    """Whether frames of MPEG layer III follow each other, behind a tag (ID3v2) if any."""
    at = 0
    if content[:3] == b"ID3" and len(content) > 10:
        size = 0
        for byte in content[6:10]:
            size = size << 7 | byte & 0x7F
        at = 10 + size
    for _ in range(_FRAMES):
        if at == len(content):  # a sound of a moment
            return at > 0
        length = _mp3_frame(content[at : at + 4])
        if not length:
            return False
        at += length
    return True


def _mp3_frame(head: bytes) -> int:
    """Return the bytes of a frame (ISO 11172-3, section 2.4.1.3); 0: it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, rate, hertz = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or rate in (0, 15) or hertz == 3:
        return 0
    kbits = (_MPEG1 if version == 3 else _MPEG2)[rate]
    samples = _HERTZ[hertz] >> {3: 0, 2: 1, 0: 2}[version]
    return (144 if version == 3 else 72) * 1000 * kbits // samples + (head[2] >> 1 & 1)


_LOOKS = {
    PDF: lambda content: content[:5] == b"%PDF-" and b"%%EOF" in content[-2048:],
    JPEG: lambda content: content[:3] == b"\xff\xd8\xff",
    PNG: lambda content: content[:8] == b"\x89PNG\r\n\x1a\n",
    WEBP: lambda content: content[:4] == b"RIFF" and content[8:12] == b"WEBP",
    GIF: lambda content: content[:6] in (b"GIF87a", b"GIF89a"),
    TEXT: _is_text,
    **dict.fromkeys(OFFICE, lambda content: content[:4] == b"PK\x03\x04"),
    WAV: _is_wav,
    MP3: _is_mp3,
    OPUS: _is_opus,
    M4A: _is_m4a,
}
