"""Accounts of phones and where they are reached: what a registrar asks of who keeps them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Account:
    """A phone that may register, as ``name`` with a password that nobody keeps.

    Args:
        name: what is typed into the phone as its user.
        realm: the hashes hold in it, and in no other.
        md5: HA1 in lower-case hex digits: MD5 of ``name:realm:password`` (RFC 7616, 3.4.2).
        sha256: the same with SHA-256.
        extension: the internal number of the user whose phone it is.
        shown: the user's name, for people.
    """

    name: str
    realm: str
    md5: str
    sha256: str
    extension: str
    shown: str = ""

    @classmethod
    def of(
        cls, name: str, password: str, *, realm: str, extension: str, shown: str = ""
    ) -> "Account":
        """Return the account of somebody who has a password."""
        secret = f"{name}:{realm}:{password}".encode()
        md5 = hashlib.md5(secret, usedforsecurity=False).hexdigest()
        return cls(name, realm, md5, hashlib.sha256(secret).hexdigest(), extension, shown)


class Accounts(Protocol):
    """Knows the phones that may register."""

    def find(self, account: str) -> Account | None:
        """Return the account of a name, exactly as it is written.

        It is asked at each REGISTER and INVITE of a phone, in the thread of PJSIP, for which all
        calls wait: it answers from memory, and needs no loop.
        """


@dataclass(frozen=True, slots=True)
class Binding:
    """Where an account is reached (RFC 3261, section 10; RFC 3327; RFC 5626).

    Args:
        account: its name.
        contact: the URI of its Contact with all parameters, byte for byte.
        expires: until when, with an offset.
        call_id: of the REGISTER that has made it.
        cseq: of the same one.
        source: the address that it came from, ``192.0.2.7:5060``.
        transport: ``udp``, ``tcp`` or ``tls``.
        path: the URIs to go through, in the order of their header fields.
        instance: ``+sip.instance`` of the device as it came, and behind it the ``reg-id`` of the
            way, where it says one (RFC 5626); empty where it says none.
        user_agent: what the phone calls itself.
    """

    account: str
    contact: str
    expires: datetime
    call_id: str
    cseq: int
    source: str
    transport: str
    path: Sequence[str] = ()
    instance: str = ""
    user_agent: str = ""


class Bindings(Protocol):
    """Keeps bindings over a restart: one for each account and contact."""

    async def load(self) -> Sequence[Binding]:
        """Return all that are kept, also those that are over."""

    def put(self, binding: Binding) -> None:
        """Keep a binding soon, in place of the one with its account and contact."""

    def drop(self, account: str, contact: str) -> None:
        """Forget a binding soon; nothing happens where there is none."""
