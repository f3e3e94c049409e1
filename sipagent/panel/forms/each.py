"""A value for each of some occasions, languages and the like, as far as there is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sipagent.exchange.model import Exchange
from sipagent.panel.forms.fields import Choice, Field, Sent, Typed
from sipagent.panel.forms.naming import Among, nothing
from sipagent.panel.web import Visit
from sipagent.panel.words import Words


@dataclass(frozen=True, slots=True)
class Each(Field):
    """A control for each key; those that are empty have no value.

    Args:
        keys: of all controls; ``key.FIELD.KEY`` is what they are called.
        among: what can be chosen.
    """

    template: ClassVar[str] = "forms/each.html"

    keys: tuple[str, ...] = ()
    among: Among = nothing

    def sent(self, form: Sent) -> Typed:
        """Return what stands in the controls, in the order of the keys."""
        return tuple(" ".join(form.get(f"{self.name}.{key}", "").split()) for key in self.keys)

    def typed(self, value: object) -> Typed:
        """Return what stands in the controls for what is kept."""
        found = value if isinstance(value, Mapping) else {}
        return tuple(str(found.get(key, "")) for key in self.keys)

    def value(self, typed: Typed) -> object:
        """Return the value of each key that has one."""
        return {key: text for key, text in zip(self.keys, typed, strict=True) if text}

    def told(self, words: Words, value: object) -> str:
        """Return the values as people read them."""
        found = value if isinstance(value, Mapping) else {}
        return "; ".join(f"{self.called(words, key)}: {text}" for key, text in found.items())

    def choices(self, visit: Visit, there: Exchange) -> Sequence[Choice]:
        """Return what can be chosen."""
        return self.among(visit, there)

    def called(self, words: Words, key: str) -> str:
        """Return what a key is called."""
        return words.known(f"key.{self.name}", key)


@dataclass(frozen=True, slots=True)
class Spoken(Each):
    """Words in several lines for each language, which can be listened to."""

    template: ClassVar[str] = "forms/spoken.html"
