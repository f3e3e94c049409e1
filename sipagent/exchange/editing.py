"""Changing the exchange: the one way in which commands and the panel write it.

Each change is made in one transaction, on the exchange as it is then: it is refused as a whole
where anything would not fit afterwards. Who has looked at an entry before gives the version that
they saw, and is told what has changed since.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import sqlite_utils
from pydantic import ValidationError

from sipagent import toml
from sipagent.access.lockout import Kind as Streak
from sipagent.access.lockout import pardon
from sipagent.access.pins import HASHER, require_good
from sipagent.errors import DataError
from sipagent.exchange import journal, reading, writing
from sipagent.exchange.difference import Change, changes, shown
from sipagent.exchange.entry import Entry
from sipagent.exchange.model import KINDS, Authorised, Box, Exchange, Group, Outside, User
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.reading import Stored
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.rules import FIELDS, Mistake, Named, mistakes, same_key, users_of
from sipagent.exchange.values import Kind, Ref, plain
from sipagent.store import database

#: A kind, and an entry of it before and after it has got another name.
Renamed = tuple[str, Entry, Entry]
#: Kind of entries that have PINs → what their wrong PINs are counted for.
_STREAKS = {"boxes": "box", "users": "user", "authorised": "authorised"}


class Changed(DataError):
    """Somebody else has changed an entry since it was looked at; the text says what."""

    code = "changed"


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with an entry.

    Args:
        way: to the field; empty: what is wrong is not in this entry.
        sentence: what is wrong, in English.
        mistake: which rule it breaks; None: the value itself is none.
    """

    way: str
    sentence: str
    mistake: Mistake | None = None

    def __str__(self) -> str:
        """Return it as a line for people."""
        return f"{self.way}: {self.sentence}" if self.way and not self.mistake else self.sentence


class Mistaken(DataError):
    """Values of an entry are wrong, or do not fit to what is there.

    Args:
        wrong: what is wrong.
    """

    code = "mistaken"

    def __init__(self, wrong: Sequence[Wrong]) -> None:
        super().__init__("\n".join(map(str, wrong)))
        self.wrong = wrong


class StillUsed(DataError):
    """Something cannot be removed, because others refer to it; the text says who."""

    code = "still-used"


def existing(exchange: Exchange, kind: str, key: str) -> Entry:
    """Return an entry by its key, or by its internal number or short code.

    Raises:
        DataError: there is none; the text names those that look alike.
    """
    key, entries = plain(key), exchange.entries(kind)
    found = exchange.find(kind, key) or next((one for one in entries if key in _numbers(one)), None)
    if found is None:
        there = [one.key for one in entries]
        near = get_close_matches(key, there, cutoff=0.4) or there[:5]
        raise DataError(f"there is no {KINDS[kind].what} {key!r}; there is {_listed(near)}")
    return found


def meant(exchange: Exchange, text: str) -> str:
    """Return whom somebody means: ``user:NAME`` and the like, an internal number or a short code.

    Raises:
        DataError: nobody has that number, or there is no such kind.
    """
    if ":" in text:
        try:
            return str(Ref.of(text))
        except ValueError as error:
            raise DataError(str(error)) from None
    for kind, field in FIELDS.items():
        for entry in exchange.entries(field):
            if text in _numbers(entry):
                return str(Ref(kind, entry.key))
    kinds = ", ".join(f"{kind}:NAME" for kind in Kind)
    raise DataError(f"nobody has the number {text!r}; write an internal number, or {kinds}")


def add(
    db: sqlite_utils.Database,
    kind: str,
    fields: Mapping[str, Any],
    *,
    by: str = "",
    country: str = "PL",
) -> Entry:
    """Add an entry, and return it.

    Args:
        db: the database.
        kind: a field of ``Exchange``, such as ``users``.
        fields: of the entry.
        by: who does it, as ``journal.Noted``.
        country: where a number without prefix belongs.

    Raises:
        Mistaken: a value is wrong, or does not fit to what is there.
    """
    entry = _read(kind, fields, country)

    def plan(there: Stored) -> Exchange:
        _require_free(there.exchange, kind, entry.key)
        return there.exchange.put(kind, entry)

    rewrite(db, plan, by=by)
    return entry


