"""What differs between two exchanges, entry by entry and field by field; without secrets."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from sipagent.exchange.entry import Entry
from sipagent.exchange.model import KINDS, Exchange

What = Literal["added", "changed", "removed"]


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that differs: of each field what was and what is, None where there is none.

    The key is among the fields only where it was another one before.
    """

    what: What
    kind: str
    key: str
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return it as a line for people."""
        told = ", ".join(self._fields())
        line = f"{KINDS[self.kind].what} {self.key}"
        return f"{line}: {told}" if told else line

    def _fields(self) -> Iterator[str]:
        for name, (old, new) in self.fields.items():
            if self.what == "changed":
                yield f"{name} {shown(old)} → {shown(new)}"
            elif self.what == "added" and new not in ("", [], {}, None):
                yield f"{name} {shown(new)}"


def shown(value: Any) -> str:
    """Return a value of a field as people read it."""
    match value:
        case None | "" | []:
            return "none"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(shown, value))
        case dict():  # the pattern {} would fit any of them
            return "; ".join(f"{name} {shown(one)}" for name, one in value.items()) or "none"
        case _:
            return str(value)


def changes(before: Exchange, after: Exchange) -> list[Change]:
    """Return what was added, changed and removed, in the order of kinds and keys."""
    return [change for kind in KINDS for change in _of_kind(kind, before, after)]


def _of_kind(kind: str, before: Exchange, after: Exchange) -> Iterator[Change]:
    old = {one.key: one for one in before.entries(kind)}
    new = {one.key: one for one in after.entries(kind)}
    for key in sorted({*old, *new}):
        if (fields := _fields(old.get(key), new.get(key))) is not None:
            what: What = "removed" if key not in new else "changed" if key in old else "added"
            yield Change(what, kind, key, fields)


def _fields(old: Entry | None, new: Entry | None) -> dict[str, tuple[Any, Any]] | None:
    """Return the fields that differ, without the key; None where the entries are the same."""
    if old == new:
        return None
    was, is_ = _told(old), _told(new)
    return {
        name: (was.get(name), is_.get(name))
        for name in dict.fromkeys((*was, *is_))
        if was.get(name) != is_.get(name)
    } | _secret(old, new)


def _told(entry: Entry | None) -> dict[str, Any]:
    if entry is None:
        return {}
    return {name: value for name, value in entry.told().items() if name != entry.key_field}


def _secret(old: Entry | None, new: Entry | None) -> dict[str, tuple[str, str]]:
    """Return that a secret differs, and no more of it."""
    was, is_ = _secrets(old), _secrets(new)
    if was == is_:
        return {}
    name = next(one.secret for one in (new, old) if one)
    return {name: ("set" if was else "", "another one" if was and is_ else "set" if is_ else "")}


def _secrets(entry: Entry | None) -> list[Any]:
    if entry is None or not entry.has_secret:
        return []
    return [getattr(entry, name) for name in sorted(entry.secrets)]
