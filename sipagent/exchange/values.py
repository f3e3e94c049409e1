"""Values of the exchange as people write them: each reader returns one, or says what is expected.

Used by pydantic: what is wrong is a ValueError with a sentence. Where a number without prefix
belongs is told by the context of the validation, ``{"country": "PL"}``.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from sipagent.e164 import EMERGENCY, to_e164
from sipagent.hours import Hours
from sipagent.messages.address import checked

LONGEST_NAME, LONGEST_TEXT = 100, 2000

_INTERNAL = re.compile(r"[0-9]{2,6}")
_SHORT_CODE = re.compile(r"(\*0[0-9]{2,3})#?")
#: Two to four digits; those that are codes of the house, or begin one, are no rooms.
_ROOM = re.compile(r"\*(?!0|2|46|55|7[0-9]$|8|97|98)[0-9]{2,4}")
_NIGHT_CODE = re.compile(r"[0-9]{1,3}")
_KEYS = re.compile(r"[0-9*#A-D,]{1,40}")
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")
_WRITTEN_PREFIX = re.compile(r"(?:\+|00)?([1-9][0-9]{0,14})")
_USER = re.compile(r"[A-Za-z0-9._~!*'()&=$,;?/%-]{1,64}")
_FILE = re.compile(r"[\w][\w .-]{0,99}\.(?:wav|mp3|ogg|flac)", re.IGNORECASE)
_HASH = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{64})?")


#: Whether conversations are recorded, and whether those who talk are told first.
Recorded = Literal["no", "announced", "unannounced"]


class Kind(StrEnum):
    """What a call can be led to; ``user:Anna Nowak`` is one of them with its name."""

    USER = "user"
    GROUP = "group"
    OUTSIDE = "outside"
    BOX = "box"
    SCENARIO = "scenario"
    QUEUE = "queue"
    ROOM = "room"


class Ref(NamedTuple):
    """Somebody or something that is led to."""

    kind: Kind
    name: str

    @classmethod
    def of(cls, text: str) -> "Ref":
        """Return what ``kind:name`` means.

        Raises:
            ValueError: it has another form.
        """
        word, colon, name = text.partition(":")
        kinds = ", ".join(f"{one}:NAME" for one in Kind)
        if not colon or word.strip() not in set(Kind):
            raise ValueError(f"{text!r} is not written as one of {kinds}")
        return cls(Kind(word.strip()), _name(name))

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.kind}:{self.name}"


#: Whoever or whatever is called: an entry of the exchange, or a number (E.164, or of emergency).
Target = Ref | str


def target_of(text: str) -> Target:
    """Return what ``user:NAME``, another such reference or a number means."""
    return Ref.of(text) if ":" in text else text


class Right(StrEnum):
    """Kinds of numbers that somebody may call; a prefix such as ``+49`` is a right as well.

    Others say what somebody may do.
    """

    INTERNAL = "internal"
    MOBILE = "mobile"
    NATIONAL = "national"
    INTERNATIONAL = "international"
    PREMIUM = "premium"
    #: To record a conversation by a key.
    RECORD = "record"
    #: Listen in on calls that go on.
    LISTEN = "listen"


def plain(text: str) -> str:
    """Return text as names are compared: single blanks, and each letter in one piece (NFC)."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _name(text: str) -> str:
    clean = _line(text, LONGEST_NAME)
    if not clean:
        raise ValueError("is empty")
    return clean


def _name_or_none(text: str) -> str:
    return _name(text) if text else text


def _line(text: str, longest: int = LONGEST_TEXT) -> str:
    clean = plain(text)
    if len(clean) > longest:
        raise ValueError(f"is longer than {longest} characters")
    if hidden := next((one for one in clean if not one.isprintable()), None):
        raise ValueError(f"has an invisible character, U+{ord(hidden):04X}")
    return clean


def _internal(text: str) -> str:
    if text.startswith("*"):
        raise ValueError(f"{text!r}: codes that begin with * are the exchange's own")
    if not _INTERNAL.fullmatch(text):
        raise ValueError(f"{text!r} is not an internal number, which has 2 to 6 digits")
    if text in EMERGENCY:
        raise ValueError(f"{text!r} is an emergency number, and must reach who helps")
    return text


def _internal_or_none(text: str) -> str:
    return _internal(text) if text else text


def _country(info: ValidationInfo) -> str:
    return str((info.context or {}).get("country", "PL"))


def _number(text: str, info: ValidationInfo) -> str:
    return to_e164(text, _country(info))


def _number_or_none(text: str, info: ValidationInfo) -> str:
    return _number(text, info) if text else text


def _trunk_number(text: str, info: ValidationInfo) -> str:
    """Return a number, or the user of a SIP address, as a trunk may have in place of one."""
    try:
        return _number(text, info)
    except ValueError:
        if text[:1] == "+" or not any(map(str.isalpha, text)) or not _USER.fullmatch(text):
            raise
        return text


