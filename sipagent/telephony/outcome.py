"""How attempts to reach somebody end, and why calls are not taken."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from sipagent.telephony.party import Caller

#: SIP codes (RFC 3261, section 21) and what they mean to who waits. 603 is a pressed "decline".
_BUSY = frozenset({486, 600, 603})
_NO_ANSWER = frozenset({408, 480, 487})


class Reached(StrEnum):
    """How an attempt to reach somebody went."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"


def reached(code: int) -> Reached:
    """Return what the final SIP code of a call means to who has made it; 0: there was none."""
    if 200 <= code < 300:
        return Reached.ANSWERED
    if code in _BUSY:
        return Reached.BUSY
    return Reached.NO_ANSWER if code in _NO_ANSWER else Reached.FAILED


class Ended(NamedTuple):
    """How a leg ended: by whom (``caller``: the far end), with which SIP code and reason."""

    by: Literal["caller", "agent"]
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a call is ended, for who is called (RFC 3326): a SIP code and words for it."""

    code: int
    text: str


#: Somebody else has taken the call: telephones count no missed one then.
ELSEWHERE = Cause(200, "Call completed elsewhere")


class Status(NamedTuple):
    """What became of a REFER so far (RFC 3515): a SIP code, final from 200 on, and its reason."""

    code: int
    reason: str


class Refused(StrEnum):
    """Why a call could not be taken; what is none of these is said in the words of PJSIP."""

    CODEC = "codec"
    FAMILY = "address family"
    KEYS = "encryption without keys"
    PLAIN = "no encryption"
    ENCRYPTED = "encryption"
    AUDIO = "no audio"
    DESCRIPTION = "session description"


@dataclass(frozen=True, slots=True)
class RefusedCall:
    """An INVITE that was refused before anybody could take it as a call."""

    id: str
    caller: Caller
    called: str
    #: Name of the trunk that it came over; empty for a direct caller.
    trunk: str
    #: Its Call-ID.
    sip_id: str
    #: What it was answered with (RFC 3261, section 21.4), and why.
    code: int
    reason: str
