"""The parties of a call, as far as the network or the house knows them."""

from dataclasses import dataclass
from enum import StrEnum


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
    of its check, None for nothing.
    """

    number: str | None
    asserted: bool = False
    name: str = ""
    verstat: Verstat | None = None
