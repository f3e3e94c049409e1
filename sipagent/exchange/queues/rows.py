"""Rows of queues: read as entries of the exchange, and written."""

import json
from collections import defaultdict

import sqlite_utils

from sipagent.exchange.queues.model import Occasion, Queue, QueueMember
from sipagent.exchange.rows import as_json, key_of, party, put, put_list, put_party
from sipagent.exchange.values import Kind, Ref

#: What stands in rows of its own, because it refers to something.
_APART = frozenset({"name", "number", "members", "leads", "greeting", "music", "between"})


def queues(db: sqlite_utils.Database, versions: dict[tuple[str, str], int]) -> tuple[Queue, ...]:
    """Return all of them; ``versions`` get to know the number of the change of each."""
    members: dict[int, list[QueueMember]] = defaultdict(list)
    for key, kind, name, tier, skills in db.execute(
        "SELECT queue_id, parties.kind, name, tier, skills FROM queue_members "
        "JOIN parties ON parties.id = party_id ORDER BY queue_id, position"
    ).fetchall():
        member = QueueMember.model_construct(
            who=f"{kind}:{name}", tier=tier, skills=tuple(json.loads(skills))
        )
        members[key].append(member)
    leads: dict[int, dict[Occasion, str]] = defaultdict(dict)
    for key, occasion, kind, name in db.execute(
        "SELECT queue_id, occasion, kind, name FROM queue_leads "
        "JOIN parties ON parties.id = party_id ORDER BY occasion"
    ).fetchall():
        leads[key][occasion] = f"{kind}:{name}"
    sounds: dict[tuple[int, str], list[str]] = defaultdict(list)
    for key, sound, name in db.execute(
        "SELECT queue_id, sound, name FROM queue_sounds "
        "JOIN announcements ON announcements.id = announcement_id ORDER BY position"
    ).fetchall():
        sounds[key, sound].append(name)
    found = []
    for key, name, changed, number, settings in db.execute(
        "SELECT id, name, version, extension, settings FROM queues JOIN parties USING (id) "
        "ORDER BY name"
    ).fetchall():
        versions["queues", name] = changed
        plain = Queue.model_validate({**json.loads(settings), "name": name, "number": number})
        apart = {
            "members": tuple(members[key]),
            "leads": leads[key],
            "greeting": "".join(sounds[key, "greeting"]),
            "music": "".join(sounds[key, "music"]),
            "between": tuple(sounds[key, "between"]),
        }
        found.append(plain.model_copy(update=apart))
    return tuple(found)


def put_queue(db: sqlite_utils.Database, one: Queue, number: int) -> None:
    """Insert a queue, or change the one with its name; ``number`` is that of the change."""
    key = put_party(db, Kind.QUEUE, one.name, one.number, number)
    settings = one.model_dump(mode="json", exclude=set(_APART))
    put(db, "queues", {"id": key, "settings": as_json(settings)})
    refs = [Ref.of(member.who) for member in one.members]
    members = [
        (at, party(db, ref), ref.kind, member.tier, as_json(member.skills))
        for at, (ref, member) in enumerate(zip(refs, one.members, strict=True))
    ]
    put_list(db, "queue_members", "queue_id", key, members)
    leads = [(occasion, party(db, Ref.of(to))) for occasion, to in one.leads.items()]
    put_list(db, "queue_leads", "queue_id", key, leads)
    sounds = [
        (sound, at, key_of(db, "announcements", name))
        for sound, names in one.sounds.items()
        for at, name in enumerate(names)
    ]
    put_list(db, "queue_sounds", "queue_id", key, sounds)
