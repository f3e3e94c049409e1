"""The schedules of the exchange: hours drawn as a week, days that differ, nights begun by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.responses import Response

from sipagent.charts.week import Day, Stretch
from sipagent.exchange import editing
from sipagent.exchange.entry import Entry
from sipagent.exchange.model import Schedule
from sipagent.exchange.reading import Stored, load
from sipagent.exchange.timetable import Timetable
from sipagent.hours import DAY, DAYS, is_holiday
from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Field
from sipagent.panel.forms.hours import WeekField, drawn
from sipagent.panel.forms.rows import Column, Rows
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.panel.words import Words

_PATH = "/exchange/schedules"
_WEEK = timedelta(days=7)
#: Holidays are those of the law as it is now: nobody looks further.
_FAR = timedelta(days=20 * 366)
#: Hours of days that differ → how they are typed, which is no word of any language.
_TYPED = {"closed": "", "open": "00:00-24:00"}
_KEPT = {typed: kept for kept, typed in _TYPED.items()}


def _cells(day: Mapping[str, Any]) -> Sequence[str]:
    last = "" if day["last"] == day["first"] else day["last"]
    return day["first"], last, _TYPED.get(day["hours"], day["hours"])


def _day(cells: Sequence[str]) -> object:
    first, last, hours = cells
    return {"first": first, "last": last or first, "hours": _KEPT.get(hours, hours)}


_HOURS = WeekField("hours")
_FORM = EntryForm(
    "schedules",
    (
        Field("name", needed=True),
        _HOURS,
        Rows(
            "days",
            columns=(Column("first", "date"), Column("last", "date"), Column("hours")),
            apart=_cells,
            together=_day,
            ordered=False,
        ),
        Field("code", inputmode="numeric"),
    ),
)


def _beside(visit: Visit, stored: Stored, entry: Entry) -> Mapping[str, Any]:
    """Return a week of the calendar, as this schedule is open in it, and how it stands now."""
    assert isinstance(entry, Schedule)
    timetable = Timetable(entry, stored.nights.get(entry.key))
    today = visit.now.astimezone(visit.zone).date()
    monday = _monday(visit.query.get("week", ""), today)
    days = [_drawn(visit, entry, timetable, monday + timedelta(days=at)) for at in range(7)]
    now = (today.weekday(), _minute(visit.now, today, visit)) if monday == _first(today) else None
    title = visit.words("week.title", first=monday.isoformat())
    return {
        "picture": drawn(visit.words, title, days, now),
        "weeks": [
            ("week.before", (monday - _WEEK).isoformat()),
            ("week.after", (monday + _WEEK).isoformat()),
        ],
        "open": timetable.open_at(visit.now, visit.zone),
        "night": timetable.night_at(visit.now),
    }


def _first(day: date) -> date:
    """Return the Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def _monday(text: str, today: date) -> date:
    """Return the Monday of the week that somebody wants to see."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    return _first(today if abs(day - today) > _FAR else day)


def _drawn(visit: Visit, schedule: Schedule, timetable: Timetable, day: date) -> Day:
    """Return a day of the calendar as it is drawn."""
    shut, words = _shut(visit, timetable, day), visit.words
    name = f"{words(f'day.{DAYS[day.weekday()]}')} {day.day}.{day.month:02}"
    return Day(name, timetable.open_on(day), shut, _note(words, schedule, day, bool(shut)))


def _note(words: Words, schedule: Schedule, day: date, shut: bool) -> str:
    if shut:
        return words("week.night")
    if any(one.first <= day.isoformat() <= one.last for one in schedule.days):
        return words("week.other")
    return words("week.holiday") if is_holiday(day) else ""


def _shut(visit: Visit, timetable: Timetable, day: date) -> list[Stretch]:
    """Return when on a day a night counts that somebody has begun: from now on."""
    until = timetable.night_at(visit.now)
    if until is None:
        return []
    start, end = (_minute(at, day, visit) for at in (visit.now, until))
    return [(start, end)] if start < end else []


def _minute(at: datetime, day: date, visit: Visit) -> int:
    """Return which minute of a day a moment is, as far as it belongs to that day."""
    local = at.astimezone(visit.zone)
    if local.date() != day:
        return 0 if local.date() < day else DAY
    return 60 * local.hour + local.minute


def _week(visit: Visit) -> Response:
    """Return hours that somebody types as a picture, a part of a page."""
    picture = _HOURS.picture(visit.words, _HOURS.sent(visit.query))
    return visit.page("exchange/week.html", picture=picture)


def _night(visit: Visit) -> Response:
    """Close a schedule until a moment, or let its hours count again."""
    stored = visit.house.data.read(load)
    entry = SCHEDULES.entry(visit, stored)
    if not isinstance(entry, Schedule):
        raise missing()
    try:
        until = None if visit.form.get("do") == "open" else _until(visit, entry)
    except ValueError:
        typed = SCHEDULES.form.typed(entry)
        trouble = visit.words("night.wrong")
        return SCHEDULES.page(visit, entry, typed, 422, stored=stored, trouble=trouble)
    key = entry.key
    visit.house.data.write(lambda db: editing.set_night(db, key, until))
    visit.note("schedule-open" if until is None else "schedule-close", key)
    return moved(SCHEDULES.address(key, done="night"))


def _until(visit: Visit, schedule: Schedule) -> datetime:
    """Return when a night ends; without a word of that, when the schedule opens next.

    Raises:
        ValueError: it is no moment, or is over.
    """
    text = visit.form.get("until", "")
    if not text:
        return Timetable(schedule).next_opening(visit.now, visit.zone)
    try:
        until = datetime.fromisoformat(text).replace(tzinfo=visit.zone).astimezone(UTC)
    except OverflowError:
        raise ValueError(text) from None
    if until <= visit.now:
        raise ValueError(text)
    return until


SCHEDULES = EntryPages(
    _FORM, ("name", "hours", "code"), template="exchange/schedule.html", beside=_beside
)
MORE = (
    Route(f"{_PATH}/week", Permission.EXCHANGE, _week),
    Route(f"{_PATH}/night", Permission.EXCHANGE, _night, "POST"),
)
