"""What a session tells of a call: from the PJSIP thread to the asyncio loop."""

from typing import Protocol

from sipagent.telephony.leg import Referral
from sipagent.telephony.quality import Quality


class SessionEvents(Protocol):
    """Is told in the asyncio loop what happens to a session."""

    def confirmed(self) -> None:
        """Both sides agree: ACK was sent or received, and audio flows."""

    def key(self, digit: str) -> None:
        """The far end pressed a key."""

    def progress(self, alerting: bool) -> None:
        """The far end has answered our INVITE, and so is there; ``alerting``: it rings (18x)."""

    def talks(self, codec: str) -> None:
        """There is audio, in a codec."""

    def early(self) -> None:
        """The far end is heard before it has answered: ringing or an announcement (183)."""

    def held(self, on: bool) -> None:
        """The far end holds (RFC 3264, section 8.4), or is back."""

    def moved(self, uri: str) -> None:
        """Whom we call has sent us on to a URI (3xx); the session ends with that."""

    def referred(self, code: int, reason: str) -> None:
        """What became of a REFER (RFC 3515): 100 it is taken, else the code of its end."""

    def asked(self, referral: Referral) -> None:
        """The far end wants to put the one that it talks to through (REFER); it has its 202."""

    def played(self, token: int, cut: bool) -> None:
        """The player with that token has ended; ``cut`` where a key stopped it."""

    def ended(
        self, by_far_end: bool, code: int, reason: str, quality: Quality | None = None
    ) -> None:
        """The call is over, and nothing else will come; ``quality`` where it had audio."""
