"""One-time codes: six digits that prove who gets the messages of an address.

A code is for one subject: the login that one browser has asked for, or one change. It holds for
``MINUTES`` and a few tries. Codes of an address, of a login and of whoever asks are counted, so
that nobody's telephone or mailbox is flooded; a login that nobody has is counted as any other is.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlite_utils

from sipagent import times

MINUTES = 15
_DIGITS, _TRIES = 6, 5
_DAY = timedelta(days=1)
#: Codes within a day for a login, for whoever asks, for both together, and to an address.
_PER_LOGIN, _PER_BROWSER, _PER_BOTH, _PER_TARGET = 30, 40, 12, 10


def free(db: sqlite_utils.Database, login: str, browser: str, now: datetime) -> bool:
    """Whether somebody may ask for a code of a login, whether or not anybody has it."""
    since = _text(now - _DAY)
    of_login, of_browser, of_both = db.execute(
        "SELECT coalesce(sum(login = :login), 0), coalesce(sum(browser = :browser), 0), "
        "coalesce(sum(login = :login AND browser = :browser), 0) FROM online_sends WHERE at > :at",
        {"login": login, "browser": browser, "at": since},
    ).fetchone()
    return (
        int(of_login) < _PER_LOGIN and int(of_browser) < _PER_BROWSER and int(of_both) < _PER_BOTH
    )


def count(db: sqlite_utils.Database, login: str, browser: str, target: str, now: datetime) -> bool:
    """Count a code that is asked for; whether it may be sent to where it is to go.

    Args:
        db: within a transaction.
        login: whose.
        browser: network that asks (``access.networks``).
        target: number or address; empty: there is none, and nothing is sent.
        now: the time.
    """
    db.execute("DELETE FROM online_sends WHERE at <= ?", [_text(now - _DAY)])
    (sent,) = db.execute(
        "SELECT count(*) FROM online_sends WHERE target = ? AND target <> ''", [target]
    ).fetchone()
    db.execute(
        "INSERT INTO online_sends (at, login, browser, target) VALUES (?, ?, ?, ?)",
        [_text(now), login, browser, target],
    )
    return bool(target) and int(sent) < _PER_TARGET


def give(db: sqlite_utils.Database, subject: str, now: datetime) -> str:
    """Return a code for a subject, in place of an earlier one; within a transaction."""
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    db.execute("DELETE FROM online_codes WHERE until <= ?", [_text(now)])
    db.execute(
        "INSERT OR REPLACE INTO online_codes (subject, hash, until, tries) VALUES (?, ?, ?, ?)",
        [subject, _digest(subject, code), _text(now + timedelta(minutes=MINUTES)), _TRIES],
    )
    return code


def take(db: sqlite_utils.Database, subject: str, typed: str, now: datetime) -> bool:
    """Whether a code is right, which it is once; a wrong one is counted. Within a transaction."""
    code = "".join(typed.split())
    row = db.execute(
        "SELECT hash FROM online_codes WHERE subject = ? AND until > ? AND tries > 0",
        [subject, _text(now)],
    ).fetchone()
    right = row is not None and secrets.compare_digest(str(row[0]), _digest(subject, code))
    if right:
        db.execute("DELETE FROM online_codes WHERE subject = ?", [subject])
    else:
        db.execute("UPDATE online_codes SET tries = tries - 1 WHERE subject = ?", [subject])
    return right


def holds(db: sqlite_utils.Database, subject: str, now: datetime) -> bool:
    """Whether a code of a subject can still be typed."""
    return bool(
        db.execute(
            "SELECT 1 FROM online_codes WHERE subject = ? AND until > ? AND tries > 0",
            [subject, _text(now)],
        ).fetchone()
    )


def grouped(code: str) -> str:
    """Return a code as people read it: ``123 456``."""
    return f"{code[:3]} {code[3:]}"


def _digest(subject: str, code: str) -> str:
    return hashlib.sha256(f"{subject}:{code}".encode()).hexdigest()


def _text(moment: datetime) -> str:
    return times.stored(moment, "seconds")
