"""The exchange as it is kept: its rows, read as one value."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlite_utils

from sipagent.exchange.model import (
    Announcement,
    Authorised,
    Box,
    DayHours,
    Exchange,
    Greeting,
    Group,
    Language,
    LineNumber,
    Outside,
    Phone,
    Schedule,
    Tariff,
    User,
)
from sipagent.exchange.queues import rows as queue_rows
from sipagent.exchange.rooms import rows as room_rows
from sipagent.exchange.values import Kind

#: (kind, key) → the number of the change that has written an entry.
_Versions = dict[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Stored:
    """The exchange as it is kept.

    Args:
        exchange: all of it, with its secrets.
        version: the number of the last change.
        versions: (kind, key) → the number of the change that has written that entry.
        nights: name of a schedule → until when it is closed by hand.
    """

    exchange: Exchange = field(default_factory=Exchange)
    version: int = 0
    versions: Mapping[tuple[str, str], int] = field(default_factory=dict)
    nights: Mapping[str, datetime] = field(default_factory=dict)


def version(db: sqlite_utils.Database) -> int:
    """Return the number of the last change."""
    return int(db.execute("SELECT version FROM exchange_version").fetchone()[0])


def load(db: sqlite_utils.Database) -> Stored:
    """Return the exchange as it is at one moment."""
    with db.atomic():
        versions: dict[tuple[str, str], int] = {}
        found = Exchange.model_construct(
            users=_users(db, versions),
            phones=_phones(db, versions),
            outside=_outside(db, versions),
            groups=_groups(db, versions),
            schedules=_schedules(db, versions),
            announcements=_announcements(db, versions),
            boxes=_boxes(db, versions),
            numbers=_numbers(db, versions),
            tariffs=_tariffs(db, versions),
            queues=queue_rows.queues(db, versions),
            authorised=_authorised(db, versions),
            rooms=room_rows.rooms(db, versions),
        )
        return Stored(found, version(db), versions, _nights(db))


def _users(db: sqlite_utils.Database, versions: _Versions) -> tuple[User, ...]:
    rows = db.execute(
        "SELECT name, version, extension, email, mobile, role, rights, shown, language, "
        "daily_minutes, daily_international, daily_amount, calls_at_once, "
        "recorded, listening_tone, ifnull(hash, '') "
        "FROM users JOIN parties USING (id) LEFT JOIN user_limits ON user_id = id "
        "LEFT JOIN pins ON subject = 'user:' || id ORDER BY name"
    )
    found = []
    for row in rows.fetchall():
        name, number, extension, email, mobile, role, rights, shown, language, *more = row
        minutes, international, amount, calls, recorded, tone, pin = more
        versions["users", name] = number
        found.append(
            User.model_construct(
                name=name,
                number=extension,
                email=email,
                mobile=mobile,
                role=role,
                rights=tuple(json.loads(rights)),
                shown=shown,
                language=language,
                daily_minutes=minutes,
                daily_international=international,
                daily_amount=amount,
                calls_at_once=calls,
                recorded=recorded,
                listening_tone=bool(tone),
                pin=pin,
            )
        )
    return tuple(found)


def _phones(db: sqlite_utils.Database, versions: _Versions) -> tuple[Phone, ...]:
    rows = db.execute(
        "SELECT account, phones.version, parties.name, label, realm, md5, sha256 "
        "FROM phones JOIN parties ON parties.id = user_id ORDER BY account"
    )
    found = []
    for account, number, user, label, realm, md5, sha256 in rows.fetchall():
        versions["phones", account] = number
        found.append(
            Phone.model_construct(
                account=account, user=user, label=label, realm=realm, md5=md5, sha256=sha256
            )
        )
    return tuple(found)


def _outside(db: sqlite_utils.Database, versions: _Versions) -> tuple[Outside, ...]:
    rows = db.execute(
        "SELECT name, version, extension, number, keys, shows, may_transfer, text, confirm, "
        "text_number FROM outside_numbers JOIN parties USING (id) ORDER BY name"
    )
    found = []
    for row in rows.fetchall():
        name, changed, code, number, keys, shows, *more = row
        may_transfer, text, confirm, text_number = more
        versions["outside", name] = changed
        found.append(
            Outside.model_construct(
                name=name,
                number=number,
                keys=keys,
                code=code or "",
                shows=shows,
                may_transfer=bool(may_transfer),
                text=text,
                confirm=bool(confirm),
                text_number=bool(text_number),
            )
        )
    return tuple(found)


def _groups(db: sqlite_utils.Database, versions: _Versions) -> tuple[Group, ...]:
    members: dict[int, list[str]] = defaultdict(list)
    for key, kind, name in db.execute(
        "SELECT group_id, parties.kind, name FROM ring_group_members "
        "JOIN parties ON parties.id = party_id ORDER BY group_id, position"
    ).fetchall():
        members[key].append(f"{kind}:{name}")
    rows = db.execute(
        "SELECT id, name, version, extension, ring_order, seconds "
        "FROM ring_groups JOIN parties USING (id) ORDER BY name"
    )
    found = []
    for key, name, changed, extension, order, seconds in rows.fetchall():
        versions["groups", name] = changed
        found.append(
            Group.model_construct(
                name=name,
                number=extension,
                order=order,
                seconds=seconds,
                members=tuple(members[key]),
            )
        )
    return tuple(found)


def _schedules(db: sqlite_utils.Database, versions: _Versions) -> tuple[Schedule, ...]:
    days: dict[int, list[DayHours]] = defaultdict(list)
    for key, first, last, hours in db.execute(
        "SELECT schedule_id, first_day, last_day, hours FROM schedule_days "
        "ORDER BY schedule_id, first_day"
    ).fetchall():
        days[key].append(DayHours.model_construct(first=first, last=last, hours=hours))
    found = []
    for key, name, changed, hours, code in db.execute(
        "SELECT id, name, version, hours, code FROM schedules ORDER BY name"
    ).fetchall():
        versions["schedules", name] = changed
        found.append(
            Schedule.model_construct(name=name, hours=hours, code=code, days=tuple(days[key]))
        )
    return tuple(found)


def _announcements(db: sqlite_utils.Database, versions: _Versions) -> tuple[Announcement, ...]:
    texts: dict[int, dict[Language, str]] = defaultdict(dict)
    voices: dict[int, dict[Language, str]] = defaultdict(dict)
    for key, language, text, voice in db.execute(
        "SELECT announcement_id, language, text, voice FROM announcement_texts ORDER BY language"
    ).fetchall():
        texts[key][language] = text
        if voice:
            voices[key][language] = voice
    found = []
    for key, name, changed, recording in db.execute(
        "SELECT id, name, version, recording FROM announcements ORDER BY name"
    ).fetchall():
        versions["announcements", name] = changed
        found.append(
            Announcement.model_construct(
                name=name, text=texts[key], voice=voices[key], recording=recording
            )
        )
    return tuple(found)


def _boxes(db: sqlite_utils.Database, versions: _Versions) -> tuple[Box, ...]:
    greetings: dict[int, dict[Greeting, str]] = defaultdict(dict)
    for key, greeting, name in db.execute(
        "SELECT box_id, greeting, announcements.name FROM box_greetings "
        "JOIN announcements ON announcements.id = announcement_id ORDER BY greeting"
    ).fetchall():
        greetings[key][greeting] = name
    rows = db.execute(
        "SELECT boxes.id, mine.name, mine.version, mine.extension, owner_kind, owners.name, "
        "email, messages, seconds, tickets, ifnull(hash, '') FROM boxes "
        "JOIN parties AS mine ON mine.id = boxes.id JOIN parties AS owners ON owners.id = owner_id "
        "LEFT JOIN pins ON subject = 'box:' || boxes.id ORDER BY mine.name"
    )
    found = []
    for key, name, changed, number, kind, owner, *more in rows.fetchall():
        email, messages, seconds, tickets, pin = more
        versions["boxes", name] = changed
        found.append(
            Box.model_construct(
                name=name,
                owner=f"{kind}:{owner}",
                number=number or "",
                email=email,
                messages=messages,
                seconds=seconds,
                tickets=bool(tickets),
                greetings=greetings[key],
                pin=pin,
            )
        )
    return tuple(found)


def _numbers(db: sqlite_utils.Database, versions: _Versions) -> tuple[LineNumber, ...]:
    rows = db.execute(
        "SELECT number, line_numbers.version, scenario, parties.kind, parties.name, recorded "
        "FROM line_numbers LEFT JOIN parties ON parties.id = party_id ORDER BY number"
    )
    found = []
    for number, changed, scenario, kind, name, recorded in rows.fetchall():
        versions["numbers", number] = changed
        leads_to = f"{kind}:{name}" if scenario is None else f"{Kind.SCENARIO}:{scenario}"
        found.append(
            LineNumber.model_construct(number=number, leads_to=leads_to, recorded=recorded)
        )
    return tuple(found)


def _tariffs(db: sqlite_utils.Database, versions: _Versions) -> tuple[Tariff, ...]:
    rows = db.execute(
        "SELECT version, prefix, name, per_minute, connection, increment, vat FROM tariffs "
        "ORDER BY prefix"
    )
    found = []
    for changed, prefix, name, per_minute, connection, increment, vat in rows.fetchall():
        versions["tariffs", prefix] = changed
        found.append(
            Tariff.model_construct(
                prefix=prefix,
                name=name,
                per_minute=per_minute,
                connection=connection,
                increment=increment,
                vat=vat,
            )
        )
    return tuple(found)


def _authorised(db: sqlite_utils.Database, versions: _Versions) -> tuple[Authorised, ...]:
    rows = db.execute(
        "SELECT authorised_numbers.version, number, parties.name, authorised_numbers.shown, "
        "ifnull(schedules.name, ''), ifnull(hash, '') FROM authorised_numbers "
        "JOIN parties ON parties.id = user_id LEFT JOIN schedules ON schedules.id = schedule_id "
        "LEFT JOIN pins ON subject = 'authorised:' || authorised_numbers.id ORDER BY number"
    )
    found = []
    for changed, number, user, shown, schedule, pin in rows.fetchall():
        versions["authorised", number] = changed
        found.append(
            Authorised.model_construct(
                number=number, user=user, shown=shown, schedule=schedule, pin=pin
            )
        )
    return tuple(found)


def _nights(db: sqlite_utils.Database) -> dict[str, datetime]:
    rows = db.execute("SELECT name, night_until FROM schedules WHERE night_until IS NOT NULL")
    return {name: datetime.fromisoformat(until) for name, until in rows.fetchall()}
