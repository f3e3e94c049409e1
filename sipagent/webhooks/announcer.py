"""Turns what has happened into what programs are told, once each, over restarts as well."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import sqlite_utils
import structlog
from pydantic import BaseModel

from sipagent import tasks
from sipagent.errors import SipAgentError
from sipagent.store.data import Data
from sipagent.threads import STORE
from sipagent.webhooks import subscriptions
from sipagent.webhooks.happening import Happening, Told
from sipagent.webhooks.outgoing import Announcement, WebhookBox
from sipagent.webhooks.subscriptions import TRIAL, Webhook

#: Seconds between two looks, and after one that has failed.
_LOOK, _AGAIN = 1.0, 30.0
#: What is turned together.
_BATCH = 50

log = structlog.get_logger(__name__)


class _Row(NamedTuple):
    """What has happened."""

    id: int
    key: str
    kind: str
    subject: str
    at: str


class _Nothing(BaseModel):
    """What is told only to try it."""


class Announcer:
    """Puts into the outbox what programs are to be told.

    Args:
        data: with the migrations ``webhooks``.
        box: where it goes.
        happenings: all that can happen.
    """

    def __init__(self, data: Data, box: WebhookBox, happenings: Sequence[Happening]) -> None:
        self._data = data
        self._box = box
        self._happenings = {one.kind: one for one in happenings}
        self._announcing: tasks.Lasting | None = None

    def start(self) -> None:
        """Begin, with what an earlier run has left."""
        self._announcing = tasks.last(self._announce, "webhooks")

    async def stop(self) -> None:
        """End; what is left is told after the next start. Safe to call twice."""
        announcing, self._announcing = self._announcing, None
        if announcing is not None:
            await announcing.stop()

    async def _announce(self) -> None:
        while True:
            wait = _LOOK
            try:
                await STORE.run(self.round)
            except SipAgentError as error:
                log.error("programs cannot be told; will try again", reason=str(error))
                wait = _AGAIN
            await asyncio.sleep(wait)

    def round(self) -> None:
        """Turn all that has happened, in this thread.

        Raises:
            SipAgentError: the database or the outbox cannot be used.
        """
        while rows := self._data.read(_next):
            hooks = self._data.read(subscriptions.listed)
            self._box.put(*(one for row in rows for one in self._announcements(row, hooks)))
            # A crash before this has the same put again, which the outbox knows by their keys.
            self._data.write(partial(_forget, last=rows[-1].id))

    def _announcements(self, row: _Row, hooks: Sequence[Webhook]) -> Iterator[Announcement]:
        if row.kind == TRIAL:
            told: Told | None = Told(_Nothing())
            wanting = [hook for hook in hooks if hook.name == row.subject]
        else:
            told = self._told(row)
            manager = None if told is None else told.manager
            wanting = [hook for hook in hooks if hook.wants(row.kind, manager)]
        if told is None:
            return
        document = {
            "type": row.kind,
            "timestamp": row.at,
            "data": told.document.model_dump(mode="json"),
        }
        body = json.dumps(document)
        for hook in wanting:
            yield Announcement(hook, row.key, row.kind, body, told.call)

    def _told(self, row: _Row) -> Told | None:
        """Return what is told; None: nothing, for it is not there any more, or not known."""
        happening = self._happenings.get(row.kind)
        if happening is None:
            return None
        try:
            return self._data.read(lambda db: happening.tell(db, row.subject))
        except SipAgentError:
            raise
        # One thing that cannot be told must not keep the others from being.
        except Exception:
            log.exception("something cannot be told", kind=row.kind, subject=row.subject)
            return None


def _next(db: sqlite_utils.Database) -> list[_Row]:
    rows = db.execute(
        "SELECT id, key, kind, subject, at FROM happenings ORDER BY id LIMIT ?", [_BATCH]
    )
    return [_Row(*row) for row in rows.fetchall()]


def _forget(db: sqlite_utils.Database, last: int) -> None:
    db.execute("DELETE FROM happenings WHERE id <= ?", [last])
