"""Recordings as they are kept, from their first second on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlite_utils

from sipagent import times
from sipagent.errors import DataError
from sipagent.exchange.about import About
from sipagent.exchange.recording.uses import Use, Used, done_since, note
from sipagent.store.database import writing


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is known of a recording when it begins.

    Args:
        call: the record of the call.
        why: what says that it is recorded (``policy.Rule``).
        announced: whether everybody was told.
        left_party: who is heard on the left.
        right_party: who is on the right.
        user: whose call it is.
        about: what it belongs to besides.
        language: of what the caller hears.
        file: its name in ``paths.recordings``.
        key: of the file, sealed; None: the file is not.
    """

    call: str
    why: str
    announced: bool
    left_party: str
    right_party: str
    user: str
    about: About
    language: str
    file: str
    key: bytes | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording as it is kept; ``ended`` is None as long as it goes on."""

    id: int
    call: str
    started: str
    ended: str | None
    seconds: float
    missing: float
    why: str
    announced: bool
    left_party: str
    right_party: str
    user: str
    queue: str
    room: str
    number: str
    language: str
    file: str
    key: bytes | None
    transcription: str
    transcript: str

    @property
    def sealed(self) -> bool:
        """Whether its file is."""
        return self.key is not None


@dataclass(frozen=True, slots=True)
class Happened:
    """What has happened in a recording, so many seconds after its beginning."""

    at: float
    kind: str
    details: str


#: A browser asks for sound in parts, again and again: that is heard once.
_LISTENING = timedelta(minutes=15)
#: Written beside the calls, by whoever goes on.
EVENT = "INSERT INTO recording_events (recording, at, kind, details) VALUES (?, ?, ?, ?)"

_FIELDS = tuple(Kept.__dataclass_fields__)
_COLUMNS = ", ".join(_FIELDS)


class Recordings:
    """The recordings of a line, as a connection sees them.

    Args:
        db: with the migrations ``recording``.
        clock: returns the time.
    """

    def __init__(
        self,
        db: sqlite_utils.Database,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.db = db
        self._clock = clock

    def begin(self, what: Beginning) -> int:
        """Write down that a recording begins; return its number."""
        values = {
            "started": self._now(),
            **{name: getattr(what, name) for name in Beginning.__slots__ if name != "about"},
            "announced": int(what.announced),
            **{name: getattr(what.about, name) for name in About.__slots__},
        }
        marks = ", ".join("?" * len(values))
        with writing(self.db):
            done = self.db.execute(
                f"INSERT INTO recordings ({', '.join(values)}) VALUES ({marks})",
                list(values.values()),
            )
            return int(done.lastrowid or 0)

    def end(self, number: int, seconds: float, missing: float, peaks: bytes) -> None:
        """Write down that it is whole."""
        with writing(self.db):
            began = datetime.fromisoformat(self.find(number).started)
            ended = times.stored(began + timedelta(seconds=seconds))
            self.db.execute(
                "UPDATE recordings SET ended = ?, seconds = ?, missing = ?, peaks = ? WHERE id = ?",
                [ended, round(seconds, 3), round(missing, 3), peaks, number],
            )

    def going_on(self) -> list[Kept]:
        """Return those that were going on when the program died."""
        return self._select("ended IS NULL ORDER BY id")

    def find(self, number: int) -> Kept:
        """Return a recording.

        Raises:
            DataError: there is none of that number.
        """
        found = self._select("id = ?", number)
        if not found:
            raise DataError(f"there is no recording {number}; see: sipagent recordings list")
        return found[0]

    def whole(self, number: int) -> Kept:
        """Return a recording that does not go on any more.

        Raises:
            DataError: it does, or there is none of that number.
        """
        found = self.find(number)
        if found.ended is None:
            raise DataError(f"recording {number} still goes on; try again after the call")
        return found

    def listed(
        self, *, user: str = "", call: str = "", before: int | None = None, limit: int = 10_000
    ) -> list[Kept]:
        """Return recordings, the oldest first: of a user, of a call, or all.

        The latest ones of them, or the latest below a number.
        """
        asked = {"user = ?": user, "call = ?": call, "id < ?": before}
        given = {sql: value for sql, value in asked.items() if value not in ("", None)}
        where = " AND ".join(given) or "TRUE"
        return self._select(f"{where} ORDER BY id DESC LIMIT ?", *given.values(), limit)[::-1]

    def events(self, number: int) -> list[Happened]:
        """Return what has happened in a recording, in order."""
        rows = self.db.execute(
            "SELECT at, kind, details FROM recording_events WHERE recording = ? ORDER BY at, rowid",
            [number],
        )
        return [Happened(*row) for row in rows.fetchall()]

    def peaks(self, number: int) -> bytes:
        """Return how loud it is (``recording.peaks``); nothing where that is not known."""
        row = self.db.execute("SELECT peaks FROM recordings WHERE id = ?", [number]).fetchone()
        return row[0] or b"" if row is not None else b""

    def used(self, one: Kept, who: str, what: Use) -> None:
        """Write down what somebody does with a recording."""
        note(self.db, Used(one.id, one.call, self._now(), who, what))

    def heard(self, one: Kept, who: str) -> None:
        """Write down that somebody listens to a recording, once for all of its parts."""
        now = self._clock()
        used = Used(one.id, one.call, times.stored(now), who, Use.HEARD)
        if not done_since(self.db, used, times.stored(now - _LISTENING)):
            note(self.db, used)

    def delete(self, one: Kept, who: str) -> None:
        """Forget a recording whose file is gone, with its key and its words; that stays on record.

        What is forgotten is overwritten in the database; the words, by ``overwrite``.
        """
        self.db.execute("PRAGMA secure_delete = ON")
        with writing(self.db):
            self.used(one, who, Use.DELETED)
            self.db.execute("DELETE FROM recording_words WHERE rowid = ?", [one.id])
            self.db.execute("DELETE FROM recordings WHERE id = ?", [one.id])

    def overwrite(self) -> None:
        """Leave nothing of the words of those that were deleted: the index keeps them for a time.

        It takes as long as writing the index anew, and so is done once after all of them.
        """
        self.db.execute("PRAGMA secure_delete = ON")
        with writing(self.db):
            self.db.execute("INSERT INTO recording_words (recording_words) VALUES ('optimize')")

    def before(self, moment: datetime, after: int, limit: int) -> list[Kept]:
        """Return what has begun before a moment, so many at the most, those after a number."""
        return self._select(
            "started < ? AND ended IS NOT NULL AND id > ? ORDER BY id LIMIT ?",
            times.stored(moment),
            after,
            limit,
        )

    def _now(self) -> str:
        return times.stored(self._clock())

    def _select(self, where: str, *values: object) -> list[Kept]:
        rows = self.db.execute(f"SELECT {_COLUMNS} FROM recordings WHERE {where}", values)
        return [_to_kept(row) for row in rows.fetchall()]


def _to_kept(row: Sequence[object]) -> Kept:
    values = dict(zip(_FIELDS, row, strict=True))
    values["announced"] = bool(values["announced"])
    return Kept(**values)  # type: ignore[arg-type]
