"""Answers that are kept: who asks again under the same key is not served twice.

The key is that of ``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header). A row stands
before anything is done, so that of two requests that come together one is served; it has no
answer where the panel was stopped in between, or the line broke off its own, and then nobody can
tell what was done.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlite_utils

from sipagent import times
from sipagent.panel.api.endpoint import Failed
from sipagent.panel.api.tokens import Token

#: How long an answer is kept.
_KEPT = timedelta(hours=24)
#: This process: what another one has begun and not answered, it never will.
_PROCESS = secrets.token_hex(8)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, in JSON."""

    status: int
    body: bytes


def begun(
    db: sqlite_utils.Database, token: Token, key: str, digest: str, now: datetime
) -> Answer | None:
    """Note that a request is served from now on; return what it was answered before.

    Called within a transaction.

    Raises:
        Failed: it is being served, or was another one, or nobody knows what became of it.
    """
    db.execute("DELETE FROM api_answers WHERE at < ?", [times.stored(now - _KEPT)])
    row = db.execute(
        "SELECT digest, process, status, body FROM api_answers WHERE token_id = ? AND key = ?",
        [token.id, key],
    ).fetchone()
    if row is None:
        db.execute(
            "INSERT INTO api_answers (token_id, key, digest, process, at) VALUES (?, ?, ?, ?, ?)",
            [token.id, key, digest, _PROCESS, times.stored(now)],
        )
        return None
    before, process, status, body = row
    if before != digest:
        raise Failed(422, "key-used", "this Idempotency-Key was used for another request")
    if status is not None:
        return Answer(status, body)
    if process == _PROCESS:
        headers = {"retry-after": "1"}
        raise Failed(409, "served", "this request is being served", headers=headers)
    raise Failed(
        409,
        "unknown",
        "this request was broken off while it was served: look whether it was done, and if not, "
        "ask with another Idempotency-Key",
    )


def keep(db: sqlite_utils.Database, token: Token, key: str, answer: Answer) -> None:
    """Keep what was answered; within a transaction."""
    db.execute(
        "UPDATE api_answers SET status = ?, body = ? WHERE token_id = ? AND key = ?",
        [answer.status, answer.body, token.id, key],
    )


def lose(db: sqlite_utils.Database, token: Token, key: str) -> None:
    """Note that nobody knows whether a request was done; within a transaction."""
    db.execute(
        "UPDATE api_answers SET process = '' WHERE token_id = ? AND key = ?", [token.id, key]
    )


def forget(db: sqlite_utils.Database, token: Token, key: str) -> None:
    """Forget a request that was not done: it may come again; within a transaction."""
    db.execute("DELETE FROM api_answers WHERE token_id = ? AND key = ?", [token.id, key])
