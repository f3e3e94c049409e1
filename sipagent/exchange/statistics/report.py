"""A report: figures of groups in columns, as the terminal, CSV, JSON and paper show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sipagent.exchange.statistics.calls import CallFigures, total

#: None: there is nothing that it could be told of.
Value = int | float | str | None


class Unit(StrEnum):
    """What a column counts; a share is of 1."""

    TEXT = "text"
    COUNT = "count"
    SECONDS = "seconds"
    SHARE = "share"
    GROSZE = "grosze"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``brief`` ones stand where there is little room, too."""

    key: str
    unit: Unit = Unit.COUNT
    brief: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """Rows of values, one for each column, and their sum, where they have one."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: tuple[Value, ...] | None = None


CALLS = (
    Column("offered"),
    Column("answered"),
    Column("in_time", brief=False),
    Column("abandoned"),
    Column("short"),
    Column("overflow"),
    Column("too_long", brief=False),
    Column("too_many", brief=False),
    Column("nobody", brief=False),
    Column("left"),
    Column("callbacks"),
    Column("reached", brief=False),
    Column("given_up", brief=False),
    Column("closed", brief=False),
    Column("waiting", brief=False),
    Column("service_level", Unit.SHARE),
    Column("abandon_rate", Unit.SHARE, brief=False),
    Column("asa", Unit.SECONDS),
    Column("p90", Unit.SECONDS),
    Column("longest", Unit.SECONDS),
    Column("handled", brief=False),
    Column("talked", Unit.SECONDS, brief=False),
    Column("wrapped", Unit.SECONDS, brief=False),
    Column("aht", Unit.SECONDS),
)


def of_calls(name: str, groups: Iterable[tuple[str, CallFigures]]) -> Report:
    """Return what the calls of groups add up to, and all of them together.

    Args:
        name: what the groups are, such as ``queue``.
        groups: in their order.
    """
    listed = list(groups)
    return Report(
        (Column(name, Unit.TEXT), *CALLS),
        tuple((group, *values(figures, CALLS)) for group, figures in listed),
        ("", *values(total(figures for _, figures in listed), CALLS)),
    )


def values(figures: object, columns: Iterable[Column]) -> tuple[Value, ...]:
    """Return what figures say for some columns."""
    return tuple(getattr(figures, column.key) for column in columns)
