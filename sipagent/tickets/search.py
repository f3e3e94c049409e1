"""Finding tickets by words, whatever their signs and endings: in subject, asker, text, notes."""

import sqlite_utils

from sipagent.searching.words import folded_word, stems, words

#: What can be searched, as columns of ``ticket_words``.
SUBJECT, ASKER, NOTES = "subject", "asker", "notes"
_ALL = (SUBJECT, ASKER, "words", NOTES)
#: Languages in which somebody may look for something.
_LANGUAGES = ("pl", "en")
#: Words that are looked for; the others of a long text are not.
_MOST_WORDS = 8


def index(db: sqlite_utils.Database, ticket: int) -> None:
    """Have a ticket found by the words that it has now; within a transaction."""
    language, subject, *asker = db.execute(
        "SELECT language, subject, name, ref, email, phone, about FROM tickets WHERE id = ?",
        [ticket],
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
        f"INSERT INTO ticket_words (rowid, {', '.join(_ALL)}) VALUES (?, ?, ?, ?, ?)",
        [ticket, *(stems(text, language) for text in texts)],
    )


def query(text: str, *, only: str = "", but: str = "") -> str:
    """Return how FTS5 is asked for words, each with any ending; empty: there are none.

    Args:
        text: as somebody has typed it; a word may be only the beginning of one.
        only: the column in which they are; empty: any.
        but: the column that is not looked into; empty: none.
    """
    typed = [word.text for word in words(text, "")][:_MOST_WORDS]
    columns = [only] if only else [name for name in _ALL if name != but]
    asked = " AND ".join(map(_any_form, typed))
    return f"{{{' '.join(columns)}}} : ({asked})" if typed else ""


def _any_form(word: str) -> str:
    forms = dict.fromkeys(f'"{stems(word, language)}"' for language in _LANGUAGES)
    return "(" + " OR ".join((*forms, f'"{folded_word(word)}" *')) + ")"
