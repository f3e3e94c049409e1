"""The form of an entry: what is typed into it, checked as a command checks it, and merged.

Where somebody else has changed the entry meanwhile, their values stand in the fields that who
types has left as they were; in the others stands what was typed, with theirs beside it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import PydanticUndefined

from sipagent.exchange.editing import Mistaken
from sipagent.exchange.entry import Entry
from sipagent.exchange.journal import Noted
from sipagent.exchange.model import KINDS, Exchange
from sipagent.panel.forms.fields import Drawn, Field, Sent, Typed
from sipagent.panel.forms.showing import keys, label, ruled
from sipagent.panel.web import Visit
from sipagent.panel.words import Words


class Unreadable(Exception):
    """What was typed is no value; ``wrong``: field → a key of ``panel/texts``."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__(", ".join(wrong))
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class EntryForm:
    """The fields of a kind of entries, in the order in which they are shown."""

    kind: str
    fields: tuple[Field, ...]

    def sent(self, form: Sent) -> dict[str, Typed]:
        """Return what stands in the controls, of what was sent."""
        return {one.name: one.sent(form) for one in self.fields}

    def typed(self, entry: Entry | None) -> dict[str, Typed]:
        """Return what stands in the controls for an entry; None: for a new one."""
        if entry is None:
            return {one.name: one.typed(_usual(self.kind, one.name)) for one in self.fields}
        told = entry.told()
        return {one.name: one.typed(told[one.name]) for one in self.fields}

    def values(self, typed: Mapping[str, Typed]) -> dict[str, object]:
        """Return the values that are meant.

        Raises:
            Unreadable: some are none.
        """
        found: dict[str, object] = {}
        wrong: dict[str, str] = {}
        for one in self.fields:
            try:
                if one.needed and not typed[one.name]:
                    raise ValueError("form.wrong-empty")
                found[one.name] = one.value(typed[one.name])
            except ValueError as error:
                wrong[one.name] = str(error)
        if wrong:
            raise Unreadable(wrong)
        return found

    def merged(
        self, typed: Mapping[str, Typed], now: Entry, since: Iterable[Noted]
    ) -> tuple[dict[str, Typed], dict[str, Any]]:
        """Return what stands in the controls after others have changed the entry, and what they
        have put where that differs.

        Args:
            typed: what was sent.
            now: the entry as it is now.
            since: how it was changed since it was looked at, the oldest first.
        """
        before: dict[str, object] = {}
        for noted in since:
            for name, (old, _) in noted.change.fields.items():
                before.setdefault(name, old)
        theirs, told = self.typed(now), now.told()
        found, differing = dict(typed), {}
        for one in self.fields:
            if one.name not in before or typed[one.name] == theirs[one.name]:
                continue
            if typed[one.name] == one.typed(before[one.name]):
                found[one.name] = theirs[one.name]
            else:
                differing[one.name] = told[one.name]
        return found, differing

    def drawn(
        self,
        visit: Visit,
        there: Exchange,
        typed: Mapping[str, Typed],
        wrong: Mapping[str, str] | None = None,
        theirs: Mapping[str, Any] | None = None,
        details: Mapping[str, str] | None = None,
    ) -> Sequence[Drawn]:
        """Return the fields as templates draw them.

        Args:
            visit: of who reads it.
            there: the exchange as it is.
            typed: what stands in the controls.
            wrong: what is wrong with it, by field.
            theirs: what somebody else has put there meanwhile, by field.
            details: what is wrong as commands say it, by field.
        """
        words, wrong, theirs, details = visit.words, wrong or {}, theirs or {}, details or {}
        return [
            Drawn(
                one,
                label(words, self.kind, one.name),
                _help(words, self.kind, one.name),
                typed[one.name],
                wrong.get(one.name, ""),
                details.get(one.name, ""),
                one.told(words, theirs[one.name]) if one.name in theirs else None,
                one.choices(visit, there),
            )
            for one in self.fields
        ]

    def mistakes(self, words: Words, error: Mistaken) -> tuple[dict[str, str], dict[str, str]]:
        """Return what is wrong by field: in the words of the panel, and as commands say it.

        What belongs to no field of the form is told under the empty name.
        """
        names = {one.name for one in self.fields}
        wrong: dict[str, list[str]] = defaultdict(list)
        details: dict[str, list[str]] = defaultdict(list)
        for one in error.wrong:
            name = one.way.partition(".")[0]
            place = name if name in names else ""
            if one.mistake is not None:
                wrong[place].append(ruled(words, one.mistake))
                continue
            if not details[place]:
                wrong[place].append(_wrong(words, self.kind, place))
            details[place].append(one.sentence if place else str(one))
        return _joined(wrong), _joined(details)


def _joined(found: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {name: "\n".join(lines) for name, lines in found.items()}


def _help(words: Words, kind: str, name: str) -> str:
    return next((words(key) for key in keys("help", kind, name) if words.has(key)), "")


def _wrong(words: Words, kind: str, name: str) -> str:
    return next(
        (words(key) for key in keys("wrong", kind, name) if words.has(key)), words("form.wrong")
    )


def _usual(kind: str, name: str) -> Any:
    found = KINDS[kind].model_fields[name].get_default(call_default_factory=True)
    return None if found is PydanticUndefined else found
