"""Fields of forms: what stands in a control, and the value that it means.

What stands in a control is text, or several texts where several are chosen (``Typed``). A kind of
field is a class with a template of its own, which draws a ``Drawn`` as ``one``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sipagent.exchange.model import Exchange
from sipagent.money import amount, plain_amount
from sipagent.panel.forms.showing import told
from sipagent.panel.web import Visit
from sipagent.panel.words import Words

#: What stands in a control.
Typed = str | tuple[str, ...]
#: What a form has sent, by names of controls.
Sent = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen: its value, and how people read it."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A field as a template draws it.

    Args:
        field: which.
        label, help: in the language of who reads it.
        typed: what stands in it.
        wrong: what is wrong with that; empty where nothing is.
        details: the same in English, as commands say it.
        theirs: what somebody else has put there meanwhile; None: nobody has.
        choices: what can be chosen.
    """

    field: "Field"
    label: str
    help: str
    typed: Typed
    wrong: str = ""
    details: str = ""
    theirs: str | None = None
    choices: Sequence[Choice] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """Text in one line.

    Args:
        name: of the field of the entry, and of the control.
        needed: whether it may not be empty.
        input: type of the control, as HTML has it.
        inputmode: keys that a telephone shows.
        priced: whether it is a number whose calls cost something.
        offers: the id of a list on the page, of what is offered while one types.
    """

    template: ClassVar[str] = "forms/text.html"

    name: str
    needed: bool = False
    input: str = "text"
    inputmode: str = ""
    priced: bool = False
    offers: str = ""

    def sent(self, form: Sent) -> Typed:
        """Return what stands in the control, of what a form has sent."""
        return form.get(self.name, "").strip()

    def typed(self, value: object) -> Typed:
        """Return what stands in the control for a value that is kept."""
        return "" if value is None else str(value)

    def value(self, typed: Typed) -> object:
        """Return the value that is meant.

        Raises:
            ValueError: it is none; the text is a key of ``panel/texts``.
        """
        return typed

    def told(self, words: Words, value: object) -> str:
        """Return a value that is kept as people read it."""
        return told(words, self.name, value)

    def choices(self, visit: Visit, there: Exchange) -> Sequence[Choice]:
        """Return what can be chosen; nothing where anything may be typed."""
        return ()


@dataclass(frozen=True, slots=True)
class Amount(Field):
    """Zlotys, kept as grosze; empty is as usual."""

    inputmode: str = "decimal"

    def typed(self, value: object) -> Typed:
        """Return zlotys for grosze."""
        return plain_amount(value) if isinstance(value, int) else ""

    def told(self, words: Words, value: object) -> str:
        """Return zlotys for grosze."""
        return f"{plain_amount(value)} zł" if isinstance(value, int) else ""

    def value(self, typed: Typed) -> object:
        """Return grosze for zlotys; None for nothing."""
        if not typed:
            return None
        try:
            return amount(str(typed))
        except ValueError:
            raise ValueError("form.wrong-amount") from None


@dataclass(frozen=True, slots=True)
class Lines(Field):
    """Text in several lines."""

    template: ClassVar[str] = "forms/lines.html"


@dataclass(frozen=True, slots=True)
class Check(Field):
    """Yes or no."""

    template: ClassVar[str] = "forms/check.html"

    def sent(self, form: Sent) -> Typed:
        """Return ``on`` where it is checked."""
        return "on" if form.get(self.name) else ""

    def typed(self, value: object) -> Typed:
        """Return ``on`` for yes."""
        return "on" if value else ""

    def value(self, typed: Typed) -> object:
        """Return whether it is checked."""
        return typed == "on"


@dataclass(frozen=True, slots=True)
class Select(Field):
    """One of several.

    Args:
        values: what can be chosen; each is read by ``choice.FIELD.VALUE``.
    """

    template: ClassVar[str] = "forms/select.html"

    values: tuple[str, ...] = ()

    def choices(self, visit: Visit, there: Exchange) -> Sequence[Choice]:
        """Return what can be chosen."""
        return _choices(self.name, self.values, visit.words)


@dataclass(frozen=True, slots=True)
class Several(Field):
    """Some of several: a box to check for each, and whatever else is typed, with commas.

    Args:
        values: as ``Select``.
        others: whether other values may be typed.
    """

    template: ClassVar[str] = "forms/several.html"

    values: tuple[str, ...] = ()
    others: bool = False

    def sent(self, form: Sent) -> Typed:
        """Return what is checked, and what was typed besides."""
        checked = [one for one in self.values if form.get(f"{self.name}.{one}")]
        typed = form.get(f"{self.name}.others", "") if self.others else ""
        return (*checked, *(one.strip() for one in typed.split(",") if one.strip()))

    def typed(self, value: object) -> Typed:
        """Return the values in the order of the boxes."""
        found = [str(one) for one in value] if isinstance(value, list | tuple) else []
        known = [one for one in self.values if one in found]
        return (*known, *(one for one in found if one not in known))

    def choices(self, visit: Visit, there: Exchange) -> Sequence[Choice]:
        """Return what can be checked."""
        return _choices(self.name, self.values, visit.words)


def _choices(name: str, values: Sequence[str], words: Words) -> Sequence[Choice]:
    return [Choice(one, words.known(f"choice.{name}", one)) for one in values]
