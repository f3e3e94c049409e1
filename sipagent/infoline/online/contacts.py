"""Telephones and e-mails that owners change themselves: asked for, proved, made, or stopped.

A number opens the infoline, so one that comes counts an hour after its proof only, and whoever is
told of it can stop it until then. An e-mail address gets letters at once, and opens this page after
an hour. Each step is one transaction, and whom it is told to stands in it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

import sqlite_utils

from sipagent import times
from sipagent.access.networks import network
from sipagent.e164 import is_mobile, to_e164
from sipagent.errors import SipAgentError
from sipagent.infoline import values
from sipagent.infoline.directory import Directory
from sipagent.infoline.editing import Changes, edit_owner
from sipagent.infoline.model import Owner
from sipagent.infoline.online import codes
from sipagent.infoline.online.changes import Action, Change, Medium, State, found, selected
from sipagent.infoline.online.secret import fits, written
from sipagent.infoline.online.ways import known
from sipagent.infoline.pins import allows, has_pin
from sipagent.store.data import Data
from sipagent.store.database import writing

#: Telephones, and e-mails, of one owner.
MOST = 5
#: Changes that an owner may ask for within a day.
PER_DAY = 8
#: How long it takes until a new number or address opens something.
HELD_BACK = timedelta(hours=1)
#: What was asked for and never proved is forgotten after so long.
_FORGOTTEN = timedelta(days=1)


class ContactRefused(SipAgentError):
    """A change that is not made; ``key`` says why, among the texts of the page."""

    code = "contact-refused"

    def __init__(self, key: str) -> None:
        super().__init__(f"the change is not made: {key}")
        self.key = key


@dataclass(frozen=True, slots=True)
class Wish:
    """What an owner wants to change, as it was typed.

    Args:
        medium: telephones or e-mails.
        action: what becomes of them.
        old: what is replaced or removed.
        new: what comes.
        order: all of them, where their order changes.
        proof: where the code is to go, of a removal and an order.
        browser: IP address that asks.
        language: of the letters.
    """

    medium: Medium
    action: Action
    old: str = ""
    new: str = ""
    order: Sequence[str] = ()
    proof: str = ""
    browser: str = ""
    language: str = "pl"


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that was asked for, and the code that proves it."""

    change: int
    code: str
    target: str


