"""Telling owners and offices of changes: what a crash has cut off is told later, each once."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlite_utils
import structlog

from sipagent import tasks
from sipagent.e164 import is_mobile
from sipagent.errors import DataError, SipAgentError
from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Owner
from sipagent.infoline.online.changes import Change, State, found
from sipagent.infoline.online.contacts import link_of, settle
from sipagent.infoline.online.letters import CHANGE, OnlineLetters
from sipagent.messages.message import Message
from sipagent.messages.outbox import Outbox
from sipagent.store.data import Data
from sipagent.tasks import Lasting
from sipagent.texts.outgoing import Text, TextBox
from sipagent.threads import STORE

#: Seconds after which it is looked whether there is something to make or to tell.
_EVERY = 20.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is still to be told, of which change, and to whom."""

    id: int
    event: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    mailed: bool
    texted: bool
    change: Change
    owner: Owner
    link: str


class Teller:
    """Puts letters and texts of changes into the outbox; what is asked here blocks.

    Args:
        data: with the tables of owners online.
        outbox: where letters go.
        texts: where texts go; None: none are sent.
        letters: writes them.
        clock: returns the time.
    """

    def __init__(
        self,
        data: Data,
        outbox: Outbox,
        texts: TextBox | None,
        letters: Callable[[], OnlineLetters],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._data = data
        self._outbox = outbox
        self._texts = texts
        self._letters = letters
        self._clock = clock

    def work(self) -> None:
        """Make the changes whose time has come, and tell what is not told yet."""
        settle(self._data, self._clock())
        for one in self._data.read(_open):
            try:
                self._tell(one)
            except SipAgentError as error:
                log.warning("a change is not told yet", change=one.change.id, reason=str(error))

    def _tell(self, telling: _Telling) -> None:
        """Tell of a change; a crash in between leaves what was not told for another time."""
        letters, marked = self._letters(), _Marking(telling.id)
        if not telling.mailed:
            mails = self._mails(letters, telling)
            if mails:
                _once(lambda: self._outbox.put(*mails, beside=marked.mailed))
            else:
                self._data.write(marked.mailed)
        if not telling.texted:
            texts = self._short(letters, telling) if self._texts is not None else []
            if texts and self._texts is not None:
                box = self._texts
                _once(lambda: box.put(*texts, beside=marked.texted))
            else:
                self._data.write(marked.texted)

    def _mails(self, letters: OnlineLetters, telling: _Telling) -> list[Message]:
        owner, change, event = telling.owner, telling.change, telling.event
        mails = [
            letters.change(owner, change, event, telling.link, to)
            for to in telling.emails
        ]  # fmt: skip
        office = letters.office(owner, change, event)
        return [*mails, office] if office is not None else mails

    def _short(self, letters: OnlineLetters, telling: _Telling) -> list[Text]:
        body = letters.short_change(telling.owner, telling.change, telling.event, telling.link)
        return [
            Text(to, body, f"{CHANGE}:{telling.id}:{to}", CHANGE)
            for to in telling.phones
            if is_mobile(to)
        ]


class _TooLate(SipAgentError):
    """Somebody else has told it meanwhile."""


@dataclass(frozen=True, slots=True)
class _Marking:
    """Writes down that something was told, with the messages that tell it."""

    telling: int

    def mailed(self, db: sqlite_utils.Database) -> None:
        self._mark(db, "mailed")

    def texted(self, db: sqlite_utils.Database) -> None:
        self._mark(db, "texted")

    def _mark(self, db: sqlite_utils.Database, column: str) -> None:
        done = db.execute(
            f"UPDATE owner_tellings SET {column} = 1 WHERE id = ? AND {column} = 0", [self.telling]
        )
        if not done.rowcount:
            raise _TooLate("it is told already")


def _once(put: Callable[[], object]) -> None:
    try:
        put()
    except _TooLate:
        return


def _open(db: sqlite_utils.Database) -> list[_Telling]:
    rows = db.execute(
        "SELECT id, change_id, event, emails, phones, mailed, texted FROM owner_tellings "
        "WHERE mailed = 0 OR texted = 0 ORDER BY id"
    ).fetchall()
    return [_telling(db, row) for row in rows]


def _telling(db: sqlite_utils.Database, row: tuple[int, int, str, str, str, int, int]) -> _Telling:
    key, change_id, event, emails, phones, mailed, texted = row
    change = found(db, change_id)
    owner = Directory(db).get(change.owner_id)
    if owner is None:
        raise DataError(f"change {change_id} is nobody's")
    held = event == "proved" and change.state is State.WAITING
    return _Telling(
        key,
        event,
        tuple(json.loads(emails)),
        tuple(json.loads(phones)),
        bool(mailed),
        bool(texted),
        change,
        owner,
        link_of(db, change) if held else "",
    )


def going_on(teller: Teller) -> Lasting:
    """Have a teller look now and then for as long as the line runs."""

    async def work() -> None:
        while True:
            await STORE.run(teller.work)
            await asyncio.sleep(_EVERY)

    return tasks.last(work, "owner-changes")