def edit(
    db: sqlite_utils.Database,
    kind: str,
    key: str,
    fields: Mapping[str, Any],
    *,
    seen: int | None = None,
    by: str = "",
    country: str = "PL",
) -> Entry:
    """Change fields of an entry, and return it as it is now.

    Args:
        db: the database.
        kind: as ``add``.
        key: as ``existing``.
        fields: with their new values; the rest stays.
        seen: version of the entry as it was looked at; None: whatever it is.
        by: as ``add``.
        country: as ``add``.

    Raises:
        Changed: it is not as it was seen.
        Mistaken: as ``add``.
        DataError: it is not there, or another one has its new name.
    """
    with database.writing(db):
        before = existing(reading.load(db).exchange, kind, key)
        _require_seen(db, kind, before.key, seen)
        after = _read(kind, {**before.model_dump(), **fields}, country)
        if after.key != before.key:
            _rename(db, kind, before, after)
        rewrite(
            db, lambda there: there.exchange.put(kind, after), by=by, renamed=(kind, before, after)
        )
    return after


def remove(
    db: sqlite_utils.Database, kind: str, key: str, *, seen: int | None = None, by: str = ""
) -> list[Change]:
    """Remove an entry, a user with all phones; return what has gone.

    Raises:
        Changed: as ``edit``.
        DataError: it is not there, or calls are still led to it: the text says by what.
    """

    def plan(there: Stored) -> Exchange:
        entry = existing(there.exchange, kind, key)
        _require_seen(db, kind, entry.key, seen)
        if by := users_of(there.exchange, kind, entry.key):
            who = _listed(list(map(str, by)))
            raise StillUsed(f"{entry.what} {entry.key} is still named by {who}; change that first")
        after = there.exchange.without(kind, entry.key)
        if kind == "users":
            kept = tuple(one for one in after.phones if one.user != entry.key)
            after = after.model_copy(update={"phones": kept})
        return after

    return rewrite(db, plan, by=by)


def replace(
    db: sqlite_utils.Database, wanted: Exchange, *, dry_run: bool = False, by: str = ""
) -> list[Change]:
    """Make the exchange what is wanted, and return how that differs from what was there.

    Passwords and PINs that are not given stay as they are.

    Raises:
        DataError: something does not fit.
    """
    return rewrite(db, lambda there: _with_secrets(wanted, there.exchange), dry_run=dry_run, by=by)


def set_pin(
    db: sqlite_utils.Database, key: str, pin: str, kind: str = "boxes", *, by: str = ""
) -> None:
    """Give a box, or another entry that has one, a PIN, or take it away where it is empty.

    What was guessed wrong is forgotten.

    Raises:
        DataError: there is no such entry, or the PIN is too easy; the text says why.
    """
    found = existing(reading.load(db).exchange, kind, key)
    login = found.number if isinstance(found, Box | User | Authorised) else ""
    if pin:
        require_good(pin, login.removeprefix("+") or found.key)
    keep_pin(db, found.key, HASHER.hash(pin) if pin else "", kind, by=by)


def keep_pin(
    db: sqlite_utils.Database, key: str, hashed: str, kind: str = "boxes", *, by: str = ""
) -> None:
    """Give an entry a PIN whose hash is known; what was guessed wrong is forgotten.

    Raises:
        DataError: there is no such entry.
    """
    with database.writing(db):
        edit(db, kind, key, {"pin": hashed}, by=by)
        pardon(db, Streak.PIN_LOGIN, streak_of(key, kind))


def streak_of(key: str, kind: str = "boxes") -> str:
    """Return what wrong PINs of an entry are counted for: no login of anybody looks like it."""
    return f"{_STREAKS[kind]}:{key}"


def set_night(db: sqlite_utils.Database, schedule: str, until: datetime | None) -> None:
    """Close a schedule until a moment, whatever its hours say; None: they count again.

    Raises:
        DataError: there is no such schedule.
    """
    with database.writing(db):
        found = existing(reading.load(db).exchange, "schedules", schedule)
        writing.set_night(db, found.key, until)


