"""Digest authentication of phones: challenges, and what an answer to one is worth (RFC 7616).

SHA-256 is asked for first, MD5 behind it for phones that know nothing better (RFC 8760). A nonce
carries its own time and is signed with a key of this run, so that nothing is kept for those who
only ask; what is counted of it, is counted once somebody has proved a password with it.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from sipagent.telephony.accounts import Account

#: Seconds that a nonce is good for: as long as the longest registration, so that a refresh needs
#: no challenge of its own.
LIFE = 3600
#: Hex digits of a nonce: its time, chance, and the signature of both.
_STAMP, _CHANCE, _SIGNED = 8, 16, 32
_NONCE = re.compile(rf"[0-9a-f]{{{_STAMP + _CHANCE + _SIGNED}}}")
_COUNT = re.compile(r"[0-9a-fA-F]{8}")
_NEEDED = ("username", "nonce", "uri", "response", "cnonce", "nc")
#: By their names in a challenge.
_HASHES = {"SHA-256": "sha256", "MD5": "md5"}


class Proof(StrEnum):
    """What credentials are worth."""

    RIGHT = "right"
    #: They lack what RFC 7616 asks for with qop, or ask for a hash that was not offered.
    MALFORMED = "malformed"
    #: No such account, or not its password: nobody outside can tell which.
    WRONG = "password"
    #: The right password, but for a nonce that is too old, or of an earlier run.
    STALE = "stale"
    #: The right password, but sent once before.
    REPLAYED = "replay"


class Digests:
    """Makes challenges and judges the answers; only for use in one thread.

    Args:
        realm: what passwords hold in.
        names: of the hashes to ask for, the preferred one first.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        realm: str,
        names: Sequence[str] = tuple(_HASHES),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.realm = realm
        self.names = names
        self._clock = clock
        self._key = secrets.token_bytes(32)
        #: By nonce, the one that was used first standing first: the last count (RFC 7616, 3.4).
        self._counts: dict[str, int] = {}
        #: Whom those are compared with who have no account: the work is the same.
        self._nobody = Account.of("", secrets.token_hex(), realm=realm, extension="")

    def challenges(self, *, stale: bool = False) -> list[str]:
        """Return the values of WWW-Authenticate, one for each hash, the preferred one first."""
        nonce = self._nonce()
        tail = ", stale=true" if stale else ""
        return [
            f'Digest realm="{self.realm}", nonce="{nonce}", algorithm={name}, qop="auth"{tail}'
            for name in self.names
        ]

    def judge(self, given: Mapping[str, str], method: str, account: Account | None) -> Proof:
        """Return what credentials are worth, and count their nonce where they are right.

        Args:
            given: the parameters of Authorization.
            method: of the request.
            account: whose name they have; None: nobody's.
        """
        name = given.get("algorithm", "MD5").upper()
        whole = all(given.get(name) for name in _NEEDED) and given.get("qop") == "auth"
        if name not in self.names or not whole or not _COUNT.fullmatch(given["nc"]):
            return Proof.MALFORMED
        kind = _HASHES[name]
        asked = account if account is not None else self._nobody
        wanted = response(asked, kind, method, given)
        same = hmac.compare_digest(wanted.encode(), given["response"].lower().encode())
        if not same or account is None or account.realm != self.realm:
            return Proof.WRONG
        if not self._is_fresh(given["nonce"]):
            return Proof.STALE
        return self._count(given["nonce"], int(given["nc"], 16))

    def _count(self, nonce: str, count: int) -> Proof:
        if count <= self._counts.get(nonce, 0):
            return Proof.REPLAYED
        if nonce not in self._counts:
            self._forget()
        self._counts[nonce] = count
        return Proof.RIGHT

    def _forget(self) -> None:
        """Forget the nonces that are too old by now; such are no longer taken anyway."""
        while self._counts and not self._is_young(first := next(iter(self._counts))):
            del self._counts[first]

    def _nonce(self) -> str:
        head = f"{int(self._clock()):0{_STAMP}x}{secrets.token_hex(_CHANCE // 2)}"
        return head + self._signature(head)

    def _signature(self, head: str) -> str:
        return hmac.new(self._key, head.encode(), hashlib.sha256).hexdigest()[:_SIGNED]

    def _is_fresh(self, nonce: str) -> bool:
        if not _NONCE.fullmatch(nonce):
            return False
        signed = self._signature(nonce[: _STAMP + _CHANCE])
        return hmac.compare_digest(signed, nonce[-_SIGNED:]) and self._is_young(nonce)

    def _is_young(self, nonce: str) -> bool:
        return self._clock() - int(nonce[:_STAMP], 16) <= LIFE


def response(account: Account, kind: str, method: str, given: Mapping[str, str]) -> str:
    """Return the right response (RFC 7616, section 3.4.1) with a hash of ``hashlib``."""
    first = account.sha256 if kind == "sha256" else account.md5
    second = _hash(kind, f"{method}:{given['uri']}")
    middle = ":".join(given[name] for name in ("nonce", "nc", "cnonce", "qop"))
    return _hash(kind, f"{first}:{middle}:{second}")


def _hash(kind: str, text: str) -> str:
    return hashlib.new(kind, text.encode(), usedforsecurity=False).hexdigest()
