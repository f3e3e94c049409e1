"""People of the exchange, and callers of it, as persons: entries, queues, ordered calls, texts."""

from collections.abc import Iterable, Sequence

import sqlite_utils

from sipagent.config import Config
from sipagent.exchange import editing, reading
from sipagent.exchange.model import Exchange, User
from sipagent.exchange.reading import Stored
from sipagent.exchange.recording.persons import recordings
from sipagent.exchange.rules import FIELDS, users_of
from sipagent.exchange.values import Kind
from sipagent.persons.holding import HeldFile, Holding, Row, Table
from sipagent.persons.person import Person

_SECRETS = frozenset({"md5", "sha256", "realm", "pin"})


def holdings(config: Config) -> list[Holding]:
    """Return what the exchange keeps of persons."""
    folder = config.paths.recordings

    def voice(row: Row) -> Iterable[HeldFile]:
        if name := str(row["recording"]):
            yield HeldFile(folder / name, name)

    return [
        Holding(
            "exchange",
            {"pl": "Osoba w centrali", "en": "Person of the exchange"},
            [_Entries(), Table("forwards", "number IN {numbers}")],
            knows=_knows,
            others=_others,
            hinders=_hinders,
        ),
        recordings(config),
        Holding(
            "voicemail",
            {"pl": "Wiadomości w skrzynkach głosowych", "en": "Messages on voicemail"},
            [Table("voice_messages", "number IN {numbers}", held=voice)],
        ),
        _WAITING,
    ]


_WAITING = Holding(
    "queues",
    {"pl": "Kolejki, zamówione połączenia, SMS-y", "en": "Queues, ordered calls, texts"},
    [
        Table("queue_callbacks", "number IN {numbers}"),
        # How long somebody has waited is counted on.
        Table("queue_calls", "number IN {numbers}", {"number": "''", "name": "''"}),
        Table("incoming_texts", "sender IN {numbers} OR recipient IN {numbers}"),
        Table(
            "ordered_calls",
            "number IN {numbers} OR person IN {numbers} OR target IN {numbers} OR user IN {users}",
            {
                name: f"CASE WHEN {name} IN {{numbers}} THEN '' ELSE {name} END"
                for name in ("number", "person", "target")
            },
        ),
        Table("room_invitations", "target IN {numbers} OR target IN {parties}"),
    ],
)


class _Entries:
    """Entries of a person: a user with phones, and numbers from which calls are ordered."""

    name = "entries"

    def rows(self, db: sqlite_utils.Database, person: Person) -> Sequence[Row]:
        """Return the entries that are about somebody."""
        there = reading.load(db).exchange
        return [
            {"kind": kind, **_shown(entry.model_dump(mode="json"))}
            for kind in ("users", "phones", "authorised", "outside")
            for entry in there.entries(kind)
            if entry not in _without(there, person).entries(kind)
        ]

    def files(self, db: sqlite_utils.Database, person: Person) -> Sequence[HeldFile]:
        """Return nothing: they have none."""
        return ()

    def erase(self, db: sqlite_utils.Database, person: Person, found: Sequence[Row]) -> int:
        """Take them out, as a whole that fits."""

        def plan(there: Stored) -> Exchange:
            return _without(there.exchange, person)

        return len(editing.rewrite(db, plan))


def _without(there: Exchange, person: Person) -> Exchange:
    """Return an exchange that knows somebody no more."""
    users = [
        one.model_copy(update=_unreached(one, person))
        for one in there.users
        if one.name not in person.users
    ]
    return there.model_copy(
        update={
            "users": tuple(users),
            "phones": tuple(one for one in there.phones if one.user not in person.users),
            "authorised": tuple(
                one
                for one in there.authorised
                if one.user not in person.users and one.number not in person.numbers
            ),
            "outside": tuple(one for one in there.outside if one.number not in person.numbers),
        }
    )


def _unreached(user: User, person: Person) -> dict[str, str]:
    """Return what changes of somebody else who is reached as the person was."""
    wrong = {"mobile": user.mobile in person.numbers, "email": user.email.lower() in person.emails}
    return {name: "" for name, is_so in wrong.items() if is_so}


def _hinders(db: sqlite_utils.Database, person: Person) -> Iterable[str]:
    """Yield where calls are still led to them: nobody but the operator knows where else to."""
    there = reading.load(db).exchange
    gone = [(FIELDS[Kind.USER], one) for one in sorted(person.users)]
    gone += [("outside", one.name) for one in there.outside if one.number in person.numbers]
    for kind, name in gone:
        for by in users_of(there, kind, name):
            if by.kind != "authorised":
                yield f"{name} is still named by {by}; change that first"


def _knows(db: sqlite_utils.Database, person: Person) -> Person:
    return _of(db, person, mine=True)


def _others(db: sqlite_utils.Database, person: Person) -> Person:
    return _of(db, person, mine=False)


def _of(db: sqlite_utils.Database, person: Person, *, mine: bool) -> Person:
    """Return what users are called, and how they are reached: the person, or all others."""
    there = reading.load(db).exchange
    users = [one for one in there.users if (one.name in person.users) is mine]
    names = {one.name for one in users}
    authorised = [one.number for one in there.authorised if one.user in names]
    return Person.of(
        names=[one.name for one in users],
        numbers=[*(one.mobile for one in users), *authorised],
        emails=[one.email.lower() for one in users],
    )


def _shown(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if name not in _SECRETS}
