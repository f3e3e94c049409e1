"""Sessions: who is in, on the server; the browser keeps a number that says nothing."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlite_utils

from sipagent import times
from sipagent.config_panel import PanelSection
from sipagent.panel import people
from sipagent.panel.passes import digest
from sipagent.panel.people import Person
from sipagent.panel.permissions import Role

#: Who has not given the second proof after so long begins anew.
_SECOND_PROOF = timedelta(minutes=5)
#: A click is noted when the last one was so long ago: not every page is a write.
_NOTED = timedelta(minutes=1)
#: Characters kept of what a browser calls itself.
_BROWSER = 200


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is in; times are UTC."""

    id: str
    person: Person
    #: Whether the second proof was given, or none is asked for.
    proved: bool
    began: datetime
    seen: datetime
    address: str
    browser: str


class Sessions:
    """Begins, finds and ends sessions. What writes is called within a transaction.

    Args:
        settings: how long they last.
    """

    def __init__(self, settings: PanelSection) -> None:
        self._settings = settings

    def begin(
        self,
        db: sqlite_utils.Database,
        person: Person,
        now: datetime,
        *,
        proved: bool,
        address: str,
        browser: str,
    ) -> str:
        """Let somebody in, and return what their browser is to keep: never what it had before."""
        secret = secrets.token_urlsafe(32)
        at = times.stored(now)
        db.execute(
            "INSERT INTO panel_sessions (id, person_id, proved, began, seen, address, browser) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [digest(secret), person.id, proved, at, at, address, browser[:_BROWSER]],
        )
        self._clean(db, now)
        return secret

    def find(self, db: sqlite_utils.Database, secret: str, now: datetime) -> Session | None:
        """Return the session that a browser keeps; None: there is none, or it is over."""
        rows = db.execute(
            "SELECT id, person_id, proved, began, seen, address, browser "
            "FROM panel_sessions WHERE id = ?",
            [digest(secret)],
        ).fetchall()
        return next(iter(self._live(db, rows, now)), None)

    def of(self, db: sqlite_utils.Database, person: Person, now: datetime) -> list[Session]:
        """Return somebody's sessions, the one that was used last first."""
        rows = db.execute(
            "SELECT id, person_id, proved, began, seen, address, browser "
            "FROM panel_sessions WHERE person_id = ? ORDER BY seen DESC",
            [person.id],
        ).fetchall()
        return self._live(db, rows, now)

    def stale(self, session: Session, now: datetime) -> bool:
        """Whether it is to be noted that a session is still used."""
        return now - session.seen > _NOTED

    def touch(self, db: sqlite_utils.Database, session: Session, now: datetime) -> None:
        """Note that a session is still used."""
        db.execute(
            "UPDATE panel_sessions SET seen = ? WHERE id = ?", [times.stored(now), session.id]
        )

    def end(self, db: sqlite_utils.Database, person: Person, key: str) -> None:
        """End a session of somebody's; nothing happens where it is not theirs, or over."""
        db.execute("DELETE FROM panel_sessions WHERE id = ? AND person_id = ?", [key, person.id])

    def end_others(self, db: sqlite_utils.Database, session: Session) -> None:
        """End all sessions of somebody but this one."""
        db.execute(
            "DELETE FROM panel_sessions WHERE person_id = ? AND id <> ?",
            [session.person.id, session.id],
        )

    def _live(
        self, db: sqlite_utils.Database, rows: list[tuple[str, ...]], now: datetime
    ) -> list[Session]:
        found = []
        for key, person_id, proved, began, seen, address, browser in rows:
            person = people.of_id(db, int(person_id))
            if person is not None:
                moments = datetime.fromisoformat(began), datetime.fromisoformat(seen)
                found.append(Session(key, person, bool(proved), *moments, address, browser))
        return [one for one in found if self._lasts(one, now)]

    def _lasts(self, session: Session, now: datetime) -> bool:
        if not session.proved:
            return now - session.began < _SECOND_PROOF
        settings = self._settings
        idle, longest = settings.idle, settings.longest
        if session.person.role is Role.ADMINISTRATOR:
            idle = min(idle, settings.idle_administrator)
            longest = min(longest, settings.longest_administrator)
        return (
            now - session.seen < timedelta(minutes=idle)
            and now - session.began < timedelta(hours=longest)
        )  # fmt: skip

    def _clean(self, db: sqlite_utils.Database, now: datetime) -> None:
        """Forget what is over for everybody."""
        longest = times.stored(now - timedelta(hours=self._settings.longest))
        db.execute("DELETE FROM panel_sessions WHERE began < ?", [longest])
        db.execute("DELETE FROM panel_tickets WHERE until < ?", [times.stored(now)])
