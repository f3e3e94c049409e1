"""Who hears whom: links from sources to sinks, declared once and made as often as need be.

PJSIP gives a call another slot of its bridge whenever its stream changes (hold, codec, port), and
forgets the links of the old one. So nobody else links anything: whoever wants a link declares it,
and the mixer makes it whenever both ends have a slot. Lives in the PJSIP thread, but knows
nothing of PJSIP.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol

#: A leg, player, recorder or tap: whatever has a slot of the bridge, or is to get one.
End = Hashable
Pair = tuple[End, End]


class Bridge(Protocol):
    """Carries audio from slot to slot; what goes out of several into one is added up."""

    def connect(self, source: int, sink: int, level: float) -> None:
        """Let a slot hear another one; where it does so already, nothing changes."""

    def disconnect(self, source: int, sink: int) -> None:
        """Let it hear that one no longer."""


@dataclass(frozen=True, eq=False, slots=True)
class Link:
    """One declaration that ``sink`` hears ``source``; may be made in any thread.

    Several may declare the same pair. The loudest of them counts.
    """

    source: End
    sink: End
    #: 0.0 is silence, 1.0 as loud as it comes.
    level: float = 1.0
    #: Whether it is there while one end holds, or waits until that is back.
    through_hold: bool = False


class Mixer:
    """The table of who hears whom.

    Args:
        bridge: where links are made.
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        #: Those that are there, and their slots; None while one has none.
        self._slots: dict[End, int | None] = {}
        self._held: set[End] = set()
        #: What to do when nobody is to hear a source any more.
        self._unheard: dict[End, Callable[[], None]] = {}
        self._declared: dict[Pair, list[Link]] = {}
        #: The pairs of each end that are declared.
        self._pairs: dict[End, set[Pair]] = {}
        #: The links that the bridge has, and their levels.
        self._made: dict[Pair, float] = {}

    def __contains__(self, end: End) -> bool:
        """Whether an end is there."""
        return end in self._slots

    def add(
        self, end: End, slot: int | None = None, unheard: Callable[[], None] | None = None
    ) -> None:
        """Take an end in.

        Args:
            end: whose links may be declared from now on.
            slot: of the bridge; None: it has none yet.
            unheard: is called when the last link from this source is withdrawn.
        """
        self._slots[end] = slot
        self._pairs[end] = set()
        if unheard is not None:
            self._unheard[end] = unheard

    def place(self, end: End, slot: int | None) -> None:
        """Take the slot that an end has now: the bridge may have forgotten all links of it."""
        if end not in self._slots:
            return
        if slot != self._slots[end]:
            for pair in self._pairs[end]:
                self._made.pop(pair, None)
        self._slots[end] = slot
        for pair in self._pairs[end]:
            self._settle(pair, anew=True)

    def hold(self, end: End, *, on: bool) -> None:
        """Let the links of an end wait, but for those that a hold does not end; or no longer."""
        if end not in self._slots:
            return
        (self._held.add if on else self._held.discard)(end)
        for pair in self._pairs[end]:
            self._settle(pair)

    def remove(self, end: End) -> None:
        """Forget an end, and with it its links."""
        self._unheard.pop(end, None)
        for pair in list(self._pairs.get(end, ())):
            self._withdraw_pair(pair)
        self._pairs.pop(end, None)
        self._slots.pop(end, None)
        self._held.discard(end)

    def declare(self, *links: Link) -> None:
        """Make links now and whenever their ends change; nothing where an end is gone."""
        for link in links:
            pair = link.source, link.sink
            if all(end in self._slots for end in pair):
                self._declared.setdefault(pair, []).append(link)
                for end in pair:
                    self._pairs[end].add(pair)
                self._settle(pair)

    def withdraw(self, *links: Link) -> None:
        """Undo links that were declared; nothing where they are gone already."""
        for link in links:
            pair = link.source, link.sink
            declared = self._declared.get(pair, [])
            if link not in declared:
                continue
            if len(declared) == 1:
                self._withdraw_pair(pair)
            else:
                declared.remove(link)
                self._settle(pair)

    def _withdraw_pair(self, pair: Pair) -> None:
        del self._declared[pair]
        for end in pair:
            self._pairs[end].discard(pair)
        self._settle(pair)
        source = pair[0]
        if source in self._unheard and not self._pairs[source]:
            self._unheard[source]()

    def _settle(self, pair: Pair, *, anew: bool = False) -> None:
        """Make the bridge as it should be; ``anew``: it may not have what it had."""
        source, sink = (self._slots[end] for end in pair)
        if source is None or sink is None:
            return
        level, made = self._level(pair), self._made.get(pair)
        if made is not None and level != made:
            # To connect what is connected would not change the level.
            self._bridge.disconnect(source, sink)
            del self._made[pair]
        if level is not None and (anew or level != made):
            self._bridge.connect(source, sink, level)
            self._made[pair] = level

    def _level(self, pair: Pair) -> float | None:
        """Return how loud a link should be now; None: there should be none."""
        held = not self._held.isdisjoint(pair)
        links = self._declared.get(pair, ())
        return max((link.level for link in links if link.through_hold or not held), default=None)
