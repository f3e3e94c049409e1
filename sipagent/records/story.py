"""A call as a story: what happened, in plain sentences and in its order, for whoever asks.

The sentences stand in ``texts/LANGUAGE.toml``, by the kinds of the events.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

from sipagent import times, toml
from sipagent.money import plain_amount
from sipagent.records.history import CallRow, EventRow
from sipagent.records.legs import LegRow, Legs, seconds_between

#: The first one is that of the terminal.
LANGUAGES = ("en", "pl")
#: What is no speech, by its key in the timeline (``speech.tones``), and what there is a word for.
_TONE = "tone."
_TONES = frozenset({"tone.ringback", "tone.music"})
#: Kinds whose sentences are told apart by a detail; others, by whether a detail is there.
_CHOSEN = {"reached": "reach", "handed-over": "how"}
_VARIANTS = {
    "prompt": ("cut", True, "cut"),
    "outcome": ("next", True, "next"),
    "refused": ("code", True, "call"),  # and not something that its caller asks for
    "room": ("refused", True, "refused"),
    "night": ("until", False, "over"),
    "queue-login": ("there", False, "out"),
    "queue-pause": ("pauses", False, "over"),
}
#: Kinds that tell nothing without the leg that they are about.
_OF_LEGS = frozenset({"joined", "parted", "second-leg-over", "second-leg-audio", "cost"})
#: What stands before the names of people where others have names, too.
_PEOPLE = ("user:", "outside:")
_ELSEWHERE = "Call completed elsewhere"


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence about an event, so many milliseconds after the INVITE."""

    at_ms: int
    kind: str
    text: str


def story(call: CallRow, timeline: Sequence[EventRow], language: str) -> Iterator[Told]:
    """Yield what happened in a call, from its INVITE on."""
    said = sentences(language)
    yield Told(0, "call", _beginning(call, said))
    teller = _Teller(call, language)
    for event in timeline:
        if text := teller.told(event):
            yield Told(event.at_ms, event.kind, text)
    if (last := said.get(f"last.{call.ended_by}")) is not None:
        yield Told(round(1000 * (seconds_between(call.started, call.ended) or 0)), "last", last)


def sound(quality: Mapping[str, Any], language: str) -> str:
    """Return how the audio of a leg arrived, in one line."""
    said, came = sentences(language), quality["rx_packets"]
    parts = [quality["codec"]]
    if quality["mos"] is not None:
        parts.append(said["sound.mos"].format(mos=_tenths(quality["mos"], language)))
    if not came:
        parts.append(said["sound.nothing"])
    else:
        lost = quality["rx_lost"]
        parts.append(said["sound.lost"].format(lost=lost, all=came + lost))
    if (lost := quality["tx_lost"]) is not None:
        parts.append(said["sound.lost-out"].format(lost=lost, all=quality["tx_packets"]))
    if (jitter := quality["rx_jitter_ms"]) is not None:
        parts.append(said["sound.jitter"].format(ms=_tenths(jitter, language)))
    if (trip := quality["rtt_ms"]) is not None:
        parts.append(said["sound.rtt"].format(ms=f"{trip:.0f}"))
    if quality["rx_silent"]:
        parts.append(said["sound.silent"])
    return ", ".join(parts)


def chapter(kind: str, details: str, language: str) -> str:
    """Return what has happened in a recording."""
    return sentences(language)[f"chapter.{kind}"].format(details=details)


def length(seconds: float) -> str:
    """Return seconds as minutes and seconds."""
    minutes, left = divmod(round(seconds), 60)
    return f"{minutes}:{left:02}"


@cache
def sentences(language: str) -> Mapping[str, str]:
    """Return the sentences of one of ``LANGUAGES``, by their keys."""
    place = resources.files(__package__).joinpath("texts", f"{language}.toml")
    with resources.as_file(place) as path:
        return toml.read(path)


