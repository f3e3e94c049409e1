"""A call as a timeline: what happened and when, in the reader's language, and by whom."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sipagent import times
from sipagent.money import plain_amount
from sipagent.panel.words import Words
from sipagent.records.history import CallRow, EventRow
from sipagent.records.legs import Legs
from sipagent.text import printable

#: Kinds that tell something to programs only.
_SILENT = frozenset({"codecs", "second-leg-audio", "wait"})
#: Of which group an event is, for its mark on the line.
_MARKS = {
    "digit": "key", "prompt": "said", "prompt-end": "said",
    "second-leg": "leg", "joined": "leg", "parted": "leg", "second-leg-over": "leg", "moved": "leg",
    "failure": "bad", "refused": "bad", "limit": "bad", "trunk-failed": "bad",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline, so many milliseconds after the call came in."""

    at_ms: int
    mark: str
    text: str


def story(call: CallRow, timeline: Sequence[EventRow], words: Words) -> list[Moment]:
    """Return what happened in a call."""
    began, legs = datetime.fromisoformat(call.started), Legs()
    told = []
    for event in timeline:
        at = times.stored(began + timedelta(milliseconds=event.at_ms))
        leg = legs.take(event.kind, event.details, at)
        if event.kind not in _SILENT and not _uncut(event):
            who = (leg.party if leg else None) or words("event.somebody")
            text = printable(_sentence(event, who, words))
            told.append(Moment(event.at_ms, _MARKS.get(event.kind, ""), text))
    return told


def _uncut(event: EventRow) -> bool:
    """Whether a prompt was heard to its end, which goes without saying."""
    return event.kind == "prompt-end" and not event.details.get("cut")


def _sentence(event: EventRow, who: str, words: Words) -> str:
    details = {name: "" if value is None else value for name, value in event.details.items()}
    named = defaultdict(str, {**details, "who": who})
    if "grosze" in details:
        named["zloty"] = plain_amount(int(details["grosze"] or 0))
    if words.has(f"event.{event.kind}"):
        return words.filled(f"event.{event.kind}", named)
    known = ", ".join(f"{name} {value}" for name, value in details.items())
    return f"{event.kind}: {known}" if known else event.kind
