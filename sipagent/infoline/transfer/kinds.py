"""The kinds of rows that an import knows, with their columns."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial

from sipagent import money
from sipagent.e164 import to_e164
from sipagent.infoline import values
from sipagent.infoline.contract import readers
from sipagent.infoline.transfer.cells import is_nothing, members

Value = str | int | None
Reader = Callable[[str], Value]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what reads it, and its key in JSON.

    ``required`` is whether a file must have it, ``key`` whether other rows refer to the row by
    it. ``one`` reads a member where the cell holds a list.
    """

    name: str
    read: Reader
    json: str
    required: bool = True
    key: bool = False
    one: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of row; a CSV file with the column ``mark`` holds rows of it."""

    name: str
    mark: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def key_places(self) -> tuple[int, ...]:
        """Where the columns of ``keys`` stand."""
        return tuple(place for place, column in enumerate(self.columns) if column.key)

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that make a row unique; none where repetition is allowed."""
        return tuple(column.name for column in self.columns if column.key)


def kinds(country: str) -> tuple[Kind, ...]:
    """Return all kinds; ``country`` is where a phone number without prefix belongs."""
    code, name = lru_cache(65536)(values.code), lru_cache(65536)(values.name)
    day, amount = lru_cache(4096)(values.day), lru_cache(65536)(money.amount)
    login = lru_cache(16)(values.login)
    phone = partial(to_e164, country=country)
    manager = Column("manager", code, "code", key=True)
    estate = Column("estate", code, "code", key=True)
    of_login = Column("login", login, "login")
    premises = Column("premises", code, "code")
    return (
        Kind(
            "managers",
            "manager_name",
            (
                manager,
                Column("manager_name", name, "name"),
                *_contract(country),
                _optional("logo", values.optional_text),
            ),
        ),
        Kind(
            "estates",
            "estate_name",
            (
                manager,
                estate,
                Column("estate_name", name, "name"),
                _flag("owner_access"),
                Column("access_reason", values.prompt_key, "access_reason", required=False),
                *_contract(country),
            ),
        ),
        Kind(
            "owners",
            "owner_name",
            (
                Column("manager", code, "manager"),
                Column("estate", code, "estate"),
                Column("login", login, "login", key=True),
                Column("owner_name", name, "name"),
                _list("phones", phone),
                _list("emails", values.email),
                _flag("blocked"),
                _flag("web_access"),
            ),
        ),
        Kind(
            "premises",
            "premises_name",
            (
                Column("login", login, "login", key=True),
                Column("premises", code, "code", key=True),
                Column("premises_name", name, "name"),
                Column("address", lru_cache(_text), "address", required=False),
            ),
        ),
        Kind(
            "accounts",
            "balance",
            (
                Column("login", login, "login", key=True),
                Column("account", code, "code", key=True),
                Column("account_name", name, "name"),
                Column("balance", amount, "balance"),
                Column("balance_date", day, "balance_date"),
            ),
        ),
        Kind(
            "charges",
            "amount",
            (
                of_login,
                premises,
                Column("charge", name, "name"),
                Column("amount", amount, "amount"),
                Column("valid_from", partial(_or_none, day), "valid_from", required=False),
            ),
        ),
    )


def _contract(country: str) -> tuple[Column, ...]:
    """Return the columns of ``sipagent.infoline.model.Contract``; an empty cell says nothing."""
    return tuple(_optional(name, read) for name, read in readers(country).items())


def _optional(name: str, read: Reader) -> Column:
    return Column(name, partial(_or_none, read), name, required=False)


def _flag(name: str) -> Column:
    return _optional(name, values.flag)


def _list(name: str, one: Callable[[str], str]) -> Column:
    return Column(name, partial(_members, one), name, required=False, one=one)


def _text(text: str) -> str:
    return "" if is_nothing(text) else values.optional_text(text)


def _or_none(read: Reader, text: str) -> Value:
    return None if is_nothing(text) else read(text)


def _members(one: Callable[[str], str], text: str) -> str:
    return to_list(one(part) for part in members(text))


def to_list(members: Iterable[str]) -> str:
    """Return members as the JSON array that is staged, each once, in order."""
    return json.dumps(list(dict.fromkeys(members)), ensure_ascii=False)