class Contacts:
    """What owners may do with their addresses; call what changes something in a transaction.

    Args:
        db: with the tables of owners online.
        texts: whether texts can be sent.
        country: where a number without prefix belongs (ISO 3166).
    """

    def __init__(self, db: sqlite_utils.Database, *, texts: bool, country: str = "PL") -> None:
        self._db = db
        self._texts = texts
        self._country = country

    def ask(self, owner: Owner, wish: Wish, now: datetime) -> Asked:
        """Write down what an owner wants; it is made once its code is typed.

        Raises:
            ContactRefused: it cannot be.
        """
        new = self._read(wish) if wish.action in (Action.ADD, Action.REPLACE) else ""
        self._check(owner, wish, new, now)
        target = new or wish.proof
        asks = network(wish.browser)
        free = codes.free(self._db, owner.login, asks, now)
        if not (free and codes.count(self._db, owner.login, asks, target, now)):
            _refuse("too-many")
        self._db.execute(
            "DELETE FROM owner_changes WHERE state = 'asked' AND asked <= ?",
            [stored(now - _FORGOTTEN)],
        )
        if wish.action is Action.ORDER:
            new = json.dumps(list(wish.order))
        done = self._db.execute(
            "INSERT INTO owner_changes (owner_id, medium, action, old, new, proof, state, browser, "
            "language, asked) VALUES (?, ?, ?, ?, ?, ?, 'asked', ?, ?, ?)",
            [
                *(owner.id, wish.medium, wish.action, wish.old, new, target),
                *(wish.browser, wish.language, stored(now)),
            ],
        )
        change = int(done.lastrowid or 0)
        return Asked(change, codes.give(self._db, _subject(change), now), target)

    def prove(self, owner: Owner, change: int, code: str, now: datetime) -> Change | None:
        """Make a change whose code is right, or let it wait; None: the code is wrong.

        Raises:
            ContactRefused: it cannot be made any more.
        """
        wanted = self.asked(owner, change, now)
        if not codes.take(self._db, _subject(change), code, now):
            return None
        # Meanwhile others may have been proved that were asked for later.
        self._require_room(owner, wanted.medium, wanted.action, wanted.old, wanted.new)
        held = wanted.medium is Medium.PHONE and wanted.action in (Action.ADD, Action.REPLACE)
        if wanted.action is Action.REMOVE and not self._open_without(owner, wanted.old, now):
            _refuse("last")
        self._db.execute(
            "UPDATE owner_changes SET state = 'waiting', proved = ?, due = ? WHERE id = ?",
            [stored(now), stored(now + HELD_BACK) if held else stored(now), change],
        )
        _tell(self._db, owner, change, "proved")
        if not held:
            make(self._db, found(self._db, change), now)
        return found(self._db, change)

    def asked(self, owner: Owner, change: int, now: datetime) -> Change:
        """Return a change of an owner whose code can still be typed.

        Raises:
            ContactRefused: there is none.
        """
        where = "id = ? AND owner_id = ? AND state = 'asked'"
        for one in selected(self._db, where, change, owner.id):
            if codes.holds(self._db, _subject(change), now):
                return one
        _refuse("over")

    def fresh(self, owner: Owner, now: datetime) -> frozenset[str]:
        """Return the e-mails that the owner has added so lately that they open nothing yet."""
        rows = self._db.execute(
            "SELECT new FROM owner_changes WHERE owner_id = ? AND medium = 'email' "
            "AND action IN ('add', 'replace') AND state = 'done' AND settled > ?",
            [owner.id, stored(now - HELD_BACK)],
        )
        return frozenset(address for (address,) in rows.fetchall())

    def replaced(self, owner: Owner, now: datetime) -> list[str]:
        """Return the e-mails that the owner has replaced or removed so lately."""
        rows = self._db.execute(
            "SELECT old FROM owner_changes WHERE owner_id = ? AND medium = 'email' "
            "AND action IN ('replace', 'remove') AND state = 'done' AND settled > ? ORDER BY id",
            [owner.id, stored(now - HELD_BACK)],
        )
        return [address for (address,) in rows.fetchall()]

    def waiting(self, owner: Owner) -> list[Change]:
        """Return the changes that do not count yet, those that count first coming first."""
        return selected(self._db, "owner_id = ? AND state = 'waiting' ORDER BY due", owner.id)

    def _read(self, wish: Wish) -> str:
        try:
            if wish.medium is Medium.EMAIL:
                return values.email(wish.new)
            number = to_e164(wish.new.strip(), self._country)
        except ValueError:
            _refuse(f"no-{wish.medium}")
        if not is_mobile(number):
            _refuse("no-mobile")
        return number

    def _check(self, owner: Owner, wish: Wish, new: str, now: datetime) -> None:
        """See that a wish can come true.

        Raises:
            ContactRefused: it cannot.
        """
        if wish.medium is Medium.PHONE and not self._texts and new:
            _refuse("no-texts")
        self._require_room(owner, wish.medium, wish.action, wish.old, new)
        there = members(owner, wish.medium)
        if wish.action is Action.ORDER and sorted(wish.order) != sorted(there):
            _refuse("gone")
        if wish.action is Action.REMOVE and not self._open_without(owner, wish.old, now):
            _refuse("last")
        if not new and wish.proof not in self.proofs(owner, now):
            _refuse("no-proof")
        (today,) = self._db.execute(
            "SELECT count(*) FROM owner_changes WHERE owner_id = ? AND asked > ?",
            [owner.id, stored(now - timedelta(days=1))],
        ).fetchone()
        if int(today) >= PER_DAY:
            _refuse("too-many")

    def _require_room(
        self, owner: Owner, medium: Medium, action: Action, old: str, new: str
    ) -> None:
        """See that a change fits to what is there, and to what comes to be there.

        Raises:
            ContactRefused: it does not.
        """
        there = members(owner, medium)
        waits = [one for one in self.waiting(owner) if one.medium is medium]
        comes = action in (Action.ADD, Action.REPLACE)
        if comes and (new in there or new in [one.new for one in waits]):
            _refuse("there")
        if action is Action.ADD and len(there) + len(waits) >= MOST:
            _refuse("enough")
        # One that is replaced already would be replaced by two.
        left = set(there) - {one.old for one in waits}
        if action in (Action.REPLACE, Action.REMOVE) and old not in left:
            _refuse("gone")

    def proofs(self, owner: Owner, now: datetime) -> list[str]:
        """Return the addresses to which the code of a removal can go."""
        return [one.target for one in known(
            self._db, owner, texts=self._texts, fresh=self.fresh(owner, now)
        )]  # fmt: skip

    def _open_without(self, owner: Owner, address: str, now: datetime) -> bool:
        """Whether an owner could still come in here without an address."""
        left = [one for one in self.proofs(owner, now) if one != address]
        return bool(left) or (allows(owner) and has_pin(self._db, owner))


