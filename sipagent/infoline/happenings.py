"""What programs are told of the infoline: of statements."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.errors import DataError
from sipagent.infoline.documents import StatementTold, statement_told
from sipagent.messages.queue import entry_of
from sipagent.messages.schema import messages
from sipagent.webhooks.happening import Happening, Told
from sipagent.webhooks.schema import noting, webhooks

infoline_happenings = Migrations("infoline-happenings")

_DONE = "NEW.kind = 'statement' AND OLD.state = 'waiting'"


@infoline_happenings()
def requests_and_statements(db: sqlite_utils.Database) -> None:
    """Note how messages end that bring statements; requests are the tickets' own by now."""
    for room in (messages, webhooks):
        room.apply(db)
    for name, kind, when in (
        ("statement_sent", "statement.sent", f"{_DONE} AND NEW.state = 'sent'"),
        (
            "statement_failed", "statement.failed",
            f"{_DONE} AND NEW.state IN ('refused', 'given-up')",
        ),
    ):  # fmt: skip
        db.execute(noting(name, "UPDATE OF state ON outbox", f"'{kind}'", "NEW.id", when))


def _statement(db: sqlite_utils.Database, subject: str) -> Told | None:
    try:
        entry = entry_of(db, int(subject))
    except DataError:  # deleted meanwhile
        return None
    return Told(statement_told(entry), entry.manager, entry.call)


HAPPENINGS = (
    Happening("statement.sent", StatementTold, _statement),
    Happening("statement.failed", StatementTold, _statement),
)
