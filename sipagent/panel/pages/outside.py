"""Telephone numbers outside that belong to the exchange: their form."""

from dataclasses import dataclass

from sipagent.panel.forms.entries import EntryPages
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Check, Field, Lines, Select, Typed

_TRUTHS = {"on": True, "off": False, "usual": None}


@dataclass(frozen=True, slots=True)
class _Truth(Select):
    """Yes, no, or as usual."""

    values: tuple[str, ...] = tuple(_TRUTHS)

    def typed(self, value: object) -> Typed:
        """Return ``on`` for yes, and so on."""
        return next(typed for typed, one in _TRUTHS.items() if one is value)

    def value(self, typed: Typed) -> object:
        """Return whether it is so; None: as usual."""
        return _TRUTHS.get(str(typed))


OUTSIDE = EntryPages(
    EntryForm(
        "outside",
        (
            Field("name", needed=True),
            Field("number", needed=True, input="tel", priced=True),
            Field("code", inputmode="tel"),
            Select("shows", values=("active", "passive")),
            Field("keys"),
            _Truth("confirm"),
            Check("may_transfer"),
            Check("text_number"),
            Lines("text"),
        ),
    ),
    ("name", "number", "code", "shows", "confirm"),
)
