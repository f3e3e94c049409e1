"""The calls of the past: a list with filters, page by page, one call as a timeline, a CSV file."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import sqlite_utils
from starlette.responses import Response

from sipagent.e164 import to_e164
from sipagent.exchange.recording.kept import Recordings
from sipagent.money import amount, plain_amount
from sipagent.panel.permissions import Permission
from sipagent.panel.player import players
from sipagent.panel.web import Route, Visit, missing
from sipagent.records.history import CallRow, EventRow, History, MessageRow
from sipagent.records.in_short import session, words
from sipagent.records.legs import LegRow
from sipagent.records.schema import USER
from sipagent.records.search import Key, Wanted, batches, key_of, page
from sipagent.records.story import sound, story
from sipagent.sheet import csv_text

#: Calls on a page, and in a file.
_PAGE, _FILE = 50, 20_000
#: What a file has of each call.
COLUMNS = (
    "id", "came_in", "answered", "ended", "seconds", "caller", "called", "trunk", "scenario",
    "outcome", "ended_by", "user", "group", "cost",
)  # fmt: skip
#: The filters, as a page and its address name them.
FILTERS = (
    "number",
    "person",
    "queue",
    "since",
    "until",
    "outcome",
    "shortest",
    "longest",
    "dearest",
)
#: Of which group what happens is, for its mark on the line.
_MARKS = {
    "digit": "key", "prompt": "said", "prompt-end": "said",
    "second-leg": "leg", "joined": "leg", "parted": "leg", "second-leg-over": "leg", "moved": "leg",
    "failure": "bad", "refused": "bad", "limit": "bad", "trunk-failed": "bad",
}  # fmt: skip
OUTCOMES = ("done", "hung-up", "refused", "failed", "too-long", "shutdown", "crash")


class Arrow(NamedTuple):
    """A SIP message: seconds since the first one, which leg, whether the line has sent it."""

    at: float
    leg: int
    sent: bool
    peer: str
    label: str
    media: str
    text: str


def _list(visit: Visit) -> Response:
    wanted, wrong = _wanted(visit)
    after = _key(visit.query.get("after", ""))
    found = []
    if not wrong:
        found = visit.house.data.read(lambda db: page(db, wanted, _PAGE + 1, after))
    more = len(found) > _PAGE
    found = found[:_PAGE]
    typed = {name: visit.query.get(name, "").strip() for name in FILTERS}
    given = {name: value for name, value in typed.items() if value}
    following = {**given, "after": "~".join(key_of(found[-1]))} if more else {}
    return visit.page(
        "calls.html",
        422 if wrong else 200,
        calls=found,
        typed=typed,
        given=given,
        wrong=wrong,
        outcomes=OUTCOMES,
        first=after is None,
        newest=f"/calls?{urlencode(given)}",
        older=f"/calls?{urlencode(following)}" if more else "",
        file=f"/calls.csv?{urlencode(given)}",
    )


def _csv(visit: Visit) -> Response:
    wanted, wrong = _wanted(visit)
    if wrong:
        return _list(visit)

    def written(db: sqlite_utils.Database) -> str:
        return csv_text(COLUMNS, (_cells(call, visit) for call in batches(db, wanted, _FILE)))

    text = visit.house.data.read(written)
    headers = {"content-disposition": 'attachment; filename="calls.csv"'}
    return Response(text, media_type="text/csv", headers=headers)


def _show(visit: Visit) -> Response:
    call, legs, events, messages = visit.house.data.read(lambda db: _one(History(db), visit))
    recorded = []
    if visit.may(Permission.RECORDINGS):
        recorded = visit.house.data.read(
            lambda db: players(db, Recordings(db).listed(call=call.id), visit.language)
        )
    return visit.page(
        "call.html",
        call=call,
        legs=legs,
        quality={
            leg.leg: sound(json.loads(leg.quality), visit.language) for leg in legs if leg.quality
        },
        recordings=recorded,
        story=story(call, events, visit.language),
        marks=_MARKS,
        ladder=_ladder(messages),
    )


def _one(
    history: History, visit: Visit
) -> tuple[CallRow, list[LegRow], list[EventRow], list[MessageRow]]:
    """Return a call that somebody may see.

    Raises:
        Refused: it is not there, or not theirs.
    """
    call = history.of_id(visit.names["call"])
    if call is None or not visit.person.labels.items() <= call.labels.items():
        raise missing()
    messages = history.trace(call) if visit.may(Permission.TRACE) else []
    return call, history.legs(call), history.timeline(call.id), messages


def _ladder(messages: list[MessageRow]) -> Iterator[Arrow]:
    for one in messages:
        at = (one.at - messages[0].at).total_seconds()
        label, media = words(one.text).label, session(one.text)
        yield Arrow(at, one.leg, one.sent, f"{one.peer} {one.transport}", label, media, one.text)


def _wanted(visit: Visit) -> tuple[Wanted, dict[str, str]]:
    """Return which calls somebody wants of those that they may see, and what they mistyped."""
    fields: dict[str, Any] = {}
    wrong = {}
    for name in FILTERS:
        text = visit.query.get(name, "").strip()
        if text:
            try:
                fields[name] = _read(name, text, visit)
            except (ValueError, OverflowError):  # the last: a day of the year 1 or 9999
                wrong[name] = visit.words(f"filter.wrong-{name}")
    # What somebody may see stands last, and so wins over whom they look for.
    person = {USER: fields.pop("person")} if "person" in fields else {}
    return Wanted(**fields, labels={**person, **visit.person.labels}), wrong


def _read(name: str, text: str, visit: Visit) -> object:
    """Return the value of a filter.

    Raises:
        ValueError: it is none.
    """
    found: object = text
    match name:
        case "number":
            found = _number(text, visit.house.config.line.country)
        case "since":
            found = day_of(text, visit)
        case "until":
            found = day_of(text, visit) + timedelta(days=1)
        case "shortest" | "longest":
            found = _seconds(text)
        case "dearest":
            found = amount(text)
        case "outcome" if text not in OUTCOMES:
            raise ValueError(text)
    return found


def _number(text: str, country: str) -> str:
    """Return a number as records have it: E.164, or as it was dialled inside."""
    if len(text) <= 6 and text.lstrip("*").isdecimal():
        return text
    return to_e164(text, country)


def day_of(text: str, visit: Visit) -> datetime:
    """Return when a day begins where the line is.

    Raises:
        ValueError, OverflowError: there is no such day, or it has no time in UTC.
    """
    begins = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=visit.zone)
    return begins.astimezone(UTC).astimezone(visit.zone)


def _seconds(text: str) -> int:
    """Return the seconds of ``90`` or ``1:30``."""
    minutes, colon, seconds = text.rpartition(":")
    if not (seconds.isascii() and seconds.isdecimal() and len(text) < 9):
        raise ValueError(text)
    return 60 * int(minutes or 0) * bool(colon) + int(seconds)


def _key(text: str) -> Key | None:
    started, mark, name = text.partition("~")
    return Key(started, name) if mark else None


def _cells(call: CallRow, visit: Visit) -> list[object]:
    zone = visit.zone
    moments = (
        at and datetime.fromisoformat(at).astimezone(zone).isoformat(timespec="seconds")
        for at in (call.started, call.answered, call.ended)
    )
    return [
        *(call.id, *moments, call.seconds, call.caller, call.called, call.trunk, call.scenario),
        *(call.outcome, call.ended_by, call.labels.get("user"), call.labels.get("group")),
        None if call.cost is None else plain_amount(call.cost),
    ]


ROUTES = (
    Route("/calls", Permission.HISTORY, _list),
    Route("/calls.csv", Permission.HISTORY, _csv),
    Route("/calls/{call}", Permission.HISTORY, _show),
)