def _email(text: str) -> str:
    if not text:
        return text
    try:
        return checked(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no e-mail address: {error}") from None


def _rights(found: Sequence[str]) -> tuple[str, ...]:
    for one in found:
        if one not in set(Right) and not _PREFIX.fullmatch(one):
            raise ValueError(f"{one!r} is no right; there are {', '.join(Right)}, and +PREFIX")
    return tuple(sorted(set(found)))


def _tariff_prefix(text: str) -> str:
    """Return ``+4860`` for what price lists write: ``4860``, ``004860``, ``+48 60``."""
    match = _WRITTEN_PREFIX.fullmatch(text.replace(" ", ""))
    if match is None:
        raise ValueError(f"{text!r} is no beginning of numbers such as +4860")
    return f"+{match[1]}"


def _as_usual(given: object) -> object:
    """Return that nothing is said where a limit is empty."""
    return None if given == "" else given


def _account(text: str) -> str:
    if not _ACCOUNT.fullmatch(text):
        raise ValueError(
            f"{text!r} is no account such as 101-1 or anna: small letters, digits, . _ and -"
        )
    return text


def _short_code(text: str) -> str:
    if not text:
        return text
    if match := _SHORT_CODE.fullmatch(text):
        return match[1]
    raise ValueError(f"{text!r} is no short code such as *022: *0, then 2 or 3 digits")


def _room_number(text: str) -> str:
    if not _ROOM.fullmatch(text.removesuffix("#")):
        raise ValueError(
            f"{text!r} is no number of a room such as *1234: *, then 2 to 4 digits; *70 to *79, "
            "and what begins with *0, *2, *46, *55, *8, *97 or *98, are codes"
        )
    return text.removesuffix("#")


def _night_code(text: str) -> str:
    if text and not _NIGHT_CODE.fullmatch(text):
        raise ValueError(f"{text!r} is no code of a schedule, which has 1 to 3 digits")
    return text


def _keys(text: str) -> str:
    if text and not _KEYS.fullmatch(text):
        raise ValueError(f"{text!r}: keys are 0-9, *, #, A-D, and a comma is a pause")
    return text


def _hours(text: str) -> str:
    Hours.parse(text)
    return _line(text)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"{text!r} is not a day such as 2026-12-24") from None


def _recording(text: str) -> str:
    if text and not _FILE.fullmatch(text):
        raise ValueError(
            f"{text!r} is no name of a WAV, MP3, OGG or FLAC file in the folder of announcements"
        )
    return text


def _hash(text: str) -> str:
    if not _HASH.fullmatch(text):
        raise ValueError("is not a hash in hex digits")
    return text


def _lead(text: str) -> str:
    return str(Ref.of(text))


def _member(text: str) -> str:
    ref = Ref.of(text)
    if ref.kind not in (Kind.USER, Kind.OUTSIDE):
        raise ValueError(f"{text!r}: members are user:NAME and outside:NAME")
    return str(ref)


def _leads_on(text: str) -> str:
    ref = Ref.of(text)
    if ref.kind in (Kind.SCENARIO, Kind.ROOM):
        raise ValueError(f"{text!r}: callers go on to somebody, and to no {ref.kind}")
    return str(ref)


def _one_key(text: str) -> str:
    if text and text not in set("0123456789"):
        raise ValueError(f"{text!r} is no key that callers press, 0 to 9")
    return text


def _owner(text: str) -> str:
    ref = Ref.of(text)
    if ref.kind not in (Kind.USER, Kind.GROUP):
        raise ValueError(f"{text!r}: a box belongs to user:NAME or group:NAME")
    return str(ref)


Name = Annotated[str, AfterValidator(_name)]
NameOrNone = Annotated[str, AfterValidator(_name_or_none)]
Text = Annotated[str, AfterValidator(_line)]
Internal = Annotated[str, AfterValidator(_internal)]
InternalOrNone = Annotated[str, AfterValidator(_internal_or_none)]
Number = Annotated[str, AfterValidator(_number)]
NumberOrNone = Annotated[str, AfterValidator(_number_or_none)]
TrunkNumber = Annotated[str, AfterValidator(_trunk_number)]
Email = Annotated[str, AfterValidator(_email)]
TariffPrefix = Annotated[str, AfterValidator(_tariff_prefix)]
#: What a user may use up in a day; None: as is usual on the line.
Limit = Annotated[Annotated[int, Field(ge=0, le=10**9)] | None, BeforeValidator(_as_usual)]
Rights = Annotated[tuple[str, ...], AfterValidator(_rights)]
AccountName = Annotated[str, AfterValidator(_account)]
ShortCode = Annotated[str, AfterValidator(_short_code)]
RoomNumber = Annotated[str, AfterValidator(_room_number)]
NightCode = Annotated[str, AfterValidator(_night_code)]
Keys = Annotated[str, AfterValidator(_keys)]
WeekHours = Annotated[str, AfterValidator(_hours)]
Day = Annotated[str, AfterValidator(_day)]
RecordingFile = Annotated[str, AfterValidator(_recording)]
Hash = Annotated[str, AfterValidator(_hash)]
Lead = Annotated[str, AfterValidator(_lead)]
Member = Annotated[str, AfterValidator(_member)]
Owner = Annotated[str, AfterValidator(_owner)]
LeadsOn = Annotated[str, AfterValidator(_leads_on)]
OneKey = Annotated[str, AfterValidator(_one_key)]
