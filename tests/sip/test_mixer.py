"""Who hears whom: whatever happens in whatever order, the bridge has the links that it should."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sipagent.sip.mixer import End, Link, Mixer
from tests.examples import examples
from tests.sip.fake_bridge import FakeBridge

pytestmark = pytest.mark.unit

ENDS = st.sampled_from("abcde")
LEVELS = st.sampled_from((0.25, 1.0, 2.0))


def connected(*ends: str) -> tuple[Mixer, FakeBridge, dict[str, int]]:
    bridge = FakeBridge()
    mixer = Mixer(bridge)
    slots = {end: bridge.take() for end in ends}
    for end, slot in slots.items():
        mixer.add(end, slot)
    return mixer, bridge, slots


def test_a_new_slot_has_the_links_of_the_old_one() -> None:
    mixer, bridge, slots = connected("phone", "office")
    mixer.declare(Link("phone", "office", 0.5), Link("office", "phone"))
    bridge.free(slots["phone"])
    mixer.place("phone", None)
    assert bridge.links == {}
    assert bridge.take() == slots["phone"], "somebody else has the old slot"
    slot = bridge.take()
    mixer.place("phone", slot)
    assert bridge.links == {(slot, slots["office"]): 0.5, (slots["office"], slot): 1.0}


def test_a_hold_lets_links_wait_that_do_not_go_through_it() -> None:
    mixer, bridge, slots = connected("player", "phone", "office")
    music = Link("phone", "office", through_hold=True)
    mixer.declare(Link("player", "phone"), music)
    mixer.hold("phone", on=True)
    assert bridge.links == {(slots["phone"], slots["office"]): 1.0}
    mixer.hold("phone", on=False)
    assert (slots["player"], slots["phone"]) in bridge.links


def test_the_loudest_declaration_counts() -> None:
    mixer, bridge, slots = connected("office", "phone")
    pair = slots["office"], slots["phone"]
    whisper, talk = Link("office", "phone", 0.25), Link("office", "phone")
    mixer.declare(whisper)
    mixer.declare(talk)
    assert bridge.links == {pair: 1.0}
    mixer.withdraw(talk)
    assert bridge.links == {pair: 0.25}
    mixer.withdraw(whisper)
    mixer.withdraw(whisper)
    assert bridge.links == {}


def test_a_source_that_nobody_is_to_hear_any_more_is_told_so_once() -> None:
    mixer, bridge, _ = connected("one", "two")
    ends: list[End] = []

    def stop() -> None:
        ends.append("music")
        mixer.remove("music")

    mixer.add("music", bridge.take(), unheard=stop)
    first, second = Link("music", "one"), Link("music", "two")
    mixer.declare(first, second)
    mixer.withdraw(first)
    assert ends == []
    mixer.remove("two")
    assert ends == ["music"]
    assert "music" not in mixer
    mixer.withdraw(second)
    assert ends == ["music"]


def test_nothing_is_declared_for_who_is_gone() -> None:
    mixer, bridge, _ = connected("phone")
    mixer.declare(Link("phone", "office"), Link("office", "phone"))
    mixer.add("office", bridge.take())
    assert bridge.links == {}
    mixer.place("nobody", 7)
    mixer.hold("nobody", on=True)
    mixer.remove("nobody")


class Histories(RuleBasedStateMachine):
    """Ends come, hold, move, and go; links are declared and withdrawn; in any order."""

    @initialize()
    def begin(self) -> None:
        self.bridge = FakeBridge()
        self.mixer = Mixer(self.bridge)
        self.slots: dict[str, int | None] = {}
        self.held: set[str] = set()
        self.links: list[Link] = []

    @rule(end=ENDS, placed=st.booleans())
    def comes(self, end: str, placed: bool) -> None:
        if end not in self.slots:
            self.slots[end] = self.bridge.take() if placed else None
            self.mixer.add(end, self.slots[end])

    @rule(end=ENDS, told=st.booleans(), again=st.booleans())
    def gets_another_slot(self, end: str, told: bool, again: bool) -> None:
        """An offer: the old slot goes, as PJSIP tells or not; where ``again``, a new one comes."""
        if end not in self.slots:
            return
        self.bridge.free(self.slots[end])
        if told or not again:
            self.mixer.place(end, None)
        self.slots[end] = self.bridge.take() if again else None
        self.mixer.place(end, self.slots[end])

    @rule(end=ENDS)
    def keeps_its_slot(self, end: str) -> None:
        """An offer that changes nothing."""
        if end in self.slots:
            self.mixer.place(end, self.slots[end])

    @rule(end=ENDS, on=st.booleans())
    def holds(self, end: str, on: bool) -> None:
        if end in self.slots:
            (self.held.add if on else self.held.discard)(end)
        self.mixer.hold(end, on=on)

    @rule(end=ENDS)
    def goes(self, end: str) -> None:
        self.mixer.remove(end)
        if end in self.slots:
            self.bridge.free(self.slots.pop(end))
        self.held.discard(end)
        self.links = [link for link in self.links if end not in (link.source, link.sink)]

    @rule(source=ENDS, sink=ENDS, level=LEVELS, through=st.booleans())
    def declares(self, source: str, sink: str, level: float, through: bool) -> None:
        link = Link(source, sink, level, through)
        self.mixer.declare(link)
        if {source, sink} <= self.slots.keys():
            self.links.append(link)

    @precondition(lambda self: self.links)
    @rule(data=st.data())
    def withdraws(self, data: st.DataObject) -> None:
        link = data.draw(st.sampled_from(self.links))
        self.links.remove(link)
        self.mixer.withdraw(link)

    @invariant()
    def the_bridge_has_what_is_declared(self) -> None:
        expected: dict[tuple[int, int], float] = {}
        for link in self.links:
            source, sink = self.slots[str(link.source)], self.slots[str(link.sink)]
            waits = self.held & {link.source, link.sink} and not link.through_hold
            if source is not None and sink is not None and not waits:
                level = max(link.level, expected.get((source, sink), 0.0))
                expected[source, sink] = level
        assert self.bridge.links == expected

    def teardown(self) -> None:
        for end in "abcde":
            self.goes(end)
        tables = {name: table for name, table in vars(self.mixer).items() if name != "_bridge"}
        assert not any(tables.values()), tables


TestHistories = Histories.TestCase
TestHistories.settings = examples(300, stateful_step_count=40)
