"""A bridge without audio, which has the habits of PJSIP's."""


class FakeBridge:
    """Does as PJSIP's: a link that is there keeps its level, a slot that is freed forgets all."""

    def __init__(self) -> None:
        self.links: dict[tuple[int, int], float] = {}
        self.slots: set[int] = set()

    def connect(self, source: int, sink: int, level: float) -> None:
        assert {source, sink} <= self.slots, "a slot that is gone cannot be linked"
        self.links.setdefault((source, sink), level)

    def disconnect(self, source: int, sink: int) -> None:
        assert {source, sink} <= self.slots, "the slot may be somebody else's by now"
        del self.links[source, sink]

    def take(self) -> int:
        """Return a slot: the lowest that is free, as PJSIP does."""
        slot = next(n for n in range(len(self.slots) + 1) if n not in self.slots)
        self.slots.add(slot)
        return slot

    def free(self, slot: int | None) -> None:
        if slot is not None:
            self.slots.remove(slot)
        self.links = {pair: level for pair, level in self.links.items() if slot not in pair}
