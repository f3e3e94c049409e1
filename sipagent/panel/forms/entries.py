"""The pages of a kind of entries of the exchange: the list, a new one, one with its form."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode

import sqlite_utils
from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.exchange import editing, journal
from sipagent.exchange.editing import Changed, Mistaken, StillUsed
from sipagent.exchange.entry import Entry
from sipagent.exchange.journal import Noted
from sipagent.exchange.reading import Stored, load
from sipagent.exchange.rules import users_of
from sipagent.panel.forms import pricing
from sipagent.panel.forms.entry_form import EntryForm, Unreadable
from sipagent.panel.forms.fields import Field, Typed
from sipagent.panel.forms.showing import told
from sipagent.panel.forms.steps import steps_of
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.panel.words import Words

#: Entries that a list shows; others are searched for.
_MOST = 200
#: What a page of an entry shows besides its fields, by the names that its template knows.
Beside = Callable[[Visit, Stored, Entry], Mapping[str, Any]]


def nothing_beside(visit: Visit, stored: Stored, entry: Entry) -> Mapping[str, Any]:
    """Show nothing more."""
    return {}


@dataclass(frozen=True, slots=True)
class EntryPages:
    """Pages of a kind of entries.

    Args:
        form: its form.
        columns: the fields that its list shows, the key first.
        more: other columns of the list: name → what is shown, by the keys of entries.
        template: of the page of an entry; it extends ``exchange/entry.html``.
        list_template: of the list; it extends ``exchange/entries.html``.
        beside: what that template shows besides.
    """

    form: EntryForm
    columns: tuple[str, ...]
    more: Mapping[str, Callable[[Stored], Mapping[str, str]]] = field(default_factory=dict)
    template: str = "exchange/entry.html"
    list_template: str = "exchange/entries.html"
    beside: Beside = nothing_beside
    #: Bytes of files that may come with its form; 0: none may.
    files: int = 0

    @property
    def kind(self) -> str:
        """Which kind: a field of ``exchange.model.Exchange``."""
        return self.form.kind

    @property
    def path(self) -> str:
        """Where its list is."""
        return f"/exchange/{self.kind}"

    def routes(self) -> tuple[Route, ...]:
        """Return its routes."""
        allowed = Permission.EXCHANGE
        return (
            Route(self.path, allowed, self.listed),
            Route(f"{self.path}/new", allowed, self.new),
            Route(f"{self.path}/new", allowed, self.add, "POST", files=self.files),
            Route(f"{self.path}/entry", allowed, self.shown),
            Route(f"{self.path}/entry", allowed, self.save, "POST", files=self.files),
            Route(f"{self.path}/remove", allowed, self.remove, "POST"),
        )

    def listed(self, visit: Visit) -> Response:
        """Show the list, or what of it has some text in it."""
        stored = visit.house.data.read(load)
        sought = visit.query.get("q", "").strip().casefold()
        rows = list(self._rows(visit, stored))
        found = [row for row in rows if any(sought in cell.casefold() for cell in row[1])]
        return visit.page(
            self.list_template,
            pages=self,
            columns=(*self.columns, *self.more),
            rows=found[:_MOST],
            found=len(found),
            sought=visit.query.get("q", "").strip(),
            all=len(rows),
            done=visit.query.get("done", ""),
        )

    def new(self, visit: Visit) -> Response:
        """Show an empty form."""
        return self.page(visit, None, self.form.typed(None))

    def add(self, visit: Visit) -> Response:
        """Add an entry."""
        return self._kept(visit, None, editing.add)

    def shown(self, visit: Visit) -> Response:
        """Show an entry."""
        stored = visit.house.data.read(load)
        entry = self.entry(visit, stored)
        if entry is None:
            raise missing()
        return self.page(visit, entry, self.form.typed(entry), stored=stored)

    def save(self, visit: Visit) -> Response:
        """Change an entry as somebody has seen it."""
        stored = visit.house.data.read(load)
        entry = self.entry(visit, stored)
        if entry is None:  # what was typed is not lost: it can be added anew
            typed = self.form.sent(visit.form)
            return self.page(visit, None, typed, 409, trouble=visit.words("form.gone"))
        seen = number_of(visit.form.get("seen", ""))
        write = partial(editing.edit, key=entry.key, seen=seen)
        return self._kept(visit, entry, write)

    def remove(self, visit: Visit) -> Response:
        """Remove an entry, as long as it is as somebody has seen it and nobody refers to it."""
        stored = visit.house.data.read(load)
        entry = self.entry(visit, stored)
        if entry is None:
            return moved(f"{self.path}?done=removed")
        seen = number_of(visit.form.get("seen", ""))
        by = visit.person.name
        try:
            visit.house.data.write(
                lambda db: editing.remove(db, self.kind, entry.key, seen=seen, by=by)
            )
        except StillUsed:
            return self.page(
                visit, entry, self.form.typed(entry), 409, trouble=visit.words("form.still-used")
            )
        except DataError as error:
            typed = self.form.typed(entry)
            trouble = visit.words("form.not-removed")
            return self.page(visit, entry, typed, 409, trouble=trouble, details={"": str(error)})
        return moved(f"{self.path}?done=removed")

    def entry(self, visit: Visit, stored: Stored) -> Entry | None:
        """Return the entry that the address names; None: it is gone."""
        return stored.exchange.find(self.kind, visit.query.get("key", ""))

    def address(self, key: str, **more: str) -> str:
        """Return where an entry is shown."""
        return f"{self.path}/entry?{urlencode({'key': key, **more})}"

    def page(
        self,
        visit: Visit,
        entry: Entry | None,
        typed: Mapping[str, Typed],
        status: int = 200,
        *,
        stored: Stored | None = None,
        wrong: Mapping[str, str] | None = None,
        details: Mapping[str, str] | None = None,
        theirs: Mapping[str, Any] | None = None,
        since: list[Noted] | None = None,
        trouble: str = "",
        asks: bool = False,
    ) -> Response:
        """Show an entry, or the form of a new one.

        Args:
            visit: who asks.
            entry: which; None: a new one.
            typed: what stands in the controls.
            status: of the answer.
            stored: the exchange, where it was read already.
            wrong, details, theirs: as ``EntryForm.drawn``.
            since: what others have changed since the entry was looked at.
            trouble: what is wrong with all of it.
            asks: whether a cost is told that was not told before.
        """
        there = stored or visit.house.data.read(load)
        country = visit.house.config.line.country
        found = pricing.costs(there.exchange, self.form.fields, typed, country)
        beside = self.beside(visit, there, entry) if entry is not None else {}
        return visit.page(
            self.template,
            status,
            pages=self,
            entry=entry,
            fields=self.form.drawn(
                visit, there.exchange, typed, wrong, theirs, details
            ),
            costs=pricing.drawn(visit.words, found),
            seen=there.versions[self.kind, entry.key] if entry is not None else 0,
            uses=users_of(there.exchange, self.kind, entry.key) if entry is not None else [],
            steps=list(steps_of(visit.house.desk, self.kind, entry.key))
            if entry is not None
            else [],
            since=since or [],
            trouble=trouble,
            details=(details or {}).get("", ""),
            asks=asks,
            done=visit.query.get("done", ""),
            **beside,
        )  # fmt: skip

    def told(self, visit: Visit, name: str, value: Any) -> str:
        """Return the value of a field as people read it."""
        known: Mapping[str, Field] = {one.name: one for one in self.form.fields}
        if name in known:
            return known[name].told(visit.words, value)
        return told(visit.words, name, value)

    def _kept(self, visit: Visit, entry: Entry | None, write: Callable[..., Entry]) -> Response:
        """Keep what was typed, unless something is in the way: then that is told beside it."""
        typed = self.form.sent(visit.form)
        there = partial(self.page, visit, entry, typed)
        try:
            values = self.form.values(typed)
        except Unreadable as error:
            return there(422, wrong={name: visit.words(key) for name, key in error.wrong.items()})
        if self._untold(visit, entry, typed):
            return there(asks=True)
        country, by = visit.house.config.line.country, visit.person.name

        def work(db: sqlite_utils.Database) -> Entry:
            return write(db, self.kind, fields=values, by=by, country=country)

        try:
            after = visit.house.data.write(work)
        except Changed:
            return self._changed(visit, typed)
        except Mistaken as error:
            wrong, details = self.form.mistakes(visit.words, error)
            return there(422, wrong=wrong, details=details, trouble=wrong.get("", ""))
        except DataError as error:
            return there(409, trouble=visit.words("form.wrong"), details={"": str(error)})
        return moved(self.address(after.key, done="changed" if entry is not None else "added"))

    def _untold(self, visit: Visit, entry: Entry | None, typed: Mapping[str, Typed]) -> bool:
        """Whether who has sent a form is to see first what calls cost to what they have typed."""
        there = visit.house.data.read(load).exchange
        country, fields = visit.house.config.line.country, self.form.fields
        before = {} if entry is None else self.form.typed(entry)
        known = pricing.costs(there, fields, before, country) if before else {}
        return pricing.untold(pricing.costs(there, fields, typed, country), visit.form, known)

    def _changed(self, visit: Visit, typed: Mapping[str, Typed]) -> Response:
        """Show what was typed, and what somebody else has changed meanwhile."""
        key, seen = visit.query.get("key", ""), number_of(visit.form.get("seen", ""))

        def work(db: sqlite_utils.Database) -> tuple[Stored, list[Noted]]:
            return load(db), journal.since(db, self.kind, key, seen)

        stored, since = visit.house.data.read(work)
        entry = self.entry(visit, stored)
        if entry is None:
            return self.page(visit, None, typed, 409, trouble=visit.words("form.gone"))
        merged, theirs = self.form.merged(typed, entry, since)
        return self.page(visit, entry, merged, 409, stored=stored, theirs=theirs, since=since)

    def _rows(self, visit: Visit, stored: Stored) -> Iterator[tuple[Entry, list[str]]]:
        """Yield all entries with what the list shows of them."""
        known = {one.name: one for one in self.form.fields}
        tell = [
            (name, known[name].told if name in known else partial(_told, name))
            for name in self.columns
        ]
        more = [column(stored) for column in self.more.values()]
        for entry in stored.exchange.entries(self.kind):
            fields = entry.told()
            cells = [say(visit.words, fields[name]) for name, say in tell]
            yield entry, [*cells, *(column.get(entry.key, "") for column in more)]


def _told(name: str, words: Words, value: object) -> str:
    return told(words, name, value)


def number_of(text: str) -> int:
    """Return the number that a form has sent; 0 where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
