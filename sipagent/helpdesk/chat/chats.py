"""Chats as they are kept: beginning, taking turns, ending; all of it within a transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlite_utils

from sipagent import times
from sipagent.helpdesk.chat.model import Author, Chat, Ending, Said, State
from sipagent.searching.words import stems
from sipagent.tickets.model import Asker, AskerKind, Attachment

_VISITOR = ("kind", "ref", "name", "phone", "email", "language", "manager", "about")
_TIMES = ("began", "asked", "taken", "answered", "ended", "seen")
_FIELDS = (
    "id", "state", "agent", *_TIMES, "ending", "ticket", "queued", "scripted", "read_visitor",
    "read_agent", "copied",
)  # fmt: skip
SELECT = f"SELECT {', '.join((*_VISITOR, *_FIELDS))} FROM chats"
#: Messages of a chat that are shown at the most, the latest ones.
_SHOWN = 500


class Chats:
    """Chats of a database; what writes is called within a transaction.

    Args:
        db: with the tables of ``schema``.
    """

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db

    def begin(
        self, token: str, visitor: Asker, question: str, now: datetime, *, address: str, key: str
    ) -> Chat:
        """Begin a chat, or return the one that the browser has already.

        Args:
            token: by which it is known again (``hashed``).
            visitor: who asks.
            question: the first message.
            now: the time.
            address: where the browser is.
            key: of the first message.
        """
        if (there := self.live_of(token)) is not None:
            return there
        values = {name: getattr(visitor, name) for name in _VISITOR}
        at = times.stored(now)
        row = {
            **values, "token": token, "state": State.WAITING, "address": address, "agent": "",
            "began": at, "asked": at, "seen": at, "queued": self._next_place(), "scripted": 0,
            "read_visitor": 0, "read_agent": 0, "copied": 0,
        }  # fmt: skip
        marks = ", ".join("?" * len(row))
        done = self._db.execute(
            f"INSERT INTO chats ({', '.join(row)}) VALUES ({marks})", list(row.values())
        )
        chat = int(done.lastrowid or 0)
        self._write(chat, Author.VISITOR, "", question, key, now)
        return self.find(chat)

    def find(self, chat: int) -> Chat:
        """Return a chat.

        Raises:
            LookupError: there is none.
        """
        found = self._select("id = ?", [chat])
        if not found:
            raise LookupError(chat)
        return found[0]

    def live_of(self, token: str) -> Chat | None:
        """Return the chat of a browser that goes on."""
        found = self._select("token = ? AND state IN ('waiting', 'open')", [token])
        return found[0] if found else None

    def last_of(self, token: str) -> Chat | None:
        """Return the latest chat of a browser, whether it goes on or not."""
        found = self._select("token = ? ORDER BY id DESC LIMIT 1", [token])
        return found[0] if found else None

    def live(self) -> list[Chat]:
        """Return all chats that go on: those who wait for an answer longest first."""
        where = "state IN ('waiting', 'open') ORDER BY asked IS NULL, asked, id"
        return self._select(where, [])

    def waiting(self) -> list[int]:
        """Return the ids of those that nobody has taken, in their order."""
        rows = self._db.execute("SELECT id FROM chats WHERE state = 'waiting' ORDER BY queued")
        return [chat for (chat,) in rows.fetchall()]

    def place(self, chat: Chat) -> int:
        """Return the place of one who waits; it only falls: nobody gets in front of others."""
        row = self._db.execute(
            "SELECT count(*) FROM chats WHERE state = 'waiting' AND queued <= ?", [chat.queued]
        ).fetchone()
        return int(row[0])

    def begun(self, token: str, address: str, now: datetime) -> int:
        """Return how many were begun by a browser, or from an address, within an hour."""
        row = self._db.execute(
            "SELECT count(*) FROM chats WHERE (token = ? OR address = ?) AND began > ?",
            [token, address, times.stored(now - timedelta(hours=1))],
        ).fetchone()
        return int(row[0])

    # What is said

    def say(
        self,
        chat: Chat,
        author: Author,
        who: str,
        text: str,
        key: str,
        now: datetime,
        files: Sequence[Attachment] = (),
    ) -> bool:
        """Keep a message of a chat that goes on; return whether it is a new one.

        One that was sent again, by its key, is the same; it is none of a chat that is over.
        """
        if not self.find(chat.id).live or not self._write(chat.id, author, who, text, key, now):
            return False
        self._attach(chat.id, author, key, files)
        at = times.stored(now)
        if author is Author.VISITOR:
            self._db.execute(
                "UPDATE chats SET asked = ifnull(asked, ?), seen = max(seen, ?) WHERE id = ?",
                [at, at, chat.id],
            )
        else:
            self._db.execute(
                "UPDATE chats SET asked = NULL, answered = ifnull(answered, ?) WHERE id = ?",
                [at, chat.id],
            )
        return True

    def has_key(self, chat: int, key: str) -> bool:
        """Whether a message of the visitor with a key is kept."""
        row = self._db.execute(
            "SELECT 1 FROM chat_messages WHERE chat_id = ? AND author = 'visitor' AND key = ?",
            [chat, key],
        ).fetchone()
        return row is not None

    def of_key(self, token: str, key: str) -> Chat | None:
        """Return the chat of a browser that a message with a key has begun, over or not."""
        last = self.last_of(token)
        return last if last is not None and self.has_key(last.id, key) else None

    def said_since(self, chat: int, now: datetime) -> int:
        """Return how many messages a visitor has sent within a minute."""
        row = self._db.execute(
            "SELECT count(*) FROM chat_messages "
            "WHERE chat_id = ? AND author = 'visitor' AND at > ?",
            [chat, times.stored(now - timedelta(minutes=1))],
        ).fetchone()
        return int(row[0])

    def said(self, chat: int, after: int = 0) -> list[Said]:
        """Return the messages of a chat after one that is known, in their order."""
        rows = self._db.execute(
            "SELECT * FROM (SELECT id, at, author, who, text FROM chat_messages "
            "WHERE chat_id = ? AND id > ? ORDER BY id DESC LIMIT ?) ORDER BY id",
            [chat, after, _SHOWN],
        ).fetchall()
        files = self._files(chat, after)
        return [
            Said(key, datetime.fromisoformat(at), Author(author), who, text, tuple(files[key]))
            for key, at, author, who, text in rows
        ]

    def attached(self, chat: int) -> int:
        """Return how many files a visitor has sent."""
        row = self._db.execute(
            "SELECT count(*) FROM chat_files JOIN chat_messages ON chat_messages.id = message_id "
            "WHERE chat_id = ? AND author = 'visitor'",
            [chat],
        ).fetchone()
        return int(row[0])

    def last_said(self, chat: int, author: Author) -> int:
        """Return the id of the latest message of one side; 0: there is none."""
        row = self._db.execute(
            "SELECT ifnull(max(id), 0) FROM chat_messages WHERE chat_id = ? AND author = ?",
            [chat, author],
        ).fetchone()
        return int(row[0])

    def read(self, chat: int, by: Author, upto: int) -> bool:
        """Note that one side has had messages on the screen; return whether they were new to it."""
        column = "read_visitor" if by is Author.VISITOR else "read_agent"
        known = min(upto, self._latest(chat))
        done = self._db.execute(
            f"UPDATE chats SET {column} = ? WHERE id = ? AND {column} < ?", [known, chat, known]
        )
        return done.rowcount > 0

    def _latest(self, chat: int) -> int:
        row = self._db.execute(
            "SELECT ifnull(max(id), 0) FROM chat_messages WHERE chat_id = ?", [chat]
        ).fetchone()
        return int(row[0])

    # Whose it is

    def take(
        self, chat: int, agent: str, shown: str, now: datetime, there: Collection[str] = ()
    ) -> bool:
        """Give a chat to an agent; False: somebody else was faster, or it is over.

        Args:
            chat: one that waits, or whose agent has gone.
            agent: who takes it.
            shown: as whom visitors know them.
            now: the time.
            there: agents who are there; none: chats that wait are taken only.
        """
        marks = ", ".join("?" * len(there))
        gone = f" OR (state = 'open' AND agent NOT IN ({marks}))" if there else ""
        done = self._db.execute(
            "UPDATE chats SET state = 'open', queued = NULL, agent = ?, taken = ifnull(taken, ?) "
            f"WHERE id = ? AND (state = 'waiting'{gone})",
            [agent, times.stored(now), chat, *there],
        )
        return self._noted(done.rowcount, chat, shown, "taken", now)

    def hand_over(self, chat: int, agent: str, to: str, shown: str, now: datetime) -> bool:
        """Give a chat of an agent to another one; False: it is not theirs (any more)."""
        done = self._db.execute(
            "UPDATE chats SET agent = ? WHERE id = ? AND state = 'open' AND agent = ?",
            [to, chat, agent],
        )
        return self._noted(done.rowcount, chat, shown, "handed-over", now)

    def put_back(self, chat: int, agent: str, now: datetime) -> bool:
        """Have a chat of an agent wait again, behind those who wait; False: it is not theirs."""
        done = self._db.execute(
            "UPDATE chats SET state = 'waiting', queued = ?, agent = '', asked = ifnull(asked, ?) "
            "WHERE id = ? AND state = 'open' AND agent = ?",
            [self._next_place(), times.stored(now), chat, agent],
        )
        return self._noted(done.rowcount, chat, "", "put-back", now)

    def end(self, chat: int, ending: Ending, now: datetime, ticket: int | None = None) -> bool:
        """End a chat; False: it was over before."""
        if not self._lives(chat):
            return False
        self._db.execute(
            "UPDATE chats SET state = ?, queued = NULL, ended = ?, ending = ?, ticket = ? "
            "WHERE id = ?",
            [ending.state, times.stored(now), ending, ticket, chat],
        )
        return self._noted(1, chat, "", f"ended-{ending}", now)

    def copied(self, chat: int) -> bool:
        """Note that the visitor is sent a copy; False: they were before."""
        done = self._db.execute("UPDATE chats SET copied = 1 WHERE id = ? AND copied = 0", [chat])
        return done.rowcount > 0

    def seen(self, chats: Iterable[int], now: datetime) -> None:
        """Note that windows of visitors are open, which tell so by themselves."""
        self._db.conn.executemany(
            "UPDATE chats SET seen = ?, scripted = 1 WHERE id = ? AND ended IS NULL",
            [(times.stored(now), chat) for chat in chats],
        )

    def loaded(self, chat: int, now: datetime) -> None:
        """Note that a visitor has loaded the page."""
        self._db.execute("UPDATE chats SET seen = ? WHERE id = ?", [times.stored(now), chat])

    def _lives(self, chat: int) -> bool:
        return bool(self._select("id = ? AND state IN ('waiting', 'open')", [chat]))

    def _next_place(self) -> int:
        row = self._db.execute(
            "SELECT ifnull(max(queued), 0) + 1 FROM chats WHERE state = 'waiting'"
        ).fetchone()
        return int(row[0])

    def _noted(self, changed: int, chat: int, who: str, what: str, now: datetime) -> bool:
        if changed:
            self._write(chat, Author.HOUSE, who, what, None, now)
        return bool(changed)

    def _write(
        self, chat: int, author: Author, who: str, text: str, key: str | None, now: datetime
    ) -> bool:
        """Keep a message, unless it is one that was sent again."""
        done = self._db.execute(
            "INSERT OR IGNORE INTO chat_messages (chat_id, at, author, who, text, key) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [chat, times.stored(now), author, who, text, key],
        )
        if not done.rowcount:
            return False
        if author is not Author.HOUSE:
            self._db.execute(
                "INSERT INTO chat_words (rowid, words) VALUES (?, ?)",
                [done.lastrowid, stems(text, self.find(chat).visitor.language)],
            )
        return True

    def _attach(self, chat: int, author: Author, key: str, files: Iterable[Attachment]) -> None:
        for one in files:
            self._db.execute(
                "INSERT INTO chat_files (message_id, name, file, media, size) "
                "SELECT id, ?, ?, ?, ? FROM chat_messages "
                "WHERE chat_id = ? AND author = ? AND key = ?",
                [one.name, one.file, one.media, one.size, chat, author, key],
            )

    def _files(self, chat: int, after: int) -> Mapping[int, list[Attachment]]:
        """Return the files of messages after one, by the ids of the messages."""
        rows = self._db.execute(
            "SELECT message_id, name, file, media, size, chat_files.id FROM chat_files "
            "JOIN chat_messages ON chat_messages.id = message_id "
            "WHERE chat_id = ? AND message_id > ? ORDER BY chat_files.id",
            [chat, after],
        ).fetchall()
        found: dict[int, list[Attachment]] = defaultdict(list)
        for message, *values in rows:
            found[message].append(Attachment(*values))
        return found

    def _select(self, where: str, values: Sequence[object]) -> list[Chat]:
        rows = self._db.execute(f"{SELECT} WHERE {where}", values).fetchall()
        return [chat_of(row) for row in rows]


def named_files(db: sqlite_utils.Database) -> set[str]:
    """Return the files that messages of chats have, by their names in ``paths.attachments``."""
    return {file for (file,) in db.execute("SELECT file FROM chat_files").fetchall()}


def chat_of(row: Sequence[object]) -> Chat:
    """Return what a row of ``SELECT`` is."""
    visitor = Asker(*row[: len(_VISITOR)])  # type: ignore[arg-type]  # as the columns are
    visitor = replace(visitor, kind=AskerKind(visitor.kind))
    values: dict[str, object] = dict(zip(_FIELDS, row[len(_VISITOR) :], strict=True))
    for name in _TIMES:
        if isinstance(at := values[name], str):
            values[name] = datetime.fromisoformat(at)
    ending = values["ending"]
    return Chat(
        **{  # type: ignore[arg-type]
            **values,
            "visitor": visitor,
            "state": State(str(values["state"])),
            "ending": Ending(str(ending)) if ending else None,
            "scripted": bool(values["scripted"]),
            "copied": bool(values["copied"]),
        }
    )
