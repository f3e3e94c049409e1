"""What the infoline knows of tickets: also of those from databases in which it had its own."""

from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.domains import composed
from sipagent.infoline.happenings import infoline_happenings
from sipagent.infoline.owner_requests import OwnerRequest, request_of, waiting
from sipagent.infoline.schema import infoline
from sipagent.store.database import open_database, writing
from sipagent.tickets.model import Filter
from sipagent.tickets.schema import tickets
from sipagent.tickets.tickets import Tickets
from sipagent.webhooks.schema import noting
from tests.infoline.dictating import submit
from tests.tickets.test_dictated import OLD

pytestmark = pytest.mark.unit


def older(path: Path) -> None:
    """Make a database that a program wrote whose infoline had all tickets."""
    db = open_database(path, [])
    with closing(db), writing(db):
        infoline.apply(db)
        tickets.apply(db, stop_before="one_place")
        infoline_happenings.apply(db)
        for name, change in (("created", "number"), ("changed", "state, transcription")):
            after = f"UPDATE OF {change} ON tickets"
            db.execute(noting(f"ticket_{name}", after, f"'ticket.{name}'", "NEW.number", "1"))
        db.execute(OLD, (1, 107, "open", "M4", None, "", "waiting", ""))
        db.execute(OLD, (2, None, "draft", "M4", None, "", "waiting", ""))
        db.execute("INSERT INTO webhooks VALUES (1, 'crm', 'http://x', 'x', 1, '', '')")


def happened(db: sqlite_utils.Database) -> list[tuple[str, str]]:
    return db.execute("SELECT kind, subject FROM happenings ORDER BY id").fetchall()


def test_what_older_databases_have_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "line.db"
    older(path)
    with closing(open_database(path, composed().migrations)) as db:
        (one,) = waiting(db)
        assert one.spoken.ticket.number == 107
        assert one.request == OwnerRequest("Zarządca", "Lipowa", "M4", "biuro@example.org")
        assert not {"dictated_requests", "dictated_notes", "ticket_notes"} & set(db.table_names())
        assert happened(db) == []
        assert submit(db) == 108
        Tickets(db).answer(107, "ewa", "Jutro.")
        assert happened(db) == [("ticket.created", "108"), ("ticket.changed", "107")]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        db.conn.commit()
    with closing(open_database(path, composed().migrations)) as db:
        assert [ticket.number for ticket in Tickets(db).listed(Filter())] == [108, 107]


def test_what_is_known_goes_with_the_ticket(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "line.db", composed().migrations)) as db:
        ticket = Tickets(db).find(submit(db))
        assert request_of(db, ticket.id) is not None
        Tickets(db).delete(ticket.id)
        assert request_of(db, ticket.id) is None
        assert waiting(db) == []
