"""What ``sipagent calls export`` and ``sipagent calls stats`` print."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo

from rich.table import Table
from rich.text import Text

from sipagent import times
from sipagent.money import plain_amount
from sipagent.records.history import CallRow
from sipagent.records.statistics import Usage, Used

CALL_COLUMNS = (
    *("id", "came_in", "answered", "ended", "seconds", "caller", "asserted", "called", "trunk"),
    *(
        "scenario",
        "language",
        "manager",
        "owner",
        "ended_by",
        "outcome",
        "sip_code",
        "codec",
        "mos",
        "cost",
    ),
)
#: The keys of a telephone in the order of a report.
_KEYS = tuple("1234567890*#")
USAGE_COLUMNS = ("calls", "logins", "refused", "minutes", *(f"key_{key}" for key in _KEYS))


def call_cells(
    calls: Iterable[CallRow], managers: Mapping[int, str], zone: tzinfo
) -> Iterator[list[object]]:
    """Yield calls in the order of ``CALL_COLUMNS``; times are the zone's, ISO 8601 with offset."""
    for call in calls:
        times = (_local(moment, zone) for moment in (call.started, call.answered, call.ended))
        quality = json.loads(call.quality) if call.quality else {}
        yield [
            *(call.id, *times, call.seconds),
            *(call.caller, "yes" if call.asserted else "no", call.called, call.trunk),
            *(call.scenario, call.language, managers.get(call.manager or 0), call.owner),
            *(call.ended_by, call.outcome, call.sip_code),
            *(quality.get("codec"), quality.get("mos")),
            None if call.cost is None else plain_amount(call.cost),
        ]


def usage_cells(rows: Iterable[Used], managers: Mapping[int, str]) -> Iterator[list[object]]:
    """Yield days and managers, with what ``USAGE_COLUMNS`` names."""
    for row in rows:
        yield [row.day.isoformat(), managers.get(row.manager or 0), *_figures(row.usage)]


def usage_table(name: str, groups: Iterable[tuple[str, Usage]]) -> Table:
    """Return a table with a row for each group, and their sum below; only keys that were used."""
    listed = list(groups)
    total = Usage()
    for _, usage in listed:
        total.add(usage)
    keys = [key for key in _KEYS if total.keys[key]]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(name, no_wrap=True)
    for heading in ("calls", "logins", "refused", "minutes", *(f"key {key}" for key in keys)):
        table.add_column(heading, justify="right", no_wrap=True)
    for group, usage in (*listed, ("total", total)):
        figures = _figures(usage)[:4] + [usage.keys[key] for key in keys]
        table.add_row(Text(group), *(str(figure) for figure in figures))
    return table


def _figures(usage: Usage) -> list[int]:
    minutes = round(usage.seconds / 60)
    keys = [usage.keys[key] for key in _KEYS]
    return [usage.calls, usage.logins, usage.refused, minutes, *keys]


def _local(moment: str | None, zone: tzinfo) -> str | None:
    if moment is None:
        return None
    return times.in_zone(moment, zone).isoformat(timespec="seconds")
