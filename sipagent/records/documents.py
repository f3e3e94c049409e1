"""A call as programs are told of it: by the API, and by webhooks."""

from datetime import datetime

from pydantic import BaseModel, Field

from sipagent.records.history import CallRow
from sipagent.records.schema import GROUP, QUEUE, USER


class CallTold(BaseModel):
    """One call; times are UTC."""

    id: str
    started: datetime
    answered: datetime | None
    ended: datetime | None = Field(description="Null: it goes on.")
    seconds: float | None = Field(description="From the answer to the end.")
    caller: str | None = Field(description="E.164 or an internal number; null: hidden.")
    vouched: bool = Field(description="Whether the network vouches for the caller's number.")
    called: str
    trunk: str = Field(description="Over which it came; empty: none.")
    handled_by: str = Field(description="Scenario, or what of the exchange has taken it.")
    language: str | None
    outcome: str | None = Field(examples=["done", "hung-up", "refused", "failed"])
    ended_by: str | None = Field(examples=["caller", "agent"])
    owner: str | None = Field(description="Login of the owner who got in.")
    user: str | None = Field(description="User of the exchange whose call it is.")
    group: str | None
    queue: str | None
    cost: int | None = Field(description="In grosze without VAT; null: nobody knows.")


def call_told(call: CallRow) -> CallTold:
    """Return what programs are told of a call."""
    labels = call.labels
    return CallTold(
        id=call.id,
        started=datetime.fromisoformat(call.started),
        answered=_moment(call.answered),
        ended=_moment(call.ended),
        seconds=call.seconds,
        caller=call.caller,
        vouched=bool(call.asserted),
        called=call.called,
        trunk=call.trunk,
        handled_by=call.scenario,
        language=call.language,
        outcome=call.outcome,
        ended_by=call.ended_by,
        owner=call.owner,
        user=labels.get(USER),
        group=labels.get(GROUP),
        queue=labels.get(QUEUE),
        cost=call.cost,
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
