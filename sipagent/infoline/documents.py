"""A statement as programs are told of it: by the API, and by webhooks."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from sipagent.messages.queue import Entry


class StatementTold(BaseModel):
    """A statement that was sent by e-mail, or could not be."""

    message: int = Field(description="Its number in the outbox.")
    state: Literal["waiting", "sent", "refused", "given-up"]
    owner: str = Field(description="Login.")
    call: str = Field(description="Id of the call in which it was asked for.")
    recipient: str
    created: datetime
    done: datetime | None
    attempts: int
    why: str = Field(description="Why it has not left; empty where it has.")


def statement_told(entry: Entry) -> StatementTold:
    """Return what programs are told of a message that brings a statement."""
    return StatementTold(
        message=entry.id,
        state=entry.state.value,
        owner=entry.owner,
        call=entry.call,
        recipient=entry.recipient,
        created=datetime.fromisoformat(entry.created),
        done=None if entry.done is None else datetime.fromisoformat(entry.done),
        attempts=entry.attempts,
        why="" if entry.state == "sent" else entry.last_error,
    )
