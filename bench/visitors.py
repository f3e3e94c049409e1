"""Callers who do what callers do, each a call from its INVITE to its end, made by hand.

A visit tells what went wrong in words, and the empty text when the caller got what he came for.
"""

import secrets
from collections.abc import Callable

from tests.calls.caller import ANNA
from tests.calls.peer import Peer

LOGIN = "100001#"
#: Seconds in which the line may be silent before a caller believes that it is gone.
_SILENCE = 8.0


class Visitor(Peer):
    """One call that remembers its keys."""

    def __init__(self, port: int) -> None:
        super().__init__(port, ANNA, f"P-Asserted-Identity: <sip:{ANNA}@127.0.0.1>")
        self.pressed = ""
        #: How the line answered the INVITE; 0 where it was not waited for.
        self.status = 0

    def come(self) -> None:
        """Call, and hear the first words."""
        self.status = self.call().status
        assert self.status == 200, f"INVITE: {self.status}"
        self.hears(_SILENCE)

    def type(self, keys: str) -> None:
        """Press keys, and remember them."""
        self.press(keys)
        self.pressed += keys

    def leave(self) -> None:
        """Hang up, and see it taken."""
        assert not self.hung_up, "the line hung up"
        assert self.hang_up().status == 200, "BYE"


def balance(caller: Visitor) -> None:
    """Log in and hear the balance."""
    caller.come()
    caller.type(LOGIN + "1")
    caller.hears(_SILENCE)
    caller.listen(4.0)
    caller.leave()


def charges_twice(caller: Visitor) -> None:
    """Log in, hear charges, hear them again, go back to the menu."""
    caller.come()
    caller.type(LOGIN + "2")
    caller.listen(3.0)
    caller.type("*")
    caller.hears(_SILENCE)
    caller.type("#")
    caller.hears(_SILENCE)
    caller.leave()


def wrong_then_right(caller: Visitor) -> None:
    """Correct a login with ``*`` before it is sent."""
    caller.come()
    caller.type("99*" + LOGIN)
    caller.hears(_SILENCE)
    caller.leave()


def held(caller: Visitor) -> None:
    """Log in, hold for two seconds, and hear the menu anew."""
    caller.come()
    caller.type(LOGIN)
    caller.hears(_SILENCE)
    for direction in ("sendonly", "sendrecv"):
        caller.send("INVITE", caller.offer(direction))
        assert caller.answered().status == 200, direction
        caller.listen(2.0)
    caller.hears(_SILENCE)
    caller.leave()


def impatient(caller: Visitor) -> None:
    """Hang up before a word is said."""
    caller.status = caller.call().status
    assert caller.status == 200, f"INVITE: {caller.status}"
    caller.leave()


def rings_off(caller: Visitor) -> None:
    """CANCEL at once; the answer may have been faster (RFC 3261, section 9.1)."""
    caller.send("INVITE", caller.offer())
    caller.send("CANCEL", same=True)
    answer = caller.answered()
    if answer.status == 200:
        caller.leave()
    else:
        assert answer.status == 487, f"CANCEL: {answer.status}"


def silent(caller: Visitor) -> None:
    """Listen for a while, and press nothing."""
    caller.come()
    caller.listen(15.0)
    caller.leave()


def busy_fingers(caller: Visitor) -> None:
    """Type everything ahead."""
    caller.come()
    caller.type(LOGIN + "1*08")
    caller.hears(_SILENCE)
    caller.leave()


VISITS: tuple[Callable[[Visitor], None], ...] = (
    balance, charges_twice, wrong_then_right, held, impatient, rings_off, silent, busy_fingers,
)  # fmt: skip


def visit(port: int, purpose: Callable[[Visitor], None]) -> tuple[Visitor, str]:
    """Make one call; return it, and what went wrong."""
    with Visitor(port) as caller:
        try:
            purpose(caller)
        except (AssertionError, OSError) as error:
            return caller, f"{purpose.__name__}: {error or type(error).__name__}"
    return caller, ""


class Nuisance(Peer):
    """Somebody in the neighbourhood who asks for what he should not."""

    def bother(self) -> None:
        """Send one strange INVITE; an answer may come, or none."""
        self.contact, extra, body = secrets.choice(self._oddities())
        self.send("INVITE", body, extra=("Content-Type: application/sdp", *extra))
        try:
            answer = self.response("INVITE")
        except TimeoutError:
            return
        self._to = f"To: {answer.header('To')}"
        self.send("ACK", same=answer.status != 200)
        if answer.status == 200:
            self.send("BYE")

    def _oddities(self) -> list[tuple[tuple[str, int] | None, tuple[str, ...], str]]:
        """Return Contact (None: the right one), header fields, and a session description."""
        plain = self.offer()
        dtls = plain.replace("RTP/AVP", "UDP/TLS/RTP/SAVPF")
        claimed = f'"a, <sip:+4860010{secrets.randbelow(10_000):04}@h>, b" <sip:+48221112233@c>'
        return [
            (None, (), dtls),
            (None, (), dtls + plain[plain.index("m=") :]),
            (None, (f"Replaces: {self.call_id};to-tag=1;from-tag=2",), plain),
            ((f"h{secrets.token_hex(4)}.example", 5060), (), plain),
            (("carrier.example", 5060), (), plain),
            (None, (f"Identity: {'x' * 6000}",), plain),
            (None, (f"P-Asserted-Identity: {claimed}",), plain),
            (None, (), plain.replace("m=audio", "m=video 0 RTP/AVP 31\r\nm=audio")),
            (None, (), plain.replace("s=-", "s=")),
            (None, (), plain.replace("IP4 127.0.0.1", "IP6 ::1")),
            (None, (), "v=0\r\n"),
        ]


def nuisance(port: int) -> None:
    """Bother the line once, and be gone."""
    with Nuisance(port) as caller:
        caller.bother()
