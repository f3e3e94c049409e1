"""Planning that somebody is called into a room, as commands and the panel do."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlite_utils

from sipagent import times
from sipagent.config import Config
from sipagent.e164 import to_e164
from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.model import Exchange
from sipagent.exchange.reading import load
from sipagent.exchange.rooms.invitations import Invitation, Invitations
from sipagent.exchange.rooms.moments import planned as moment_of
from sipagent.exchange.values import Kind, Ref


def planned(
    db: sqlite_utils.Database,
    settings: Config,
    room: str,
    target: str,
    *,
    at: str | None = None,
    zone: str | None = None,
    by: str | None = None,
) -> Invitation:
    """Keep that somebody is to be called into a room, and return it as it is kept.

    Args:
        db: with the migrations ``rooms``.
        settings: of the line.
        room: name or internal number.
        target: internal number, short code, ``user:NAME``, ``outside:NAME``, or a number.
        at: day and time by the clocks of the zone; None: now.
        zone: such as ``Europe/London``; None: that of the line.
        by: the user whose rights and limits count; only internal calls do without.

    Raises:
        DataError: something of that is not there, or cannot be.
    """
    there = load(db).exchange
    name = editing.existing(there, "rooms", room).key
    user = editing.existing(there, "users", by).key if by else ""
    whom = _target(there, target, settings.line.country)
    if not user and not whom.startswith(f"{Kind.USER}:"):
        raise DataError(f"{target} is outside: say whose rights and limits count (--by)")
    clocks = zone or str(settings.line.zone)
    when = datetime.now(UTC) if at is None else _moment(at, clocks)
    return Invitations(db).plan(Invitation(name, whom, user, times.stored(when), clocks))


def _target(there: Exchange, text: str, country: str) -> str:
    try:
        return to_e164(text, country)
    except ValueError:
        found = editing.meant(there, text)
    kind, name = Ref.of(found)
    if kind not in (Kind.USER, Kind.OUTSIDE):
        raise DataError(f"{text} is {found}: users and numbers outside are called into rooms")
    return f"{kind}:{editing.existing(there, _FIELDS[kind], name).key}"


_FIELDS = {Kind.USER: "users", Kind.OUTSIDE: "outside"}


def _moment(text: str, zone: str) -> datetime:
    try:
        clocks = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise DataError(f"{zone!r} is no zone such as Europe/Warsaw") from None
    try:
        moment = moment_of(text, clocks)
    except ValueError as error:
        raise DataError(str(error)) from None
    if moment < datetime.now(UTC):
        raise DataError(f"{text} is over; without --at they are called at once")
    return moment
