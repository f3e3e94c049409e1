"""The settings of a step as fields of a form, and what is typed there as values of the file."""

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from sipagent.exchange.model import Exchange
from sipagent.exchange.steps.redirect import Redirect
from sipagent.exchange.values import Kind, Ref
from sipagent.scenario.menu import Choice
from sipagent.scenario.step import StepClass, settings_of
from sipagent.scenario.vocabulary import Vocabulary
from sipagent.speech.catalogue import Catalogue

#: Settings that are arrows on the drawing, or have a form of their own.
_ELSEWHERE = frozenset({"keys", "next", "dial"})
#: Settings that name a prompt, and those that name an entry of the exchange.
_PROMPTS = frozenset({"prompt", "short"})
_ENTRIES: Mapping[str, str] = {
    "announcement": "announcements",
    "music": "announcements",
    "queue": "queues",
    "room": "rooms",
    "schedule": "schedules",
    "box": "boxes",
}
#: Whom a step of type ``redirect`` rings.
_LEADS: Mapping[Kind, str] = {
    Kind.USER: "users",
    Kind.GROUP: "groups",
    Kind.OUTSIDE: "outside",
    Kind.BOX: "boxes",
    Kind.ROOM: "rooms",
    Kind.QUEUE: "queues",
}


class Shape(StrEnum):
    """What a field of a form looks like."""

    TEXT = "text"
    NUMBER = "number"
    #: Yes or no.
    FLAG = "flag"
    #: One of several.
    CHOICE = "choice"
    #: Any of several.
    SET = "set"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form.

    Args:
        name: of the setting; within a table ``keys/1/prompt``.
        label: the setting as texts know it.
        shape: what it looks like.
        value: what stands in the file; None: nothing.
        usual: what counts where nothing does; None: it has to be there, or nothing counts.
        needed: whether it has to be there.
        options: what there is to choose.
        offers: which list of suggestions belongs to it; empty: none.
    """

    name: str
    label: str
    shape: Shape
    value: Any
    usual: Any = None
    needed: bool = False
    options: tuple[str, ...] = ()
    offers: str = ""

    def typed(self, form: Mapping[str, str]) -> object | None:
        """Return what somebody has typed, as the file has it; None: the usual.

        What is no number is kept as it was typed; the checker says so.
        """
        text = form.get(self.name, "").strip()
        match self.shape:
            case Shape.FLAG:
                given = self.name in form
                return None if given == bool(self.usual) and self.value is None else given
            case Shape.SET:
                chosen = [one for one in self.options if f"{self.name}:{one}" in form]
                usual = list(self.usual or ())
                return None if chosen == usual and self.value is None else chosen
            case Shape.NUMBER if text:
                return _number(text)
        return text or None


def fields_of(step: StepClass, table: Mapping[str, Any]) -> list[Field]:
    """Return the fields of a step with its settings; those of a menu's keys follow its own."""
    found = [
        _field(name, name, info, table, step.type)
        for name, info in settings_of(step).model_fields.items()
        if name not in _ELSEWHERE
    ]
    keys = table.get("keys")
    for key, choice in keys.items() if isinstance(keys, dict) else ():
        values = choice if isinstance(choice, dict) else {}
        found += (
            _field(f"keys/{key}/{name}", name, info, values, step.type)
            for name, info in Choice.model_fields.items()
            if name not in _ELSEWHERE
        )
    return found


def offers(
    catalogue: Catalogue, vocabulary: Vocabulary, languages: Sequence[str], there: Exchange
) -> dict[str, list[str]]:
    """Return what forms suggest: list → names."""
    prompts = {key for language in languages for key in catalogue.keys(language)}
    found = {"prompts": sorted(prompts), "conditions": sorted(vocabulary.conditions)}
    for kind in {*_ENTRIES.values()}:
        found[kind] = [one.key for one in there.entries(kind)]
    found["targets"] = [
        str(Ref(kind, one.key)) for kind, field in _LEADS.items() for one in there.entries(field)
    ]
    return found


def _field(name: str, label: str, info: FieldInfo, table: Mapping[str, Any], type: str) -> Field:
    shape, options = _shape(info.annotation)
    if label == "when":
        shape, options = Shape.TEXT, ()
    usual = None if info.is_required() else info.default
    value, needed, offer = table.get(label), info.is_required(), _offer(label, type)
    return Field(name, label, shape, value, usual, needed, options, offer)


def _offer(label: str, type: str) -> str:
    if label in _PROMPTS:
        return "prompts"
    if label == "target":
        return "targets" if type == Redirect.type else ""
    return "conditions" if label == "when" else _ENTRIES.get(label, "")


def _shape(annotation: object) -> tuple[Shape, tuple[str, ...]]:
    """Return what a field looks like whose setting has a type, and what there is to choose."""
    parts = list(_parts(annotation))
    for part in parts:
        origin, inner = get_origin(part), get_args(part)
        if origin is Literal:
            return Shape.CHOICE, tuple(map(str, inner))
        if origin is tuple and get_origin(inner[0]) is Literal:
            return Shape.SET, tuple(map(str, get_args(inner[0])))
    if bool in parts:
        return Shape.FLAG, ()
    return (Shape.NUMBER if {int, float} & set(parts) else Shape.TEXT), ()


def _parts(annotation: object) -> Iterator[Any]:
    """Yield the types that a setting may have, without what pydantic adds to them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for one in get_args(annotation):
            yield from _parts(one)
    elif annotation is not type(None):
        yield annotation


def _number(text: str) -> object:
    plain = text.replace(",", ".")
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        return float(plain) if "n" not in plain.lower() else text
    except ValueError:
        return text
