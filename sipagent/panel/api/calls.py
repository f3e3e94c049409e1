"""Calls: those of the past, those that go on, making, ending and transferring them."""

from datetime import UTC, datetime
from typing import Any, Literal

import sqlite_utils
from pydantic import AwareDatetime, Field

from sipagent.e164 import to_e164
from sipagent.errors import DataError
from sipagent.exchange.ordered.orders import Order, Orders
from sipagent.panel.api.endpoint import Asked, Endpoint, Failed, Given, PageOf, Told, absent
from sipagent.panel.api.scopes import Scope
from sipagent.records.documents import CallTold, call_told
from sipagent.records.history import CallRow, History
from sipagent.records.schema import MANAGER, OWNER, USER
from sipagent.records.search import Key, Wanted, key_of, page


class WhichCalls(PageOf):
    """Which calls; the latest come first."""

    since: AwareDatetime | None = Field(None, description="Came in then or later.")
    until: AwareDatetime | None = Field(None, description="Came in before.")
    number: str = Field("", max_length=40, description="Has called, was called, or was rung.")
    owner: str = Field("", max_length=12, description="Login.")
    user: str = Field("", max_length=100)
    queue: str = Field("", max_length=100)
    outcome: Literal[
        "", "done", "hung-up", "refused", "failed", "too-long", "shutdown", "crash"
    ] = ""


class CallsTold(Told):
    """A page of calls, the latest first."""

    items: list[CallTold]
    next: str | None = Field(description="`after` of the next page; null: this is the last one.")


class LegTold(Told):
    """One who was rung in a call, or the caller (leg 0)."""

    leg: int
    party: str | None
    began: datetime
    answered: datetime | None
    ended: datetime | None
    sip_code: int | None


class EventTold(Told):
    """Something that happened, so many milliseconds after the call came in."""

    at_ms: int
    kind: str
    details: dict[str, Any]


class WholeCallTold(CallTold):
    """A call with its legs and its timeline."""

    legs: list[LegTold]
    timeline: list[EventTold]


class TalkTold(Told):
    """A conversation that goes on."""

    id: str = Field(description="Of the call.")
    since: datetime
    members: list[str]
    holding: list[str]
    talking: bool
    queue: str
    room: str
    number: str
    listeners: list[str]


class TalksTold(Told):
    """All calls that go on, and who talks with whom in them."""

    calls: list[CallTold]
    talks: list[TalkTold]


class NewCall(Given):
    """Who is called first, and who is then; the rights of the first one count."""

    first: str = Field(
        max_length=100,
        description="Internal number, `user:NAME`, the mobile of a user, or an authorised number.",
    )
    second: str = Field(max_length=100, description="As a phone would dial it.")
    shown: str = Field("", max_length=40, description="The number that the second one sees.")


class OrderTold(Told):
    """A call that was ordered."""

    id: int
    ordered: datetime
    first: str
    second: str
    state: Literal["waiting", "begun", "over"]
    ended: datetime | None
    outcome: str = Field(description="Empty: it is not over.", examples=["answered", "busy"])


class Target(Given):
    """Who is transferred, and to whom; the rights of the one who stays behind count."""

    who: str = Field(
        "", max_length=200, description="As `members` of the live list has them; empty: the caller."
    )
    to: str = Field(max_length=100, description="As a phone would dial it.")


class Transferred(Told):
    """Who is being transferred, and to whom."""

    id: str
    who: str
    to: str


class Ended(Told):
    """The call that was ended."""

    id: str


def _list_calls(asked: Asked) -> CallsTold:
    query = asked.query
    wanted, limit = _wanted(asked), query.limit
    found = asked.house.data.read(lambda db: page(db, wanted, limit + 1, _key(query.after)))
    more, found = len(found) > limit, found[:limit]
    following = "~".join(key_of(found[-1])) if more else None
    return CallsTold(items=[call_told(one) for one in found], next=following)


def _show_call(asked: Asked) -> WholeCallTold:
    def read(db: sqlite_utils.Database) -> WholeCallTold:
        history, call = History(db), _theirs(db, asked)
        return WholeCallTold(
            **call_told(call).model_dump(),
            legs=[LegTold.model_validate(one, from_attributes=True) for one in history.legs(call)],
            timeline=[
                EventTold.model_validate(one, from_attributes=True)
                for one in history.timeline(call.id)
            ],
        )

    return asked.house.data.read(read)


