"""Values of entries as people read them, in their language."""

from typing import Any

from sipagent.panel.forms.fields import Field, Several, Typed
from sipagent.panel.words import Words


def told(words: Words, name: str, value: Any) -> str:
    """Return the value of a field as it is kept (``Entry.told``), or of a change on record."""
    match value:
        case None | "" | []:
            return ""
        case bool():
            return words("form.yes" if value else "form.no")
        case list() | tuple():
            return ", ".join(told(words, name, one) for one in value)
        case dict():  # the pattern {} would fit any of them
            return "; ".join(f"{key}: {told(words, name, one)}" for key, one in value.items())
        case _:
            return words.known(f"choice.{name}", str(value))


def shown(words: Words, field: Field, typed: Typed) -> str:
    """Return what stands in a control."""
    value = typed if isinstance(field, Several) else field.value(typed)
    return told(words, field.name, value if isinstance(value, bool | tuple) else typed)
