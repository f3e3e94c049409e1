"""The people of the panel: adding and finding them, and their passwords."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlite_utils

from sipagent import times
from sipagent.access.pins import HASHER
from sipagent.errors import DataError
from sipagent.exchange.editing import existing
from sipagent.exchange.reading import load
from sipagent.infoline.managing import offices
from sipagent.messages.address import checked
from sipagent.panel.passes import Pass, give
from sipagent.panel.permissions import Permission, Role, may
from sipagent.records.schema import MANAGER, USER
from sipagent.store.database import writing

#: Characters of a password; NIST SP 800-63B-4 asks for no other rule.
SHORTEST, LONGEST = 12, 200
_NAME = re.compile(r"[^\W_](?:[\w.@ -]{0,62}[\w])?")
_COLUMNS = (
    "panel_people.id, panel_people.name, panel_people.role, parties.name, manager_id, "
    "panel_people.email, panel_people.language, theme, totp IS NOT NULL, "
    "EXISTS (SELECT 1 FROM json_each(users.rights) WHERE value = 'listen'), agent"
)
_FROM = (
    "FROM panel_people LEFT JOIN parties ON parties.id = ifnull(user_id, self_id) "
    "LEFT JOIN users ON users.id = parties.id"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may come in."""

    id: int
    name: str
    role: Role
    #: Name of the user of the exchange who they are; administrators need not be one.
    user: str | None
    #: Id of the manager of the infoline who they are; None for all but managers.
    manager: int | None
    email: str
    language: str
    theme: str
    #: Whether they prove who they are by a code as well.
    two_proofs: bool
    #: Whether the user who they are has the right to listen in.
    listens: bool
    #: Whether a user of the exchange works on tickets and in chats; of others their role says.
    agent: bool

    def may(self, permission: Permission) -> bool:
        """Whether they may do something."""
        if permission is Permission.LISTEN and self.role is Role.USER and not self.listens:
            return False
        if permission is Permission.OWN and self.user is None:
            return False
        as_agent = permission in (Permission.HELPDESK, Permission.CHATS)
        if as_agent and self.role is Role.USER and not self.agent:
            return False
        return may(self.role, permission)

    @property
    def labels(self) -> dict[str, str]:
        """What the records of calls are labelled with that they may see; nothing: all of them."""
        match self.role:
            case Role.ADMINISTRATOR:
                return {}
            case Role.USER:
                return {USER: self.user or ""}
            case Role.MANAGER:
                return {MANAGER: str(self.manager)}


def add(
    db: sqlite_utils.Database,
    name: str,
    role: Role,
    *,
    user: str = "",
    manager: str = "",
    email: str = "",
    language: str = "pl",
) -> Person:
    """Add somebody who has no password yet.

    Args:
        db: with the tables of the exchange and of the infoline.
        name: what they type to come in.
        role: what they are.
        user: name or number of the user of the exchange who they are; for the role ``user``, and
            for administrators who are one.
        manager: code of a manager of the infoline, for the role ``manager``.
        email: where one-time codes go; empty: those of a user go to the user's.
        language: ``pl`` or ``en``.

    Raises:
        DataError: a value is wrong; the text says which.
    """
    if not _NAME.fullmatch(name):
        raise DataError(f"{name!r}: a name has letters, digits, spaces and . @ - within it")
    user_id = self_id = manager_id = None
    with writing(db):
        if (role is Role.MANAGER) != bool(manager) or not _may_be_user(role, user):
            raise DataError(
                "--user belongs to the role user (and may to administrators), and --manager to the "
                "role manager"
            )
        if user and role is Role.ADMINISTRATOR:
            self_id, email = _user(db, user, email)
        elif user:
            user_id, email = _user(db, user, email)
        if manager:
            manager_id = _manager(db, manager)
        if _row(db, "panel_people.name = ?", name) is not None:
            raise DataError(f"there is somebody called {name!r} already; see: sipagent panel list")
        values = (name, role.value, user_id, self_id, manager_id, _email(email), language)
        db.execute(
            "INSERT INTO panel_people "
            "(name, role, user_id, self_id, manager_id, email, language, theme, totp_used) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, 'auto', 0)",
            values,
        )
        return named(db, name)


def be(db: sqlite_utils.Database, name: str, user: str) -> None:
    """Say who of the exchange an administrator is; empty: nobody.

    Raises:
        DataError: they are no administrator, or there is no such user.
    """
    with writing(db):
        person = named(db, name)
        if person.role is not Role.ADMINISTRATOR:
            raise DataError(f"{name} is no administrator; of others it is said by: panel user add")
        key = _user(db, user, "")[0] if user else None
        db.execute("UPDATE panel_people SET self_id = ? WHERE id = ?", [key, person.id])


def mark(db: sqlite_utils.Database, name: str, *, agent: bool) -> None:
    """Say whether a user of the exchange works on tickets.

    Raises:
        DataError: nobody has that name, or their role says it.
    """
    with writing(db):
        person = named(db, name)
        if person.role is not Role.USER:
            raise DataError(f"{person.name} works on tickets anyway, as the role says")
        db.execute("UPDATE panel_people SET agent = ? WHERE id = ?", [agent, person.id])


