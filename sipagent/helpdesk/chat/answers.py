"""Short answers: texts that agents use again and again, their own ones and those of all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import sqlite_utils

from sipagent.errors import DataError
from sipagent.helpdesk.chat.words import LONGEST, LONGEST_NAME

#: What a text may name; it is filled in when the text is used.
NAMES = ("name", "agent", "phone")
_NAMED = re.compile(r"\{(\w*)\}")


class Wrong(DataError):
    """A short answer that cannot be kept; ``key`` says why, in ``panel/texts``."""

    def __init__(self, key: str, details: str) -> None:
        super().__init__(f"short answer: {details}")
        self.key = key


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """A text with a title; ``agent`` is whose it is, empty: everybody's."""

    id: int
    agent: str
    title: str
    text: str

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the text for a chat."""
        return _NAMED.sub(lambda found: values.get(found[1], found[0]), self.text)


class ShortAnswers:
    """Short answers of a database; what writes is called within a transaction.

    Args:
        db: with the tables of ``schema``.
    """

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db

    def of(self, agent: str) -> list[ShortAnswer]:
        """Return the answers of an agent and those of all, each in the order of their titles."""
        rows = self._db.execute(
            "SELECT id, agent, title, text FROM chat_answers WHERE agent IN (?, '') "
            "ORDER BY agent = '', title",
            [agent],
        ).fetchall()
        return [ShortAnswer(*row) for row in rows]

    def keep(self, agent: str, title: str, text: str, key: int | None = None) -> None:
        """Keep an answer: a new one, or another text of one that there is.

        Args:
            agent: whose it is; empty: everybody's.
            title: by which it is chosen.
            text: may name ``NAMES`` in braces.
            key: of the one that it replaces.

        Raises:
            Wrong: a field is empty or too long, names what there is not, or the title is taken.
        """
        if not title or not text or len(title) > LONGEST_NAME or len(text) > LONGEST:
            raise Wrong("answer.wrong-empty", "a title and a text are needed, not too long ones")
        if unknown := set(_NAMED.findall(text)) - set(NAMES):
            raise Wrong("answer.wrong-name", f"there is no {{{unknown.pop()}}}")
        taken = self._db.execute(
            "SELECT 1 FROM chat_answers WHERE agent = ? AND title = ? AND id IS NOT ?",
            [agent, title, key],
        ).fetchone()
        if taken:
            raise Wrong("answer.wrong-taken", f"there is one called {title!r} already")
        if key is None:
            self._db.execute(
                "INSERT INTO chat_answers (agent, title, text) VALUES (?, ?, ?)",
                [agent, title, text],
            )
        else:
            self._db.execute(
                "UPDATE chat_answers SET title = ?, text = ? WHERE id = ? AND agent = ?",
                [title, text, key, agent],
            )

    def remove(self, agent: str, key: int) -> None:
        """Remove an answer of an agent's, or with the empty name one of everybody's."""
        self._db.execute("DELETE FROM chat_answers WHERE id = ? AND agent = ?", [key, agent])
