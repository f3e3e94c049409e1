"""Finding tickets by words, whatever their Polish signs: in subjects, askers, texts, notes."""

import re

import sqlite_utils

from sipagent.searching.folding import fold

#: What can be searched, as columns of ``ticket_words``.
SUBJECT, NOTES = "subject", "notes"
_ALL = ("subject", "asker", "words", "notes")
#: Words that are looked for; the others of a long text are not.
_MOST_WORDS = 8
_WORD = re.compile(r"\w+")



def index(db: sqlite_utils.Database, ticket: int) -> None:
    """Have a ticket found by the words that it has now; within a transaction."""
    subject, *asker = db.execute(
        "SELECT subject, name, ref, email, phone, about FROM tickets WHERE id = ?", [ticket]
    ).fetchone()
    said: dict[bool, list[str]] = {True: [], False: []}
    for is_note, text, transcript in db.execute(
        "SELECT kind = 'note', text, transcript FROM ticket_entries WHERE ticket = ? ORDER BY id",
        [ticket],
    ).fetchall():
        said[bool(is_note)] += [text, transcript]
    texts = (subject, *map(" ".join, (asker, said[False], said[True])))
    db.execute("DELETE FROM ticket_words WHERE rowid = ?", [ticket])
    db.execute(
        "INSERT INTO ticket_words (rowid, subject, asker, words, notes) VALUES (?, ?, ?, ?, ?)",
        [ticket, *map(fold, texts)],
    )


def query(text: str, *, only: str = "", but: str = "") -> str:
    """Return how FTS5 is asked for words, each of which has to begin one; empty: there are none.

    Args:
        text: as somebody has typed it.
        only: the column in which they are; empty: any.
        but: the column that is not looked into; empty: none.
    """
    words = _WORD.findall(fold(text))[:_MOST_WORDS]
    columns = [only] if only else [name for name in _ALL if name != but]
    asked = " AND ".join(f'"{word}" *' for word in words)
    return f"{{{' '.join(columns)}}} : ({asked})" if words else ""
