"""What all parts and entries of an exchange have in common."""

from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A part of an exchange: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(Part):
    """Something that has a name, which is unique among entries of its kind."""

    #: What messages call it.
    what: ClassVar[str]
    #: Its field that is unique.
    key_field: ClassVar[str] = "name"
    #: Fields that are shown to nobody, and stand in a file only where that is asked for; and what
    #: they are together for people.
    secrets: ClassVar[frozenset[str]] = frozenset()
    secret: ClassVar[str] = ""

    @property
    def key(self) -> str:
        """Its name, account or number."""
        return str(getattr(self, self.key_field))

    def told(self) -> dict[str, Any]:
        """Return its fields as JSON and TOML know them, without secrets."""
        return self.model_dump(mode="json", exclude=set(self.secrets))

    @property
    def has_secret(self) -> bool:
        """Whether it has all of its secret fields."""
        return bool(self.secrets) and all(getattr(self, name) for name in self.secrets)


AnyEntry = TypeVar("AnyEntry", bound=Entry)