class _Teller:
    """Follows the legs of a call, and tells of its events."""

    def __init__(self, call: CallRow, language: str) -> None:
        self._started = datetime.fromisoformat(call.started)
        self._language = language
        self._legs = Legs()
        #: The numbers of those who have talked.
        self._talked: set[int] = set()

    def told(self, event: EventRow) -> str:
        """Return an event as a sentence; empty for one that only a program cares for.

        One of a kind that is not known here is told with its details.
        """
        if _is_silent(event):
            return ""
        moment = self._started + timedelta(milliseconds=event.at_ms)
        leg = self._legs.take(event.kind, event.details, times.stored(moment))
        key = _key(event) if leg is None else self._key_of_leg(event, leg)
        said = sentences(self._language)
        if key not in said or (leg is None and event.kind in _OF_LEGS):
            known = ", ".join(f"{name} {value}" for name, value in event.details.items())
            return f"{event.kind}: {known}." if known else f"{event.kind}."
        return said[key].format_map(self._words(event, leg))

    def _key_of_leg(self, event: EventRow, leg: LegRow) -> str:
        """Return the key of what is told of a leg that has changed."""
        match event.kind:
            case "joined" if leg.leg in self._talked:
                return "joined.again"
            case "joined":
                self._talked.add(leg.leg)
            case "second-leg-over" if leg.reason == _ELSEWHERE:
                return "second-leg-over.elsewhere"
            case "second-leg-over" if leg.sip_code or leg.reason:
                return "second-leg-over.why"
        return _key(event)

    def _words(self, event: EventRow, leg: LegRow | None) -> Mapping[str, str]:
        """Return what stands in a sentence; nothing where it is not known."""
        details, language = event.details, self._language
        words = {name: _written(value, language) for name, value in details.items()}
        words["who"] = self._who(leg, details.get("sip_id"))
        if leg is not None:
            words["rang"], words["talked"] = length(leg.rang or 0), length(leg.talked or 0)
            words["why"] = " ".join(str(part) for part in (leg.sip_code, leg.reason) if part)
            words["zloty"] = plain_amount(leg.cost or 0)
        if event.kind == "second-leg-audio":
            words["sound"] = sound(details, language)
        return defaultdict(str, words)

    def _who(self, leg: LegRow | None, sip_id: object) -> str:
        """Return who is at the far end of a leg, or of one that is named without a change."""
        named = (one for one in self._legs.rows if one.sip_id == sip_id)
        leg = leg or next(named, None)
        party = leg.party if leg is not None else None
        return party or sentences(self._language)["somebody"]


def _is_silent(event: EventRow) -> bool:
    """Whether an event is the end of a prompt that nobody has cut short, or of a tone."""
    if event.kind != "prompt-end":
        return False
    # A tone ends when there is somebody to talk to.
    return not event.details.get("cut") or str(event.details.get("key")).startswith(_TONE)


def _key(event: EventRow) -> str:
    """Return the key of what is told of an event."""
    variant = _variant(event.kind, event.details)
    return f"{event.kind}.{variant}" if variant else event.kind


def _variant(kind: str, details: Mapping[str, Any]) -> str:
    """Return what tells an event from others of its kind; empty for the usual one."""
    if kind in _CHOSEN:
        return str(details.get(_CHOSEN[kind]))
    if kind == "prompt" and (tone := str(details.get("key"))).startswith(_TONE):
        return tone if tone in _TONES else "tone"
    detail, there, variant = _VARIANTS.get(kind, ("", True, ""))
    return variant if bool(details.get(detail)) is there else ""


def _beginning(call: CallRow, said: Mapping[str, str]) -> str:
    key = "call.over" if call.trunk else "call"
    caller = call.caller or said["call.hidden"]
    return said[key].format(caller=caller, called=call.called, trunk=call.trunk)


def _written(value: object, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        text = str(round(value, 1))
        return text.replace(".", ",") if language == "pl" else text
    text = str(value)
    return text.partition(":")[2] if text.startswith(_PEOPLE) else text


def _tenths(value: float, language: str) -> str:
    return _written(float(value), language)
