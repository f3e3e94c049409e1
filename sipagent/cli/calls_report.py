"""What ``sipagent calls export`` prints."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo

from sipagent import times
from sipagent.money import plain_amount
from sipagent.records.history import CallRow

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


def _local(moment: str | None, zone: tzinfo) -> str | None:
    if moment is None:
        return None
    return times.in_zone(moment, zone).isoformat(timespec="seconds")
