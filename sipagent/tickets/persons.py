"""Tickets as they are about a person: nothing of what was asked stays but that and when it was."""

from collections.abc import Callable, Iterable

from sipagent.config import PathsSection
from sipagent.persons.holding import HeldFile, Holding, Row, Table
from sipagent.persons.mentions import Columns, Indexed
from sipagent.persons.person import ERASED
from sipagent.tickets import search
from sipagent.tickets.attachments import stands_as

#: The tickets of a person.
ASKED = """
SELECT id FROM tickets WHERE (kind = 'owner' AND ref IN {logins})
    OR (kind = 'user' AND ref IN {people}) OR phone IN {numbers}
    OR lower(email) IN {emails} OR lower(ref) IN {emails}
"""
_ENTRIES = f"SELECT id FROM ticket_entries WHERE ticket IN ({ASKED})"
_GONE = f"'{ERASED}'"
#: What stays of an entry: what it was, when, and how long somebody has spoken.
_UNSAID = {
    **{"text": _GONE, "message_id": "''", "key": "''", "transcript": "''"},
    "who": f"CASE kind WHEN 'question' THEN {_GONE} ELSE who END",
    "recording": "CASE WHEN recording IS NULL THEN NULL ELSE '' END",
    "transcription": "CASE transcription WHEN 'waiting' THEN 'off' ELSE transcription END",
}
_UNNAMED = {"before": "''", "after": "''"}
_NOBODY = {
    **{"subject": _GONE, "name": _GONE, "version": "version + 1"},
    **dict.fromkeys(("ref", "phone", "email", "about", "call"), "''"),
}
_ASKER, _SAID = ("subject", "name", "ref", "phone", "email", "about"), ("text", "transcript", "who")
_COLUMNS = (Columns("tickets", _ASKER, _ASKER), Columns("ticket_entries", _SAID, _SAID))
#: Those whose words were taken away before, and those that are about to lose some.
_CHANGED = f"""
SELECT id FROM tickets WHERE name = {_GONE} AND ref = '' UNION SELECT id FROM tickets
WHERE mentioned(subject) OR mentioned(name) OR mentioned(about) OR id IN
    (SELECT ticket FROM ticket_entries WHERE mentioned(text) OR mentioned(transcript))
"""


def attached(paths: PathsSection) -> Callable[[Row], Iterable[HeldFile]]:
    """Return what finds the files of a row that names an attachment."""

    def found(row: Row) -> Iterable[HeldFile]:
        for number, name in enumerate(stands_as(str(row["file"]))):
            path = paths.attachments / name
            if path.exists():
                shown = f"{row['id']}-small.webp" if number else f"{row['id']}-{row['name']}"
                yield HeldFile(path, shown)

    return found


def asked(paths: PathsSection) -> Holding:
    """Return the tickets of persons, with what was said and attached."""

    def spoken(row: Row) -> Iterable[HeldFile]:
        if name := row["recording"]:
            yield HeldFile(paths.recordings / str(name), str(name))

    return Holding(
        "tickets",
        {"pl": "Zgłoszenia", "en": "Tickets"},
        [
            Table("ticket_files", f"entry IN ({_ENTRIES})", held=attached(paths)),
            Table("ticket_entries", f"ticket IN ({ASKED})", _UNSAID, held=spoken),
            Table("ticket_changes", f"ticket IN ({ASKED}) AND field = 'subject'", _UNNAMED),
            Table("tickets", f"id IN ({ASKED})", _NOBODY),
            # Who has worked on them is somebody, too.
            Table("tickets", "assignee IN {people}", {"assignee": "''"}),
            Table("ticket_entries", "kind <> 'question' AND who IN {people}", {"who": _GONE}),
            Table("ticket_changes", "who IN {people}", {"who": _GONE}),
            Table("ticket_changes", "field = 'assignee' AND before IN {people}", {"before": "''"}),
            Table("ticket_changes", "field = 'assignee' AND after IN {people}", {"after": "''"}),
            Table("ticket_unmailed", "ref IN {logins} OR ref IN {people}"),
            Indexed("ticket_words", _COLUMNS, _CHANGED, search.index),
        ],
    )
