"""Whether the entries of an exchange fit together; pure, so that a rule holds whoever writes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

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


#: What does not fit, and how it is said.
_SENTENCES = {
    "same-key": "there is a {what} {key} already",
    "same-number": "{number} is the number of both {first} and {second}",
    "same-code": "{code} is the code of both {first} and {second}",
    "gone": "there is no {gone}, as {by} says",
    "calls-itself": "{number} is a number of this exchange, which would call itself",
    "own-mobile": "{number} is a number of this exchange, and no mobile",
    "own-caller": "{number} is a number of this exchange, and nobody calls from there",
    "half-password": "realm, md5 and sha256 belong together: all of a password, or none",
}
RULES = tuple(_SENTENCES)


class Named(NamedTuple):
    """An entry as sentences name it."""

    kind: str
    key: str

    def __str__(self) -> str:
        """Return it in English, such as ``user Anna Nowak``."""
        return f"{KINDS[self.kind].what} {self.key}"


@dataclass(frozen=True, slots=True)
class Mistake:
    """What does not fit.

    Args:
        keys: the way to it, such as ``("users", 0, "number")``.
        rule: which of ``RULES`` it breaks.
        named: what the sentence names.
    """

    keys: Keys
    rule: str
    named: Mapping[str, str | Named] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """What does not fit, in English."""
        return _SENTENCES[self.rule].format_map(self.named)


@dataclass(frozen=True, slots=True)
class Use:
    """Where an entry refers to another one: the way, who does so, and to whom."""

    keys: Keys
    by: Named
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
        yield Use(("phones", at, "user"), Named("phones", phone.account), "users", phone.user)
    for at, group in enumerate(exchange.groups):
        for member in group.members:
            yield _use(("groups", at, "members"), Named("groups", group.name), member)
    for at, box in enumerate(exchange.boxes):
        yield _use(("boxes", at, "owner"), Named("boxes", box.name), box.owner)
        for greeting, name in box.greetings.items():
            way = ("boxes", at, "greetings", greeting)
            yield Use(way, Named("boxes", box.name), "announcements", name)
    for at, room in enumerate(exchange.rooms):
        if room.greeting:
            keys = ("rooms", at, "greeting")
            yield Use(keys, Named("rooms", room.name), "announcements", room.greeting)
    for at, number in enumerate(exchange.numbers):
        if Ref.of(number.leads_to).kind is not Kind.SCENARIO:
            yield _use(
                ("numbers", at, "leads_to"), Named("numbers", number.number), number.leads_to
            )
    for at, one in enumerate(exchange.authorised):
        by = Named("authorised", one.number)
        yield Use(("authorised", at, "user"), by, "users", one.user)
        if one.schedule:
            yield Use(("authorised", at, "schedule"), by, "schedules", one.schedule)
    yield from _uses_of_queues(exchange)


def _uses_of_queues(exchange: Exchange) -> Iterator[Use]:
    for at, queue in enumerate(exchange.queues):
        by = Named("queues", queue.name)
        for member in queue.members:
            yield _use(("queues", at, "members"), by, member.who)
        for occasion, target in queue.leads.items():
            yield _use(("queues", at, "leads", occasion), by, target)
        for sound, names in queue.sounds.items():
            for name in names:
                yield Use(("queues", at, sound), by, "announcements", name)


def users_of(exchange: Exchange, kind: str, key: str) -> list[Named]:
    """Return who refers to an entry, each once; phones go with their user, and do not count."""
    found = (
        one.by
        for one in uses(exchange)
        if (one.field, one.key) == (kind, key) and one.by.kind != "phones"
    )
    return list(dict.fromkeys(found))


def numbers_of(exchange: Exchange) -> Iterator[tuple[Keys, Named, str]]:
    """Yield what can be dialled inside: the way to it, who has it, and the number or code."""
    for kind, name in (
        ("users", "number"),
        ("groups", "number"),
        ("boxes", "number"),
        ("outside", "code"),
        ("queues", "number"),
        ("rooms", "number"),
    ):
        for at, entry in enumerate(exchange.entries(kind)):
            if number := getattr(entry, name):
                yield (kind, at, name), Named(kind, entry.key), number


def _use(keys: Keys, by: Named, text: str) -> Use:
    ref = Ref.of(text)
    return Use(keys, by, FIELDS[ref.kind], ref.name)


def _same_keys(exchange: Exchange) -> Iterator[Mistake]:
    for kind, model in KINDS.items():
        seen: dict[str, str] = {}
        for at, entry in enumerate(exchange.entries(kind)):
            folded = entry.key.casefold()  # on paper and in speech they are the same
            if folded in seen:
                yield same_key((kind, at, model.key_field), Named(kind, seen[folded]))
            seen.setdefault(folded, entry.key)


def same_key(keys: Keys, there: Named) -> Mistake:
    """Return that something is called as an entry that is there."""
    return Mistake(keys, "same-key", {"what": KINDS[there.kind].what, "key": there.key})


def _same_numbers(exchange: Exchange) -> Iterator[Mistake]:
    seen: dict[str, Named] = {}
    for keys, who, number in numbers_of(exchange):
        if number in seen:
            both: Mapping[str, str | Named] = {"first": seen[number], "second": who}
            yield Mistake(keys, "same-number", {"number": number, **both})
        seen.setdefault(number, who)


def _same_codes(exchange: Exchange) -> Iterator[Mistake]:
    seen: dict[str, str] = {}
    for at, schedule in enumerate(exchange.schedules):
        if schedule.code in seen:
            first, second = seen[schedule.code], schedule.name
            named = {"code": schedule.code, "first": first, "second": second}
            yield Mistake(("schedules", at, "code"), "same-code", named)
        if schedule.code:
            seen.setdefault(schedule.code, schedule.name)


def _gone(exchange: Exchange) -> Iterator[Mistake]:
    there = {kind: {one.key for one in exchange.entries(kind)} for kind in KINDS}
    for use in uses(exchange):
        if use.key not in there[use.field]:
            yield Mistake(use.keys, "gone", {"gone": Named(use.field, use.key), "by": use.by})


def _own_numbers(exchange: Exchange) -> Iterator[Mistake]:
    """Yield who would be called outside at a number that leads back here."""
    ours = {one.number for one in exchange.numbers}
    for kind, field_of, rule in (
        ("outside", "number", "calls-itself"),
        ("users", "mobile", "own-mobile"),
        ("authorised", "number", "own-caller"),
    ):
        for at, entry in enumerate(exchange.entries(kind)):
            number = getattr(entry, field_of)
            if number in ours:
                yield Mistake((kind, at, field_of), rule, {"number": number})


def _hashes(exchange: Exchange) -> Iterator[Mistake]:
    for at, phone in enumerate(exchange.phones):
        lengths = (len(phone.md5), len(phone.sha256), min(len(phone.realm), 1))
        if lengths not in ((0, 0, 0), (32, 64, 1)):
            yield Mistake(("phones", at), "half-password")
