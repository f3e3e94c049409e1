"""Changing what becomes of calls to a user: by commands, and by codes from the phone."""

from collections.abc import Callable
from datetime import datetime

import sqlite_utils

from sipagent.e164 import EMERGENCY
from sipagent.errors import DataError
from sipagent.exchange import editing, reading
from sipagent.exchange.dialled import meant
from sipagent.exchange.directory import Directory, Snapshot
from sipagent.exchange.model import User
from sipagent.exchange.reaching import kept
from sipagent.exchange.reaching.handling import LONGEST, SHORTEST, Follow, Forward, Handling, When
from sipagent.exchange.rights import may_reach
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.values import Kind, Ref, Target
from sipagent.store.database import writing


class Unfit(DataError):
    """What somebody wants for their calls cannot be; the text says why."""

    code = "unfit"


class NotAllowed(Unfit):
    """A user's rights do not open what calls are to be forwarded to."""

    code = "not-allowed"


def forward(
    db: sqlite_utils.Database,
    user: str,
    when: When,
    to: str,
    *,
    seconds: int | None = None,
    in_groups: bool = False,
    country: str = "PL",
) -> Handling:
    """Forward calls to a user, and return what becomes of them now.

    Args:
        db: the database.
        user: name or internal number.
        when: in which case.
        to: what would be dialled there, or ``box:NAME`` and the like.
        seconds: of ringing before, for ``When.NO_ANSWER``; None: as usual.
        in_groups: whether a group's call goes there as well, though it is outside.
        country: where a number without prefix belongs.

    Raises:
        NotAllowed: the user may not call there.
        Unfit: nobody is there, or it cannot be forwarded to.
        DataError: there is no such user.
    """
    with writing(db):
        there = Snapshot.of(reading.load(db))
        who = _user(there, user)
        target = _target(there, who, to, country)
        if not may_reach(who.rights, target, country):
            raise NotAllowed(f"{who.name} may not call {target}; see their rights")
        wanted = Forward(target, in_groups=in_groups)
        if seconds is not None:
            wanted = Forward(target, _within(seconds), in_groups)
        kept.put_forward(db, who.name, when, wanted)
        return _now(db, who)


def forward_no_more(db: sqlite_utils.Database, user: str, *whens: When) -> Handling:
    """Let calls to a user ring where they did before.

    Raises:
        DataError: there is no such user.
    """
    with writing(db):
        who = _user(Snapshot.of(reading.load(db)), user)
        kept.drop_forwards(db, who.name, *whens)
        return _now(db, who)


def disturb(db: sqlite_utils.Database, user: str, *, on: bool) -> Handling:
    """Let everything ring at a user's, or nothing.

    Raises:
        DataError: there is no such user.
    """
    with writing(db):
        who = _user(Snapshot.of(reading.load(db)), user)
        kept.put_dnd(db, who.name, on=not on)
        return _now(db, who)


def follow(
    db: sqlite_utils.Database, user: str, how: Follow, seconds: int | None = None
) -> Handling:
    """Say when a user's mobile rings, and for how long the phones do before.

    Raises:
        Unfit: the user has no mobile, or it is no such time.
        DataError: there is no such user.
    """
    with writing(db):
        who = _user(Snapshot.of(reading.load(db)), user)
        if not who.mobile:
            raise Unfit(f"{who.name} has no mobile: sipagent users edit --mobile")
        before = kept.load(db).get(who.name, Handling())
        ringing = before.seconds if seconds is None else _within(seconds)
        kept.put_follow(db, who.name, how, ringing)
        return _now(db, who)


class Handlings:
    """Changes what becomes of calls to users while the line runs; the next call knows.

    Args:
        directory: what the line knows of the exchange.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def change(self, work: Callable[[sqlite_utils.Database], Handling]) -> Handling:
        """Have one of the functions of this module change something; return what is now.

        Raises:
            DataError, SetupError: as the function, and as ``store.Store.write``.
        """
        return await self._directory.change(work)

    async def close_until(self, schedule: str, until: datetime | None) -> None:
        """Close a schedule until a moment; None: its hours count again.

        Raises:
            DataError, SetupError: as ``store.Store.write``.
        """
        await self._directory.change(lambda db: editing.set_night(db, schedule, until))


def _user(there: Snapshot, text: str) -> User:
    found = editing.existing(there.exchange, "users", text)
    assert isinstance(found, User)
    return found


def _target(there: Snapshot, user: User, text: str, country: str) -> Target:
    """Return what somebody means whom calls are to be forwarded to."""
    if ":" in text:
        target: Target | None = Ref.of(editing.meant(there.exchange, text))
    else:
        target = meant(there, text, country)
    if target is None or target in EMERGENCY:
        raise Unfit(f"calls cannot be forwarded to {text!r}: nobody has this number")
    if isinstance(target, Ref):
        if target.kind is Kind.SCENARIO:
            raise Unfit(f"calls cannot be forwarded to {target}: only to who takes calls")
        if there.exchange.find(FIELDS[target.kind], target.name) is None:
            raise Unfit(f"there is no {target}")
        if target == Ref(Kind.USER, user.name):
            raise Unfit(f"{user.name} cannot forward calls to themselves")
    return target


def _within(seconds: int) -> int:
    if not SHORTEST <= seconds <= LONGEST:
        raise Unfit(f"{seconds} seconds: phones ring for {SHORTEST} to {LONGEST}")
    return seconds


def _now(db: sqlite_utils.Database, user: User) -> Handling:
    return kept.load(db).get(user.name, Handling())
