"""Codes of an authenticator app: TOTP (RFC 6238), six digits, SHA-1, 30 seconds."""

import base64
import hmac
import re
import secrets
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

import sqlite_utils

_PERIOD = 30
_DIGITS = 6
#: Periods around the present one whose codes are taken: clocks of phones differ.
_DRIFT = (0, -1, 1)
_ISSUER = "sipagent"
_SECRET = re.compile(r"[A-Z2-7]{32}")


def new_secret() -> str:
    """Return a secret in base32, of 160 bits (RFC 4226, section 4)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def uri(secret: str, name: str) -> str:
    """Return what an app reads from a QR code."""
    label = quote(f"{_ISSUER}:{name}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': _ISSUER})}"


def code_at(secret: str, period: int) -> str:
    """Return the code of a period (RFC 4226, section 5.3)."""
    mac = hmac.digest(base64.b32decode(secret), struct.pack(">Q", period), "sha1")
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


def matching(secret: str, code: str, now: datetime) -> int | None:
    """Return the period whose code this is; None: it is none of now."""
    typed = code.replace(" ", "")
    present = int(now.timestamp()) // _PERIOD
    for period in (present + one for one in _DRIFT):
        if hmac.compare_digest(code_at(secret, period).encode(), typed.encode()):
            return period
    return None


def accepted(db: sqlite_utils.Database, *, person: int, code: str, now: datetime) -> bool:
    """Take a code of somebody's, which counts once; within a transaction."""
    row = db.execute("SELECT totp, totp_used FROM panel_people WHERE id = ?", [person]).fetchone()
    if row is None or row[0] is None:
        return False
    secret, used = row
    period = matching(secret, code, now)
    if period is None or period <= used:
        return False
    db.execute("UPDATE panel_people SET totp_used = ? WHERE id = ?", [period, person])
    return True


def use(db: sqlite_utils.Database, person: int, secret: str, period: int) -> bool:
    """Ask somebody for codes of a secret from now on; within a transaction.

    Args:
        db: the database.
        person: who has no secret yet: whether that is so is returned.
        secret: as ``new_secret`` makes them.
        period: whose code they have shown, which counts no more.
    """
    done = db.execute(
        "UPDATE panel_people SET totp = ?, totp_used = ? WHERE id = ? AND totp IS NULL",
        [secret, period, person],
    )
    return done.rowcount == 1


def drop(db: sqlite_utils.Database, person: int) -> None:
    """Ask somebody for no code any more; within a transaction."""
    db.execute("UPDATE panel_people SET totp = NULL WHERE id = ?", [person])


def valid(secret: str) -> bool:
    """Whether this is a secret as ``new_secret`` makes them."""
    return _SECRET.fullmatch(secret) is not None
