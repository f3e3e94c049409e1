"""The parties of a call, as far as the network or the house knows them."""

import re
from dataclasses import dataclass
from enum import StrEnum

from sipagent.e164 import EMERGENCY
from sipagent.errors import CallError

#: A SIP URI that can be called: with a user, without header fields (RFC 3261, section 19.1).
SIP_URI = re.compile(
    r"(?P<scheme>sips?):(?P<user>[\w.!~*'()&=+$,;?/%-]+)@"
    r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?"
    r"(?:;transport=(?:udp|tcp|tls))?",
    re.IGNORECASE | re.ASCII,
)
_E164 = re.compile(r"\+[1-9]\d{3,14}", re.ASCII)
_NUMBER = re.compile(rf"{_E164.pattern}|{'|'.join(sorted(EMERGENCY))}", re.ASCII)
_EXTENSION = re.compile(r"\*?\d{2,6}", re.ASCII)
#: How long a name may be that is shown.
_LONGEST_NAME = 100


class Verstat(StrEnum):
    """What a network says of its check of a calling number (STIR; TS 24.229), the worst first."""

    FAILED = "TN-Validation-Failed"
    NONE = "No-TN-Validation"
    PASSED = "TN-Validation-Passed"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as the network says.

    ``number`` is E.164 with ``+``, or None for a hidden, missing or unusable number.
    ``asserted`` is true where the number comes from P-Asserted-Identity (RFC 3325) of a trusted
    peer; false where it is only what the From header says. ``verstat`` is what a trusted peer says
    of its check, None for nothing. ``extension`` is the internal number of who calls from a phone
    of the house that has proved its password; empty for all others.
    """

    number: str | None
    asserted: bool = False
    name: str = ""
    verstat: Verstat | None = None
    extension: str = ""


class TargetRefused(CallError):
    """A target that must not or cannot be called; the text says why."""

    code = "target-refused"


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who can be called, at one address, and the name by which they are shown.

    Args:
        number: E.164 with ``+``, or that of an emergency service.
        extension: an internal number, two to six digits; those of rooms begin with ``*``.
        uri: a SIP URI with a user.
        name: for people; printable, of at most 100 characters.
        contact: where of several places an extension is called: a URI that a registrar has made.

    Raises:
        TargetRefused: it has not just one address, or one of its values cannot be used.
    """

    number: str = ""
    extension: str = ""
    uri: str = ""
    name: str = ""
    contact: str = ""

    def __post_init__(self) -> None:
        given = [one for one in (self.number, self.extension, self.uri) if one]
        if len(given) != 1:
            raise TargetRefused(f"a party has one address, not {len(given)}: {', '.join(given)}")
        for text, shape, what in (
            (self.number, _NUMBER, "a number such as +48221234567"),
            (self.extension, _EXTENSION, "an extension such as 1001"),
            (self.uri, SIP_URI, "a SIP URI such as sip:biuro@example.org"),
        ):
            if text and not shape.fullmatch(text):
                raise TargetRefused(f"{text!r} is not {what}")
        if self.contact and not self.extension:
            raise TargetRefused(f"{self.contact} belongs to no extension")
        if not self.name.isprintable() or len(self.name) > _LONGEST_NAME:
            raise TargetRefused(f"{self.name[:_LONGEST_NAME]!r} cannot be shown as a name")

    @classmethod
    def of(cls, address: str, name: str = "") -> "Party":
        """Return the party at a number (E.164) or a SIP URI, as settings and contracts give them.

        Raises:
            TargetRefused: it is neither.
        """
        if is_sip_uri(address):
            return cls(uri=address, name=name)
        if _E164.fullmatch(address):
            return cls(number=address, name=name)
        raise TargetRefused(f"{address!r} is neither a number such as +48221234567 nor a SIP URI")

    @property
    def address(self) -> str:
        """Where it is called: its number, extension or URI."""
        return self.number or self.extension or self.uri

    def __str__(self) -> str:
        """Return how records show it: ``Biuro <+48221234567>``, or the address alone."""
        return f"{self.name} <{self.address}>" if self.name else self.address


def is_extension(text: str) -> bool:
    """Whether a text is an internal number, or a short code such as ``*022``."""
    return _EXTENSION.fullmatch(text) is not None


def is_sip_uri(text: str) -> bool:
    """Whether a text is a SIP URI with a user that a call can be put through to."""
    return SIP_URI.fullmatch(text) is not None
