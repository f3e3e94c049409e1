"""A form of data that two people may change at once: each keeps what they have changed.

A form sends what stood in each field when it was shown (``was.NAME``) beside what stands there
now. Only what differs is a change; where somebody else has changed the same field meanwhile, they
are shown what they typed with what is there now, and nothing is kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sipagent.panel.forms.fields import Choice, Drawn, Field, Sent, Typed
from sipagent.panel.words import Words


@dataclass(slots=True)
class Edit:
    """What somebody wants to change.

    Args:
        typed: what stands in the fields.
        changed: what of it they have changed.
        theirs: what somebody else has put meanwhile where they have changed something as well.
        wrong: what is wrong with what they typed: field → a sentence in English, or a key of
            ``panel/texts``.
    """

    typed: Mapping[str, Typed]
    changed: Mapping[str, Typed] = field(default_factory=dict)
    theirs: Mapping[str, Typed] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether it can be kept."""
        return not (self.theirs or self.wrong)


def sent(fields: Iterable[Field], form: Sent, now: Mapping[str, Typed]) -> Edit:
    """Return what a form changes.

    Args:
        fields: of the form.
        form: what it has sent.
        now: what would stand in its fields if it were shown now.
    """
    typed: dict[str, Typed] = {}
    changed: dict[str, Typed] = {}
    theirs: dict[str, Typed] = {}
    for one in fields:
        there, given = now[one.name], one.sent(form)
        shown = _tidy(form.get(f"was.{one.name}", _text(there)))
        if _text(given) in (shown, _text(there)):
            typed[one.name] = there
            continue
        typed[one.name] = changed[one.name] = given
        if shown != _text(there):
            theirs[one.name] = there
    return Edit(typed, changed, theirs)


def shown(typed: Mapping[str, Typed]) -> dict[str, str]:
    """Return what a form says that stood in its fields when it was shown."""
    return {name: _text(value) for name, value in typed.items()}


def drawn(
    words: Words,
    about: str,
    fields: Iterable[Field],
    edit: Edit,
    choices: Mapping[str, Sequence[str]] | None = None,
) -> list[Drawn]:
    """Return fields as templates draw them.

    Args:
        words: of who reads it.
        about: the section of texts that has ``NAME``, ``help-NAME`` and ``wrong-NAME``.
        fields: in their order.
        edit: what stands in them.
        choices: values that can be chosen, by field; each is read by ``NAME-VALUE``.
    """
    return [
        Drawn(
            one,
            words(f"{about}.{one.name}"),
            words.known(about, f"help-{one.name}") if words.has(f"{about}.help-{one.name}") else "",
            edit.typed[one.name],
            *_wrong(words, about, one.name, edit.wrong.get(one.name, "")),
            _told(words, one, edit.theirs[one.name]) if one.name in edit.theirs else None,
            [
                Choice(value, words(f"{about}.{one.name}-{value or 'unsaid'}"))
                for value in (choices or {}).get(one.name, ())
            ],
        )
        for one in fields
    ]


def told(about: str, before: Mapping[str, str], changed: Mapping[str, str]) -> str:
    """Return changes as they are put on record: what was, and what is."""
    parts = (f"{name}: {_line(before[name])} → {_line(value)}" for name, value in changed.items())
    return f"{about} {'; '.join(parts)}"


def _line(value: str) -> str:
    return ", ".join(value.splitlines()) or "-"


def _wrong(words: Words, about: str, name: str, what: str) -> tuple[str, str]:
    """Return what is wrong in the language of who reads it, and as commands say it."""
    if not what or words.has(what):
        return (words(what), "") if what else ("", "")
    return words(f"{about}.wrong-{name}"), what


def _told(words: Words, one: Field, typed: Typed) -> str:
    return one.told(words, one.value(typed))


def _text(typed: Typed) -> str:
    """Return what stands in all controls of a field as one text."""
    return _tidy(typed if isinstance(typed, str) else " | ".join(typed))


def _tidy(text: str) -> str:
    """Return a text with line breaks as they are kept; browsers send CR LF."""
    return "\n".join(text.splitlines()).strip()
