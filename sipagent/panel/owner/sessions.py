"""Sessions of owners: short, and apart from those of people of the panel."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlite_utils

from sipagent import times
from sipagent.infoline.directory import Directory
from sipagent.infoline.login import Verdict, standing
from sipagent.infoline.model import Owner

#: Without a click an owner is out after so long, and in any case after the longest time.
IDLE, LONGEST = timedelta(minutes=45), timedelta(hours=10)
#: A click is noted when the last one was so long ago: not every page is a write.
_NOTED = timedelta(seconds=30)
#: Characters kept of what a browser calls itself.
_BROWSER = 200
#: Sizes of letters, the first one for whoever has chosen none.
SIZES = ("normal", "large", "largest")

_COLUMNS = "id, owner_id, began, seen, address, browser, language, size"


@dataclass(frozen=True, slots=True)
class OwnerSession:
    """An owner who is in; times are UTC."""

    id: str
    owner: Owner
    began: datetime
    seen: datetime
    address: str
    browser: str
    language: str
    size: str

    def until(self, now: datetime) -> datetime:
        """Return when it ends if nothing is clicked after ``now``."""
        return min(now + IDLE, self.began + LONGEST)


class OwnerSessions:
    """Begins, finds and ends sessions. What writes is called within a transaction."""

    def begin(
        self,
        db: sqlite_utils.Database,
        owner: Owner,
        now: datetime,
        *,
        address: str,
        browser: str,
        language: str,
    ) -> str:
        """Let an owner in, and return what the browser is to keep: never what it had before."""
        secret, at = secrets.token_urlsafe(32), times.stored(now)
        db.execute(
            f"INSERT INTO owner_sessions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [_digest(secret), owner.id, at, at, address, browser[:_BROWSER], language, SIZES[0]],
        )
        db.execute("DELETE FROM owner_sessions WHERE began < ?", [times.stored(now - LONGEST)])
        return secret

    def find(self, db: sqlite_utils.Database, secret: str, now: datetime) -> OwnerSession | None:
        """Return the session that a browser keeps; None: there is none, or it is over.

        That of an owner who was shut out meanwhile is over as well.
        """
        found = self._live(db, "id = ?", _digest(secret), now)
        return found[0] if found and standing(found[0].owner) is Verdict.ACCEPTED else None

    def of(self, db: sqlite_utils.Database, owner: Owner, now: datetime) -> list[OwnerSession]:
        """Return an owner's sessions, the one that was used last first."""
        return self._live(db, "owner_id = ? ORDER BY seen DESC", owner.id, now)

    def touch(self, db: sqlite_utils.Database, session: OwnerSession, now: datetime) -> None:
        """Note that a session is still used."""
        db.execute(
            "UPDATE owner_sessions SET seen = ? WHERE id = ?", [times.stored(now), session.id]
        )

    def stale(self, session: OwnerSession, now: datetime) -> bool:
        """Whether it is to be noted that a session is still used."""
        return now - session.seen > _NOTED

    def prefer(
        self, db: sqlite_utils.Database, session: OwnerSession, language: str, size: str
    ) -> None:
        """Keep the language and the size of letters, as checked before."""
        db.execute(
            "UPDATE owner_sessions SET language = ?, size = ? WHERE id = ?",
            [language, size, session.id],
        )

    def end(self, db: sqlite_utils.Database, owner: Owner, key: str) -> None:
        """End a session of an owner; nothing happens where it is not theirs, or over."""
        db.execute("DELETE FROM owner_sessions WHERE id = ? AND owner_id = ?", [key, owner.id])

    def end_others(
        self, db: sqlite_utils.Database, owner_id: int, session: OwnerSession | None
    ) -> None:
        """End all sessions of an owner but one of them, if that is kept."""
        db.execute(
            "DELETE FROM owner_sessions WHERE owner_id = ? AND id <> ?",
            [owner_id, "" if session is None else session.id],
        )

    def _live(
        self, db: sqlite_utils.Database, where: str, value: object, now: datetime
    ) -> list[OwnerSession]:
        rows = db.execute(f"SELECT {_COLUMNS} FROM owner_sessions WHERE {where}", [value])
        found = []
        for key, owner_id, began, seen, *rest in rows.fetchall():
            owner = Directory(db).get(owner_id)
            moments = datetime.fromisoformat(began), datetime.fromisoformat(seen)
            if owner is not None and now < min(moments[1] + IDLE, moments[0] + LONGEST):
                found.append(OwnerSession(key, owner, *moments, *rest))
        return found


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
