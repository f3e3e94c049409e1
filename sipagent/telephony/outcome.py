"""How attempts to reach somebody end, and why calls are not taken."""

from dataclasses import dataclass
from enum import StrEnum

from sipagent.telephony.party import Caller


class Reached(StrEnum):
    """How a transfer went."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Transferred:
    """How a transfer went, and what the far end or this one said of it.

    ``way`` is ``refer`` where the peer put the caller through, ``bridge`` where the line did it
    with a second leg, and empty where there was no attempt; ``code`` is that of SIP, 0 for none.
    """

    reached: Reached
    way: str = ""
    code: int = 0
    reason: str = ""


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
