"""``sipagent schedules``: when something is open, and nights that are begun by hand."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Annotated, Any

import typer

from sipagent.cli import exchange_entries as entries
from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.entry import Entry
from sipagent.exchange.model import Schedule
from sipagent.exchange.reading import Stored, load
from sipagent.exchange.timetable import Timetable, next_at


def _beside(stored: Stored, entry: Entry, settings: Config) -> Mapping[str, Any]:
    assert isinstance(entry, Schedule)
    now, night = datetime.now(UTC), stored.nights.get(entry.name)
    is_open = Timetable(entry, night).open_at(now, settings.line.zone)
    closed_until = f"{settings.line.local(night):%Y-%m-%d %H:%M}" if night and night > now else ""
    return {"now": "open" if is_open else "closed", "night_until": closed_until}


app = entries.group(
    "schedules",
    "Schedules: hours of the week, public holidays, days that differ, and nights.",
    {
        "Name": "name",
        "Hours": "hours",
        "Other days": "days",
        "Code": "code",
        "Now": "now",
        "Night": "night_until",
    },
    beside=_beside,
)

Hours = Annotated[
    str | None,
    typer.Option(help="'mon-fri 08:00-16:00; sat 09:00-12:00'; '' is always. See the manual."),
]
Days = Annotated[
    list[str] | None,
    typer.Option(
        "--day",
        help="Days that differ: '2026-12-24 closed', '2026-12-28..2026-12-31 09:00-12:00'; "
        "once for each.",
    ),
]
Code = Annotated[
    str | None, typer.Option(help="1 to 3 digits: *28 and these begin a night from a phone.")
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Such as Biuro.")],
    *,
    hours: Hours = None,
    day: Days = None,
    code: Code = None,
    config: ConfigFile = None,
) -> None:
    """Add a schedule."""
    days = [_day(one) for one in day or ()]
    fields = {"name": name, "hours": hours, "days": days, "code": code}
    entries.added("schedules", fields, config)


@app.command()
def edit(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    *,
    rename: Annotated[str | None, typer.Option("--name", help="New name.")] = None,
    hours: Hours = None,
    day: Days = None,
    code: Code = None,
    seen: entries.Seen = None,
    config: ConfigFile = None,
) -> None:
    """Change a schedule; days that differ replace all that there were, '' takes them away."""
    days = None if day is None else [_day(one) for one in day if one]
    fields = {"name": rename, "hours": hours, "days": days, "code": code}
    entries.edited("schedules", name, fields, config, seen)


@app.command()
def night(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    *,
    until: Annotated[
        str,
        typer.Option(
            help="When it ends: 07:30, or '2026-11-30 07:30', local time; without it when the "
            "schedule opens next."
        ),
    ] = "",
    off: Annotated[bool, typer.Option("--off", help="End it now.")] = False,
    config: ConfigFile = None,
) -> None:
    """Close a schedule now, whatever its hours say, until a time at which they count again."""
    if until and off:
        raise typer.BadParameter("say when it ends, or --off", param_hint="--until")
    settings = settings_of(config)
    with entries.read(settings) as db:
        found = editing.existing(load(db).exchange, "schedules", name)
        ends = None if off else _end(found, until, settings)
        editing.set_night(db, found.key, ends)
    told = (
        f"closed until {settings.line.local(ends):%Y-%m-%d %H:%M}" if ends else "as its hours say"
    )
    typer.echo(f"Schedule {found.key}: {told}")


def _day(text: str) -> dict[str, str]:
    days, _, hours = text.strip().partition(" ")
    first, _, last = days.partition("..")
    return {"first": first, "last": last or first, "hours": hours.strip()}


def _end(schedule: Entry, until: str, settings: Config) -> datetime:
    """Return when a night ends."""
    assert isinstance(schedule, Schedule)
    if until:
        return _moment(until, settings)
    return Timetable(schedule).next_opening(datetime.now(UTC), settings.line.zone)


def _moment(text: str, settings: Config) -> datetime:
    """Return when a night ends that is told as a time, or as a day and a time.

    Raises:
        DataError: it is neither, or is over.
    """
    now = datetime.now(settings.line.zone)
    try:
        if ":" in text[:3]:
            return next_at(time.fromisoformat(f"{text:0>5}"), now)
        ends = datetime.fromisoformat(text).replace(tzinfo=settings.line.zone)
    except ValueError:
        raise DataError(f"--until: {text!r} is neither 07:30 nor 2026-11-30 07:30") from None
    if ends <= now:
        raise DataError(f"--until: {text} is over")
    return ends