def rewrite(
    db: sqlite_utils.Database,
    plan: Callable[[Stored], Exchange],
    *,
    dry_run: bool = False,
    by: str = "",
    renamed: Renamed | None = None,
) -> list[Change]:
    """Write what a plan makes of the exchange, where that fits; return what it changes.

    Raises:
        Mistaken: it does not fit.
        DataError: as the plan.
    """
    with database.writing(db):
        there = reading.load(db)
        after = plan(there)
        found = changes(there.exchange, after)
        if wrong := [_wrong(after, one, found) for one in mistakes(after)]:
            raise Mistaken(wrong)
        if renamed is not None:
            found = _with_name(found, *renamed)
        if found and not dry_run:
            writing.save(db, after, found, by)
    return found


def _wrong(after: Exchange, mistake: Mistake, found: Sequence[Change]) -> Wrong:
    """Return a mistake with the field of the only entry that is written, where it is there."""
    kind, at, *fields = mistake.keys
    key = after.entries(str(kind))[int(at)].key
    mine = [(one.kind, one.key) for one in found] == [(kind, key)]
    return Wrong(str(fields[0]) if mine and fields else "", mistake.sentence, mistake)


def _with_secrets(wanted: Exchange, there: Exchange) -> Exchange:
    """Return what is wanted, with the secrets that it does not tell as they are."""
    kept = {
        kind: tuple(_kept(one, there.find(kind, one.key)) for one in wanted.entries(kind))
        for kind, model in KINDS.items()
        if model.secrets
    }
    return wanted.model_copy(update=kept)


def _kept(entry: Entry, before: Entry | None) -> Entry:
    if before is None or any(getattr(entry, name) for name in entry.secrets):
        return entry
    return entry.model_copy(update={name: getattr(before, name) for name in entry.secrets})


def _rename(db: sqlite_utils.Database, kind: str, before: Entry, after: Entry) -> None:
    there = reading.load(db).exchange
    _require_free(there, kind, after.key)
    if kind == "phones":
        raise DataError(
            f"the account {before.key} is part of its password: add another phone, and remove it"
        )
    writing.rename(db, kind, before.key, after.key)


def _require_free(there: Exchange, kind: str, key: str) -> None:
    """Check that a name is nobody's.

    Raises:
        Mistaken: it is.
    """
    if there.find(kind, key) is not None:
        name = KINDS[kind].key_field
        found = same_key((name,), Named(kind, key))
        raise Mistaken([Wrong(name, found.sentence, found)])


def _with_name(found: list[Change], kind: str, before: Entry, after: Entry) -> list[Change]:
    """Return changes among which is the name of an entry, where it is another one."""
    if before.key == after.key:
        return found
    name = {after.key_field: (before.key, after.key)}
    mine = (kind, after.key)
    others = [one for one in found if (one.kind, one.key) != mine]
    fields = [one.fields for one in found if (one.kind, one.key) == mine]
    return [*others, Change("changed", *mine, {**name, **(fields[0] if fields else {})})]


def _require_seen(db: sqlite_utils.Database, kind: str, key: str, seen: int | None) -> None:
    if seen is None or reading.load(db).versions[kind, key] == seen:
        return
    told = [
        f"{name} {shown(old)} → {shown(new)}"
        for one in journal.since(db, kind, key, seen)
        for name, (old, new) in one.change.fields.items()
    ]
    raise Changed(
        f"{KINDS[kind].what} {key} was changed since you looked: "
        f"{', '.join(told) or 'how is not kept any more'}; look again, then change it"
    )


def _read(kind: str, fields: Mapping[str, Any], country: str) -> Entry:
    try:
        return KINDS[kind].model_validate(dict(fields), context={"country": country})
    except ValidationError as error:
        raise Mistaken(
            [Wrong(".".join(map(str, keys)), what) for keys, what in toml.by_key(error)]
        ) from None


def _numbers(entry: Entry) -> set[str]:
    """Return what can be dialled inside for an entry."""
    if isinstance(entry, Outside):
        return {entry.code} - {""}
    if isinstance(entry, User | Group | Box | Queue | Room):
        return {entry.number} - {""}
    return set()


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
