"""Requests that owners have dictated, for tests."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlite_utils

from sipagent.dictation.desk import Transcription
from sipagent.infoline.owner_requests import OwnerRequest, keep
from sipagent.store.database import writing
from sipagent.tickets.dictated import Dictated
from sipagent.tickets.model import Asker, AskerKind

#: Who dictates where nothing else is said.
FIELDS: dict[str, Any] = {
    "manager": 1,
    "manager_name": "Zarządca",
    "estate": "Wspólnota Lipowa",
    "owner": "100001",
    "owner_name": "Anna",
    "premises": "Mieszkanie 4",
    "phone": "+48600100101",
    "call": "c1",
    "language": "pl",
    "email": "biuro@example.org",
    "reply_to": "anna@example.org",
    "recording": "c1.wav",
}


def asker_of(fields: dict[str, Any]) -> Asker:
    """Return who has asked."""
    return Asker(
        kind=AskerKind.OWNER,
        ref=fields["owner"],
        name=fields["owner_name"],
        phone=fields["phone"],
        email=fields["reply_to"],
        language=fields["language"],
        manager=fields["manager"],
        about=f"{fields['estate']}; {fields['premises']}",
    )


def request_of(fields: dict[str, Any]) -> OwnerRequest:
    """Return what the infoline knows of a request."""
    return OwnerRequest(*(fields[name] for name in ("manager_name", "estate", "premises", "email")))


def draft(
    db: sqlite_utils.Database,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    **changes: Any,
) -> int:
    """Have an owner begin to dictate; return the ticket's id."""
    fields = {**FIELDS, **changes}
    with writing(db):
        ticket = Dictated(db, clock).draft(asker_of(fields), fields["recording"], fields["call"])
        keep(db, ticket, request_of(fields))
    return ticket


def submit(
    db: sqlite_utils.Database,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    *,
    seconds: float = 8.5,
    words: str | None = None,
    **changes: Any,
) -> int:
    """Have an owner dictate a request, which is written down where words are given."""
    dictated = Dictated(db, clock)
    ticket = draft(db, clock, **changes)
    number = dictated.submit(ticket, seconds)
    if words is not None:
        for one in dictated.waiting():
            if one.ticket.id == ticket:
                dictated.transcribed(one.entry, Transcription.DONE, words)
    return number
