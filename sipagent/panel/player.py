"""How a recording is shown: as a waveform of both channels, with chapter marks to jump to."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlite_utils
from markupsafe import Markup

from sipagent.exchange.recording.kept import Kept, Recordings
from sipagent.records.history import History
from sipagent.records.legs import seconds_between
from sipagent.records.story import Told, chapter, story

#: Kinds of a call's events that somebody who listens jumps to.
_MARKS = frozenset(
    {"joined", "parted", "moved", "handed-over", "hold", "resume", "digit", "heard-by"}
)
#: Points that a page has room for, and the height of each channel.
_POINTS, _HEIGHT = 600, 50


@dataclass(frozen=True, slots=True)
class Chapter:
    """Something that has happened, so many seconds after the beginning of a recording."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Player:
    """A recording, its waveform (None where it is not known), and its chapters."""

    kept: Kept
    wave: Markup | None
    chapters: Sequence[Chapter]


def players(db: sqlite_utils.Database, recordings: Sequence[Kept], language: str) -> list[Player]:
    """Return how recordings are shown to who reads a language."""
    found = Recordings(db)
    shown = []
    for one in recordings:
        marks = chapters(db, one, language)
        at = [mark.at / one.seconds for mark in marks] if one.seconds else []
        shown.append(Player(one, waveform(found.peaks(one.id), at), marks))
    return shown


def chapters(db: sqlite_utils.Database, one: Kept, language: str) -> list[Chapter]:
    """Return what has happened while a recording went on: in it, and in its call."""
    marks = [
        Chapter(event.at, chapter(event.kind, event.details, language))
        for event in Recordings(db).events(one.id)
    ]
    history = History(db)
    if (call := history.of_id(one.call)) is not None:
        began = seconds_between(call.started, one.started) or 0.0
        told = story(call, history.timeline(call.id), language)
        marks += [
            Chapter(at, event.text)
            for event in told
            if event.kind in _MARKS and 0 <= (at := _after(event, began)) <= one.seconds
        ]
    return sorted(marks, key=lambda mark: mark.at)


def waveform(peaks: bytes, marks: Sequence[float] = ()) -> Markup | None:
    """Return a drawing of peaks (``recording.peaks``): the left channel above the right one.

    Args:
        peaks: of both channels; nothing where they are not known.
        marks: where chapters begin, as shares of the whole.
    """
    if not peaks:
        return None
    left, right = _thinned(peaks[::2]), _thinned(peaks[1::2])
    return Markup(
        '<svg class="wave" viewBox="0 0 {width} {height}" preserveAspectRatio="none" '
        'aria-hidden="true"><path class="left" d="{left}"/><path class="right" d="{right}"/>'
        '<path class="marks" d="{marks}"/>'
        '<line class="at" x1="0" x2="0" y1="0" y2="{height}"/></svg>'
    ).format(
        width=len(left),
        height=2 * _HEIGHT,
        left=_outline(left, -1),
        right=_outline(right, 1),
        marks="".join(f"M{len(left) * at:.1f} 0V{2 * _HEIGHT}" for at in marks),
    )


def _after(event: Told, began: float) -> float:
    return event.at_ms / 1000 - began


def _thinned(peaks: bytes) -> list[int]:
    """Return the loudest of each group of neighbours, so many groups at the most."""
    times = -(-len(peaks) // _POINTS)
    return [max(peaks[at : at + times]) for at in range(0, len(peaks), times)]


def _outline(peaks: Sequence[int], side: int) -> str:
    """Return the area between the middle and the peaks, above (-1) or below it (1)."""
    steps = (f"V{_HEIGHT + side * peak * _HEIGHT // 255}h1" for peak in peaks)
    return f"M0 {_HEIGHT}{''.join(steps)}V{_HEIGHT}Z"
