"""Values of entries as people read them, in their language."""

from typing import Any

from sipagent.exchange.rules import Mistake, Named
from sipagent.panel.words import Words


def told(words: Words, name: str, value: Any) -> str:
    """Return the value of a field, as it is kept (``Entry.told``) or on record."""
    match value:
        case None | "" | [] | ():
            return ""
        case bool():
            return words("form.yes" if value else "form.no")
        case list() | tuple():
            return ", ".join(told(words, name, one) for one in value)
        case dict():  # the pattern {} would fit any of them
            return "; ".join(f"{key}: {told(words, name, one)}" for key, one in value.items())
        case _:
            return words.known(f"choice.{name}", str(value))


def label(words: Words, kind: str, name: str) -> str:
    """Return what a field is called."""
    return next((words(key) for key in keys("field", kind, name) if words.has(key)), name)


def keys(what: str, kind: str, name: str) -> tuple[str, str]:
    """Return the keys of what is said of a field, that of its kind first."""
    return f"{what}.{kind}.{name}", f"{what}.{name}"


def ruled(words: Words, mistake: Mistake) -> str:
    """Return what does not fit in an exchange."""
    named = {
        name: _called(words, value) if isinstance(value, Named) else value
        for name, value in mistake.named.items()
    }
    return words(f"rule.{mistake.rule}", **named)


def _called(words: Words, one: Named) -> str:
    return f"{words(f'kind.{one.kind}.one')} {one.key}"