def members(owner: Owner, medium: Medium) -> tuple[str, ...]:
    """Return an owner's telephones, or e-mails."""
    return owner.phones if medium is Medium.PHONE else owner.emails


def make(db: sqlite_utils.Database, change: Change, now: datetime) -> None:
    """Make a change that waits, once; within a transaction."""
    owner = Directory(db).get(change.owner_id)
    assert owner is not None  # a change goes with its owner
    before = members(owner, change.medium)
    after = change.made(before)
    phones = change.medium is Medium.PHONE
    edit_owner(db, owner.login, Changes(phones=after) if phones else Changes(emails=after))
    db.execute(
        "INSERT OR IGNORE INTO owner_bases (owner_id, medium, members) VALUES (?, ?, ?)",
        [owner.id, change.medium, json.dumps(before)],
    )
    db.execute(
        "UPDATE owner_changes SET state = 'done', settled = ?, before = ?, after = ? "
        "WHERE id = ? AND state = 'waiting'",
        [stored(now), json.dumps(before), json.dumps(after), change.id],
    )


def settle(data: Data, now: datetime) -> int:
    """Make the changes whose time has come, each once; return how many.

    Whoever looks a number up calls this first: nobody waits for a clock to strike.
    """
    due = "state = 'waiting' AND due <= ? ORDER BY due, id"

    def work(db: sqlite_utils.Database) -> int:
        changes = selected(db, due, stored(now))
        for one in changes:
            make(db, one, now)
        return len(changes)

    if not data.read(lambda db: selected(db, f"{due} LIMIT 1", stored(now))):
        return 0
    return data.write(work, durable=True)


def stop(db: sqlite_utils.Database, change: Change, now: datetime) -> Change | None:
    """Stop a change that waits, and return it as it is then; None: it is too late."""
    with writing(db):
        change = found(db, change.id)
        if change.state is not State.WAITING or (change.due or "") <= stored(now):
            return None
        owner = Directory(db).get(change.owner_id)
        assert owner is not None  # a change goes with its owner
        db.execute(
            "UPDATE owner_changes SET state = 'stopped', settled = ? WHERE id = ?",
            [stored(now), change.id],
        )
        _tell(db, owner, change.id, "stopped")
        return found(db, change.id)


def link_of(db: sqlite_utils.Database, change: Change) -> str:
    """Return what stands in the link that stops a change."""
    return f"{change.id}.{written(db, 'stop', str(change.id))}"


def of_link(db: sqlite_utils.Database, token: str) -> Change:
    """Return the change of a link.

    Raises:
        ContactRefused: nobody was given such a link.
    """
    number, _, mark = token.partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) < 16):
        _refuse("over")
    if not fits(db, mark, "stop", number):
        _refuse("over")
    for one in selected(db, "id = ?", int(number)):
        return one
    _refuse("over")


def stored(moment: datetime) -> str:
    """Return a moment as these tables keep it."""
    return times.stored(moment, "seconds")


def _tell(db: sqlite_utils.Database, owner: Owner, change: int, event: str) -> None:
    """Have all addresses that are on record now, and the office, told of something."""
    db.execute(
        "INSERT INTO owner_tellings (change_id, event, emails, phones) VALUES (?, ?, ?, ?)",
        [change, event, json.dumps(owner.emails), json.dumps(owner.phones)],
    )


def _subject(change: int) -> str:
    return f"change:{change}"


def _refuse(key: str) -> NoReturn:
    raise ContactRefused(key)