def named(db: sqlite_utils.Database, name: str) -> Person:
    """Return who has a name, however it is capitalized.

    Raises:
        DataError: nobody does.
    """
    found = _row(db, "panel_people.name = ?", name)
    if found is None:
        raise DataError(f"there is nobody called {name!r}; see: sipagent panel list")
    return found


def sought(db: sqlite_utils.Database, name: str) -> Person | None:
    """Return who has a name; None: nobody does."""
    return _row(db, "panel_people.name = ?", name)


def of_id(db: sqlite_utils.Database, key: int) -> Person | None:
    """Return who has an id; None: they were removed."""
    return _row(db, "panel_people.id = ?", key)


def listed(db: sqlite_utils.Database) -> list[Person]:
    """Return all, by their names."""
    rows = db.execute(f"SELECT {_COLUMNS} {_FROM} ORDER BY panel_people.name").fetchall()
    return [_person(row) for row in rows]


def remove(db: sqlite_utils.Database, name: str) -> None:
    """Remove somebody, who is out at once.

    Raises:
        DataError: nobody has that name.
    """
    with writing(db):
        db.execute("DELETE FROM panel_people WHERE id = ?", [named(db, name).id])


def invite(db: sqlite_utils.Database, person: Person, now: datetime, hours: int) -> str:
    """Return a token with which somebody chooses a password once; an earlier one is void.

    Their sessions go on until they have.
    """
    token = secrets.token_urlsafe(32)
    with writing(db):
        give(db, Pass.LINK, person.id, token, now + timedelta(hours=hours))
    return token


def kept_password(db: sqlite_utils.Database, person: int | None) -> str | None:
    """Return the hash of somebody's password; None where there is none."""
    row = db.execute("SELECT password FROM panel_people WHERE id = ?", [person]).fetchone()
    return row[0] if row else None


def hashed(password: str, name: str) -> str:
    """Return the hash of a password that somebody wants, which takes some 30 ms.

    Raises:
        DataError: it is too easy to guess; the text is a key of ``panel/texts``.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise DataError("password.length")
    if len(set(password)) < 5 or name.casefold() in password.casefold():
        raise DataError("password.easy")
    return HASHER.hash(password)


def set_password(db: sqlite_utils.Database, person: int, kept: str) -> None:
    """Give somebody a password whose hash is known; whoever is in with the old one is out."""
    with writing(db):
        db.execute("UPDATE panel_people SET password = ? WHERE id = ?", [kept, person])
        db.execute("DELETE FROM panel_sessions WHERE person_id = ?", [person])
        db.execute("DELETE FROM panel_tickets WHERE person_id = ?", [person])


def prefer(db: sqlite_utils.Database, person: int, fields: Mapping[str, str]) -> None:
    """Keep what somebody prefers: ``language`` or ``theme``, as checked before."""
    with writing(db):
        for name in fields.keys() & {"language", "theme"}:
            db.execute(f"UPDATE panel_people SET {name} = ? WHERE id = ?", [fields[name], person])


def note(
    db: sqlite_utils.Database, at: datetime, person: str, address: str, what: str, about: str = ""
) -> None:
    """Put on record what somebody has done; within a transaction."""
    db.execute(
        "INSERT INTO panel_deeds (at, person, address, what, about) VALUES (?, ?, ?, ?, ?)",
        [times.stored(at), person, address, what, about],
    )


def _row(db: sqlite_utils.Database, where: str, value: object) -> Person | None:
    row = db.execute(f"SELECT {_COLUMNS} {_FROM} WHERE {where}", [value]).fetchone()
    return None if row is None else _person(row)


def _person(row: tuple[object, ...]) -> Person:
    values: dict[str, Any] = dict(zip(Person.__dataclass_fields__, row, strict=True))
    truths = {name: bool(values[name]) for name in ("two_proofs", "listens", "agent")}
    return Person(**{**values, "role": Role(values["role"]), **truths})


def _may_be_user(role: Role, user: str) -> bool:
    """Whether somebody of a role may be a user of the exchange, or nobody there."""
    match role:
        case Role.USER:
            return bool(user)
        case Role.ADMINISTRATOR:
            return True
        case Role.MANAGER:
            return not user


def _user(db: sqlite_utils.Database, key: str, email: str) -> tuple[int, str]:
    """Return the id of a user of the exchange, and the address of who has given none."""
    found = existing(load(db).exchange, "users", key)
    row = db.execute(
        "SELECT users.id FROM users JOIN parties USING (id) WHERE name = ?", [found.key]
    ).fetchone()
    return row[0], email or getattr(found, "email", "")


def _manager(db: sqlite_utils.Database, code: str) -> int:
    managers = {one.manager.code: one.manager.id for one in offices(db)}
    if code not in managers:
        raise DataError(f"there is no manager {code!r}; see: sipagent managers list")
    return managers[code]


def _email(text: str) -> str:
    try:
        return text and checked(text)
    except ValueError as error:
        raise DataError(f"--email: {error}") from None
