"""Whether the entries of an exchange fit together; pure, so that a rule holds whoever writes."""

from collections.abc import Iterator
from dataclasses import dataclass

from sipagent.exchange.model import KINDS, Exchange
from sipagent.exchange.values import Kind, Ref
from sipagent.toml import Keys

#: Kind of what is led to → the field of an exchange that has it; scenarios are files.
FIELDS = {
    Kind.USER: "users",
    Kind.GROUP: "groups",
    Kind.OUTSIDE: "outside",
    Kind.BOX: "boxes",
    Kind.QUEUE: "queues",
    Kind.ROOM: "rooms",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """What does not fit: the way to it (``("users", 0, "number")``), and a sentence."""

    keys: Keys
    sentence: str


@dataclass(frozen=True, slots=True)
class Use:
    """Where an entry refers to another one: the way, and who does so as people say it."""

    keys: Keys
    by: str
    field: str
    key: str


def mistakes(exchange: Exchange) -> Iterator[Mistake]:
    """Yield everything that does not fit."""
    yield from _same_keys(exchange)
    yield from _same_numbers(exchange)
    yield from _same_codes(exchange)
    yield from _gone(exchange)
    yield from _own_numbers(exchange)
    yield from _hashes(exchange)


def uses(exchange: Exchange) -> Iterator[Use]:
    """Yield every reference from one entry to another."""
    for at, phone in enumerate(exchange.phones):
        yield Use(("phones", at, "user"), f"phone {phone.account}", "users", phone.user)
    for at, group in enumerate(exchange.groups):
        for member in group.members:
            yield _use(("groups", at, "members"), f"group {group.name}", member)
    for at, box in enumerate(exchange.boxes):
        yield _use(("boxes", at, "owner"), f"box {box.name}", box.owner)
        for greeting, name in box.greetings.items():
            way = ("boxes", at, "greetings", greeting)
            yield Use(way, f"box {box.name}", "announcements", name)
    for at, room in enumerate(exchange.rooms):
        if room.greeting:
            keys = ("rooms", at, "greeting")
            yield Use(keys, f"room {room.name}", "announcements", room.greeting)
    for at, number in enumerate(exchange.numbers):
        if Ref.of(number.leads_to).kind is not Kind.SCENARIO:
            yield _use(("numbers", at, "leads_to"), f"number {number.number}", number.leads_to)
    for at, one in enumerate(exchange.authorised):
        by = f"authorised number {one.number}"
        yield Use(("authorised", at, "user"), by, "users", one.user)
        if one.schedule:
            yield Use(("authorised", at, "schedule"), by, "schedules", one.schedule)
    yield from _uses_of_queues(exchange)


def _uses_of_queues(exchange: Exchange) -> Iterator[Use]:
    for at, queue in enumerate(exchange.queues):
        by = f"queue {queue.name}"
        for member in queue.members:
            yield _use(("queues", at, "members"), by, member.who)
        for occasion, target in queue.leads.items():
            yield _use(("queues", at, "leads", occasion), by, target)
        for sound, names in queue.sounds.items():
            for name in names:
                yield Use(("queues", at, sound), by, "announcements", name)


def users_of(exchange: Exchange, kind: str, key: str) -> list[str]:
    """Return who refers to an entry, each once; phones go with their user, and do not count."""
    found = (
        one.by
        for one in uses(exchange)
        if (one.field, one.key) == (kind, key) and one.keys[0] != "phones"
    )
    return list(dict.fromkeys(found))


def numbers_of(exchange: Exchange) -> Iterator[tuple[Keys, str, str]]:
    """Yield what can be dialled inside: the way to it, who has it, and the number or code."""
    for kind, field in (
        ("users", "number"),
        ("groups", "number"),
        ("boxes", "number"),
        ("outside", "code"),
        ("queues", "number"),
        ("rooms", "number"),
    ):
        for at, entry in enumerate(exchange.entries(kind)):
            if number := getattr(entry, field):
                yield (kind, at, field), f"{entry.what} {entry.key}", number


def _use(keys: Keys, by: str, text: str) -> Use:
    ref = Ref.of(text)
    return Use(keys, by, FIELDS[ref.kind], ref.name)


def _same_keys(exchange: Exchange) -> Iterator[Mistake]:
    for kind, model in KINDS.items():
        seen: dict[str, str] = {}
        for at, entry in enumerate(exchange.entries(kind)):
            folded = entry.key.casefold()  # on paper and in speech they are the same
            if folded in seen:
                what = f"there is a {model.what} {seen[folded]} already"
                yield Mistake((kind, at, model.key_field), what)
            seen.setdefault(folded, entry.key)


def _same_numbers(exchange: Exchange) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for keys, who, number in numbers_of(exchange):
        if number in seen:
            yield Mistake(keys, f"{number} is the number of both {seen[number]} and {who}")
        seen.setdefault(number, who)


def _same_codes(exchange: Exchange) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for at, schedule in enumerate(exchange.schedules):
        if schedule.code in seen:
            what = f"{schedule.code} is the code of both {seen[schedule.code]} and {schedule.name}"
            yield Mistake(("schedules", at, "code"), what)
        if schedule.code:
            seen.setdefault(schedule.code, schedule.name)


def _gone(exchange: Exchange) -> Iterator[Mistake]:
    there = {kind: {one.key for one in exchange.entries(kind)} for kind in KINDS}
    for use in uses(exchange):
        if use.key not in there[use.field]:
            what = f"there is no {KINDS[use.field].what} {use.key}, as {use.by} says"
            yield Mistake(use.keys, what)


def _own_numbers(exchange: Exchange) -> Iterator[Mistake]:
    """Yield who would be called outside at a number that leads back here."""
    ours = {one.number for one in exchange.numbers}
    for at, outside in enumerate(exchange.outside):
        if outside.number in ours:
            what = f"{outside.number} is a number of this exchange, which would call itself"
            yield Mistake(("outside", at, "number"), what)
    for at, user in enumerate(exchange.users):
        if user.mobile in ours:
            what = f"{user.mobile} is a number of this exchange, and no mobile"
            yield Mistake(("users", at, "mobile"), what)
    for at, one in enumerate(exchange.authorised):
        if one.number in ours:
            what = f"{one.number} is a number of this exchange, and nobody calls from there"
            yield Mistake(("authorised", at, "number"), what)


def _hashes(exchange: Exchange) -> Iterator[Mistake]:
    for at, phone in enumerate(exchange.phones):
        lengths = (len(phone.md5), len(phone.sha256), min(len(phone.realm), 1))
        if lengths not in ((0, 0, 0), (32, 64, 1)):
            what = "realm, md5 and sha256 belong together: all of a password, or none"
            yield Mistake(("phones", at), what)
