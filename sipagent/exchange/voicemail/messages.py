"""Messages in boxes as they are kept, from before the caller's first word on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import sqlite_utils

from sipagent import times
from sipagent.dictation.desk import Transcription
from sipagent.errors import DataError
from sipagent.exchange.writing import next_version
from sipagent.store.database import writing
from sipagent.telephony.party import Caller


class State(StrEnum):
    """Where a message stands."""

    #: The caller is still there.
    DRAFT = "draft"
    #: The caller has left none.
    MISSED = "missed"
    NEW = "new"
    SAVED = "saved"


#: Those that somebody can listen to.
HEARD = (State.NEW, State.SAVED)


@dataclass(frozen=True, slots=True)
class VoiceMessage:
    """A message as it is kept; ``box_id`` is None once its box is gone."""

    id: int
    box_id: int | None
    box: str
    state: State
    created: str
    number: str | None
    extension: str
    asserted: bool
    name: str
    call: str
    language: str
    recording: str
    seconds: float
    transcription: Transcription
    transcript: str

    @property
    def caller(self) -> str:
        """The number of who has called, internal or not; empty where it is hidden."""
        return self.extension or self.number or ""


class VoiceMessages:
    """The messages of all boxes, as a connection sees them.

    Args:
        db: with the migrations ``voicemail``.
        clock: returns the time.
    """

    def __init__(
        self,
        db: sqlite_utils.Database,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.db = db
        self._clock = clock

    def draft(self, box: str, caller: Caller, call: str, language: str, recording: str) -> int:
        """Write down who is about to leave a message in a box; return its id.

        Raises:
            DataError: there is no such box.
        """
        values = {
            "box_id": box_id(self.db, box),
            "box": box,
            "state": State.DRAFT,
            "created": times.stored(self._clock(), "seconds"),
            "number": caller.number,
            "extension": caller.extension,
            "asserted": int(caller.asserted),
            "name": caller.name,
            "call": call,
            "language": language,
            "recording": recording,
        }
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        with writing(self.db):
            done = self.db.execute(
                f"INSERT INTO voice_messages ({names}) VALUES ({marks})", list(values.values())
            )
            return int(done.lastrowid or 0)

    def keep(self, message: int, seconds: float) -> None:
        """Make a draft a new message of so many seconds."""
        self._settle(message, State.NEW, "seconds = ?", seconds)

    def miss(self, message: int) -> None:
        """Note that a draft has become no message."""
        self._settle(message, State.MISSED, "recording = ?", "")

    def drafts(self) -> list[VoiceMessage]:
        """Return what callers were saying when the program died."""
        return self._select("state = 'draft' ORDER BY id")

    def waiting(self) -> list[VoiceMessage]:
        """Return what nobody was told of yet, the oldest first."""
        return self._select("transcription = 'waiting' AND state <> 'draft' ORDER BY id")

    def transcribed(self, message: int, how: Transcription, text: str = "") -> None:
        """Write down what the caller said, or why that is not known."""
        with writing(self.db):
            self.db.execute(
                "UPDATE voice_messages SET transcription = ?, transcript = ? WHERE id = ?",
                [how, text, message],
            )

    def find(self, message: int) -> VoiceMessage:
        """Return a message, or a call without one.

        Raises:
            DataError: there is none of that id.
        """
        found = self._select("id = ? AND state <> 'draft'", message)
        if not found:
            raise DataError(f"there is no message {message}; see: sipagent boxes messages list")
        return found[0]

    def listed(
        self, *, box: str = "", states: Sequence[State] = HEARD, limit: int = 10_000
    ) -> list[VoiceMessage]:
        """Return messages, the oldest first; of one box, also where it is gone, or of all."""
        marks = ", ".join("?" * len(states))
        where = f"state IN ({marks}) AND (? = '' OR box_now = ?) ORDER BY id DESC LIMIT ?"
        return self._select(where, *states, box, box, limit)[::-1]

    def of_box(self, box: str) -> list[VoiceMessage]:
        """Return what can be listened to in a box that is there, the oldest first."""
        return self._select(
            "box_id = ? AND state IN ('new', 'saved') ORDER BY id", _box_id(self.db, box)
        )

    def counts(self, box: str) -> tuple[int, int]:
        """Return how many messages of a box are new, and how many saved."""
        row = self.db.execute(
            "SELECT count(*) FILTER (WHERE state = 'new'), count(*) FILTER (WHERE state = 'saved') "
            "FROM voice_messages WHERE box_id = ?",
            [_box_id(self.db, box)],
        ).fetchone()
        return int(row[0]), int(row[1])

    def save(self, message: int) -> None:
        """Note that a message was listened to."""
        with writing(self.db):
            self.db.execute(
                "UPDATE voice_messages SET state = 'saved' WHERE id = ? AND state = 'new'",
                [message],
            )

    def delete(self, message: int) -> None:
        """Forget a message whose recording is gone; whoever follows the exchange sees that."""
        with writing(self.db):
            self.db.execute("DELETE FROM voice_messages WHERE id = ?", [message])
            next_version(self.db)

    def before(self, moment: datetime, after: int, limit: int) -> list[VoiceMessage]:
        """Return what came before a moment, so many at the most, those after an id.

        What nobody was told of yet is not among it.
        """
        return self._select(
            "created < ? AND id > ? AND transcription <> 'waiting' ORDER BY id LIMIT ?",
            times.stored(moment, "seconds"),
            after,
            limit,
        )

    def _settle(self, message: int, state: State, change: str, value: object) -> None:
        with writing(self.db):
            self.db.execute(
                f"UPDATE voice_messages SET state = ?, {change} WHERE id = ? AND state = 'draft'",
                [state, value, message],
            )

    def _select(self, where: str, *values: object) -> list[VoiceMessage]:
        rows = self.db.execute(f"SELECT {_COLUMNS} FROM ({_ROWS}) WHERE {where}", values)
        return [_to_message(row) for row in rows.fetchall()]


_FIELDS = tuple(VoiceMessage.__dataclass_fields__)
_COLUMNS = ", ".join("box_now AS box" if one == "box" else one for one in _FIELDS)
#: Each by the name that its box has now.
_ROWS = (
    "SELECT voice_messages.*, ifnull(parties.name, box) AS box_now "
    "FROM voice_messages LEFT JOIN parties ON parties.id = box_id"
)


def box_id(db: sqlite_utils.Database, box: str) -> int:
    """Return the key of a box.

    Raises:
        DataError: there is none of that name.
    """
    found = _box_id(db, box)
    if found is None:
        raise DataError(f"there is no box {box!r}; see: sipagent boxes list")
    return found


def _box_id(db: sqlite_utils.Database, box: str) -> int | None:
    row = db.execute("SELECT id FROM parties WHERE kind = 'box' AND name = ?", [box]).fetchone()
    return None if row is None else int(row[0])


def _to_message(row: Sequence[object]) -> VoiceMessage:
    values = dict(zip(_FIELDS, row, strict=True))
    values["state"] = State(str(values["state"]))
    values["asserted"] = bool(values["asserted"])
    values["transcription"] = Transcription(str(values["transcription"]))
    return VoiceMessage(**values)  # type: ignore[arg-type]
