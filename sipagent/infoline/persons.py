"""Owners as persons: what the infoline knows of them, and what goes with them."""

from collections.abc import Iterable

import sqlite_utils

from sipagent.persons.holding import Holding, Table
from sipagent.persons.person import Person

_OWNER = "owner_id IN (SELECT id FROM owners WHERE login IN {logins})"
#: What the infoline adds to requests, whose holding is theirs.
_REQUESTS = "ticket IN (SELECT id FROM tickets WHERE kind = 'owner' AND ref IN {logins})"
_SUBJECTS = "(SELECT 'owner:' || id FROM owners WHERE login IN {logins})"


def _knows(db: sqlite_utils.Database, person: Person) -> Person:
    return _of(db, "login IN (SELECT value FROM json_each(:logins))", person)


def _others(db: sqlite_utils.Database, person: Person) -> Person:
    return _of(db, "login NOT IN (SELECT value FROM json_each(:logins))", person)


def _of(db: sqlite_utils.Database, where: str, person: Person) -> Person:
    """Return what owners are called, and how they are reached."""

    def read(columns: str, table: str) -> Iterable[str]:
        joined = f"SELECT {columns} FROM owners {table} WHERE {where}"
        return [value for (value,) in db.conn.execute(joined, person.values).fetchall()]

    return Person.of(
        names=read("name", ""),
        numbers=read("number", "JOIN owner_phones ON owner_id = owners.id"),
        emails=read("lower(address)", "JOIN owner_emails ON owner_id = owners.id"),
    )


OWNERS = Holding(
    "owners",
    {"pl": "Właściciel w kartotece", "en": "Owner in the directory"},
    [
        Table("pins", f"subject IN {_SUBJECTS}", hides=frozenset({"hash"})),
        Table("premises", _OWNER, hides=frozenset({"folded"})),
        Table("charges", f"premises_id IN (SELECT id FROM premises WHERE {_OWNER})"),
        Table("accounts", _OWNER),
        # A number or address that was named is nobody's any more, whoever's it was.
        Table("owner_phones", f"{_OWNER} OR number IN {{numbers}}"),
        Table("owner_emails", f"{_OWNER} OR lower(address) IN {{emails}}"),
        Table("owner_trials", f"{_OWNER} OR number IN {{numbers}}"),
        Table("owner_changes", _OWNER),
        Table("owner_bases", _OWNER),
        Table("online_sends", "login IN {logins} OR target IN {numbers} OR target IN {emails}"),
        Table("owner_requests", _REQUESTS, {"premises": "''"}),
        Table("owners", "login IN {logins}", hides=frozenset({"folded"})),
        Table("login_failures", "value IN {logins} OR value IN {numbers}"),
    ],
    knows=_knows,
    others=_others,
)
