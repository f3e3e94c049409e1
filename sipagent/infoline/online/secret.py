"""What only this line can have written: marks made with a secret of its database."""

import base64
import hashlib
import hmac

import sqlite_utils

#: Bytes of a mark: nobody guesses one of 128 bits.
_BYTES = 16


def mark(db: sqlite_utils.Database, *parts: str) -> bytes:
    """Return the mark of a text, always the same for the same parts (HMAC, RFC 2104)."""
    (secret,) = db.execute("SELECT secret FROM online_secret").fetchone()
    return hmac.digest(str(secret).encode(), "\0".join(parts).encode(), hashlib.sha256)


def written(db: sqlite_utils.Database, *parts: str) -> str:
    """Return a mark as it stands in links and forms."""
    return base64.urlsafe_b64encode(mark(db, *parts)[:_BYTES]).rstrip(b"=").decode()


def fits(db: sqlite_utils.Database, given: str, *parts: str) -> bool:
    """Whether a mark that somebody brings is that of a text."""
    return hmac.compare_digest(given.encode(), written(db, *parts).encode())
