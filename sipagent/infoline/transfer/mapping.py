"""The columns of somebody else's files: which of them is what (``docs/owners.md``).

ignore = ["Lp.", "Uwagi"]

[owners]
login = "Nr kontrahenta"
owner_name = "Nazwisko i imię"
phones = ["Telefon", "Telefon 2"]
manager = { always = "BAJKA" }
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from sipagent import toml
from sipagent.errors import ConfigError
from sipagent.infoline.transfer.kinds import Kind


class Always(BaseModel):
    """A value that no file has: the same for all rows."""

    model_config = ConfigDict(extra="forbid")

    always: str


#: Headings of the columns that a value comes from, or the value itself.
Origin = str | list[str] | Always


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ignore: list[str] = Field(default_factory=list)
    managers: dict[str, Origin] = Field(default_factory=dict)
    estates: dict[str, Origin] = Field(default_factory=dict)
    owners: dict[str, Origin] = Field(default_factory=dict)
    premises: dict[str, Origin] = Field(default_factory=dict)
    accounts: dict[str, Origin] = Field(default_factory=dict)
    charges: dict[str, Origin] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where the values of each kind come from.

    ``headings`` holds kind → column → headings, in lower case; ``always`` kind → column → value;
    ``ignored`` headings that mean nothing here.
    """

    headings: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    always: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()

    def headings_of(self, kind: str, column: str) -> Sequence[str]:
        """Return under which headings a column stands: its own name where nothing else is said."""
        return self.headings.get(kind, {}).get(column, (column,))


def load(path: Path, kinds: Sequence[Kind]) -> ColumnMap:
    """Read a file of columns.

    Raises:
        ConfigError: one line a mistake, with file, line and key.
    """
    data = toml.validate(_File, toml.read(path), path)
    headings: dict[str, dict[str, Sequence[str]]] = {}
    always: dict[str, dict[str, str]] = {}
    for kind in kinds:
        for column, origin in getattr(data, kind.name).items():
            _check(kind, column, origin, path)
            if isinstance(origin, Always):
                always.setdefault(kind.name, {})[column] = origin.always
            headings.setdefault(kind.name, {})[column] = _headings(origin)
    return ColumnMap(headings, always, frozenset(map(plain, data.ignore)))


def _headings(origin: Origin) -> Sequence[str]:
    match origin:
        case str():
            return (plain(origin),)
        case Always():
            return ()
        case _:
            return tuple(map(plain, origin))


def _check(kind: Kind, column: str, origin: Origin, path: Path) -> None:
    at = f"{toml.place(path, (kind.name, column))}: {kind.name}.{column}"
    known = {one.name: one for one in kind.columns}
    if column not in known:
        raise ConfigError(f"{at}: {kind.name} has no such column; it has {', '.join(known)}")
    if isinstance(origin, list) and len(origin) != 1 and known[column].one is None:
        raise ConfigError(f"{at}: one heading only; several are for phones and emails")


def plain(heading: str) -> str:
    """Return a heading as it is compared: in lower case, with single spaces."""
    return " ".join(heading.split()).lower()
