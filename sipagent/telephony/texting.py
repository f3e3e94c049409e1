"""Texts of telephones (SIP MESSAGE, RFC 3428): what the wire and the house ask of each other."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from sipagent.telephony.party import Caller


@dataclass(frozen=True, slots=True)
class PhoneText:
    """A text that a telephone of the house or a trunk has sent.

    Args:
        key: names it: one with the same key was sent again.
        caller: who has sent it.
        called: to whom: a number, or a name.
        body: the words.
        trunk: name of the trunk that it has come over; empty: from a telephone of the house.
    """

    key: str
    caller: Caller
    called: str
    body: str
    trunk: str = ""


#: Sends a text to the phones of an account, from an internal number or another one and the name
#: beside it; returns whether one of them has taken it.
SendText = Callable[[str, str, str, str], Awaitable[bool]]


class Texting(Protocol):
    """Says which texts are taken, and takes them."""

    def judge(self, caller: Caller, called: str, trunk: str) -> int:
        """Return the code of SIP that a text is answered with, 202 where it is taken.

        It is asked in the thread of PJSIP, and so only looks at what does not change.
        """

    def take(self, text: PhoneText) -> None:
        """Take one, in the loop."""

    def reach(self, send: SendText) -> None:
        """Reach the phones of accounts by this from now on."""
