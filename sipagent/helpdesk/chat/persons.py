"""Chats as they are about a person: theirs go with all that was said in them."""

import sqlite_utils

from sipagent.config import PathsSection
from sipagent.persons.holding import Holding, Table
from sipagent.persons.mentions import Columns, Indexed
from sipagent.persons.person import ERASED
from sipagent.searching.words import stems
from sipagent.tickets.persons import attached

_THEIRS = """
(kind = 'owner' AND ref IN {logins}) OR (kind = 'user' AND ref IN {people})
OR phone IN {numbers} OR lower(email) IN {emails}
"""
_WORDS = f"""
SELECT id FROM chat_messages WHERE chat_id IN (SELECT id FROM chats WHERE {_THEIRS})
"""
_GONE = f"'{ERASED}'"
_SAID = Columns("chat_messages", ("text",), ("text",))
_MENTIONS = "SELECT id FROM chat_messages WHERE mentioned(text)"


def _index(db: sqlite_utils.Database, message: int) -> None:
    """Have a message found by what it says now."""
    text, language = db.execute(
        "SELECT text, language FROM chat_messages JOIN chats ON chats.id = chat_id "
        "WHERE chat_messages.id = ?",
        [message],
    ).fetchone()
    db.execute("UPDATE chat_words SET words = ? WHERE rowid = ?", [stems(text, language), message])


def chatted(paths: PathsSection) -> Holding:
    """Return the chats of persons, with what was said and attached."""
    return Holding(
        "chats",
        {"pl": "Czaty", "en": "Chats"},
        [
            Table("chat_files", f"message_id IN ({_WORDS})", held=attached(paths)),
            Table("chat_messages", f"id IN ({_WORDS})"),
            Table("chats", _THEIRS, hides=frozenset({"token"})),
            # Who has answered is somebody, too.
            Table("chats", "agent IN {people}", {"agent": _GONE}),
            Table("chat_agents", "name IN {people}"),
            Table("chat_answers", "agent IN {people}"),
            Indexed("chat_words", [_SAID], _MENTIONS, _index),
        ],
    )