def _live_calls(asked: Asked) -> TalksTold:
    talks = asked.house.ask("calls.live")
    rows = asked.house.data.read(lambda db: History(db).open_calls(asked.query.limit))
    labels = _labels(asked)
    calls = [call_told(one) for one in rows if labels.items() <= one.labels.items()]
    shown = {one.id for one in calls}
    told = [TalkTold.model_validate(one) for one in talks if not labels or one["id"] in shown]
    return TalksTold(calls=calls, talks=told)


def _make_call(asked: Asked) -> OrderTold:
    wanted = asked.body
    order = asked.house.ask(
        "calls.order", first=wanted.first, second=wanted.second, shown=wanted.shown
    )
    return _ordered(asked, order)


def _show_order(asked: Asked) -> OrderTold:
    order = asked.number("order")
    if asked.token.manager is not None:  # users of the exchange are no manager's
        raise absent(f"order {order}")
    try:
        return _ordered(asked, order)
    except DataError:
        raise absent(f"order {order}") from None


def _end_call(asked: Asked) -> Ended:
    return Ended(**asked.house.ask("calls.hangup", call=_live(asked)))


def _transfer_call(asked: Asked) -> Transferred:
    wanted = asked.body
    told = asked.house.ask("calls.transfer", call=_live(asked), who=wanted.who, to=wanted.to)
    return Transferred.model_validate(told)


def _ordered(asked: Asked, order: int) -> OrderTold:
    return _order_told(asked.house.data.read(lambda db: Orders(db).find(order)))


def _order_told(one: Order) -> OrderTold:
    return OrderTold(
        id=one.id,
        ordered=datetime.fromisoformat(one.at),
        first=one.person,
        second=one.target,
        state=one.state.value,
        ended=None if one.ended is None else datetime.fromisoformat(one.ended),
        outcome=one.outcome,
    )


def _live(asked: Asked) -> str:
    """Return the id of a call that goes on, whole: nobody ends one by the beginning of its id."""
    call = asked.house.data.read(lambda db: _theirs(db, asked))
    if call.ended is not None:
        raise Failed(409, "over", f"the call {call.id} is over")
    return call.id


def _labels(asked: Asked) -> dict[str, str]:
    manager = asked.token.manager
    return {} if manager is None else {MANAGER: str(manager)}


def _theirs(db: sqlite_utils.Database, asked: Asked) -> CallRow:
    name = asked.names["call"]
    call = History(db).of_id(name)
    if call is None or not _labels(asked).items() <= call.labels.items():
        raise absent(f"call {name!r}")
    return call


def _wanted(asked: Asked) -> Wanted:
    query = asked.query
    labels = {name: value for name, value in ((OWNER, query.owner), (USER, query.user)) if value}
    return Wanted(
        since=query.since and query.since.astimezone(UTC),
        until=query.until and query.until.astimezone(UTC),
        number=_number(query.number, asked.house.config.line.country),
        labels={**labels, **_labels(asked)},
        queue=query.queue,
        outcome=query.outcome,
    )


def _number(text: str, country: str) -> str:
    """Return a number as records have it: E.164, or as it was dialled inside."""
    if len(text) <= 6 and text.lstrip("*").isdecimal():
        return text
    try:
        return text and to_e164(text, country)
    except ValueError as error:
        raise Failed(422, "value", f"query.number: {error}") from None


def _key(text: str) -> Key | None:
    started, mark, name = text.partition("~")
    return Key(started, name) if mark else None


_ONE = "/calls/{call}"

ENDPOINTS = (
    Endpoint("GET", "/calls", Scope.CALLS_READ, _list_calls, "List calls.", CallsTold, WhichCalls),
    Endpoint(
        "GET", "/calls/live", Scope.CALLS_READ, _live_calls,
        "Show the calls that go on, and who talks with whom.", TalksTold, PageOf,
    ),
    Endpoint(
        "GET", _ONE, Scope.CALLS_READ, _show_call, "Show a call with all that happened in it.",
        WholeCallTold,
    ),
    Endpoint(
        "POST", "/calls", Scope.CALLS_CONTROL, _make_call,
        "Call somebody, and then somebody else for them.", OrderTold, body=NewCall, status=202,
    ),
    Endpoint(
        "GET", "/orders/{order}", Scope.CALLS_READ, _show_order,
        "Show what became of a call that was made so.", OrderTold,
    ),
    Endpoint(
        "POST", f"{_ONE}/hangup", Scope.CALLS_CONTROL, _end_call, "End a call.", Ended,
    ),
    Endpoint(
        "POST", f"{_ONE}/transfer", Scope.CALLS_CONTROL, _transfer_call,
        "Put one of two who talk through to somebody else.", Transferred, body=Target, status=202,
    ),
)  # fmt: skip
