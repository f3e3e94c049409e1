"""Any history of phones that watch, answer, leave and are switched off: each knows what is."""

import itertools
from unittest.mock import patch

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sipagent.sip.notifications import Notify
from sipagent.sip.subscription import Subscription
from sipagent.telephony.lamps import Lamp
from tests.examples import examples
from tests.sip.test_notifier import Dialog, World, fields, state

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("pjsip")]

_SHOWN = {Lamp.IDLE: "terminated", Lamp.RINGING: "early", Lamp.TALKING: "confirmed"}
NUMBERS = st.sampled_from(["102", "*70"])


class Histories(RuleBasedStateMachine):
    """Phones, by their Call-ID, as each of them sees its subscription."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        #: What chance makes of tags would make each history another one when it is repeated.
        tags = itertools.count()
        self.tags = patch("sipagent.sip.notifier.secrets.token_hex", lambda size: f"{next(tags):x}")
        self.tags.start()
        self.phones: dict[int, Dialog] = {}
        #: What each was told last, and with which version.
        self.shown: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        #: Who was told that it is over, or has said so.
        self.over: set[str] = set()

    @rule(number=NUMBERS, connection=st.integers(0, 2), fetch=st.booleans())
    def subscribe(self, number: str, connection: int, fetch: bool) -> None:
        phone = Dialog(self.world, number, connection=connection)
        assert phone.subscribe(expires="0" if fetch else "600").code == 200
        self.phones[phone.name] = phone

    @precondition(lambda self: self.phones)
    @rule(data=st.data(), leave=st.booleans())
    def go_on(self, data: st.DataObject, leave: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.phones)))
        phone = self.phones[name]
        before = len(self.world.notifier)
        if phone.tag not in self.world.notifier._subscriptions:
            return  # it would be 481 before the notifier is asked
        code = phone.subscribe(expires="0" if leave else "600").code
        assert code in (200, 481)
        assert len(self.world.notifier) == before

    @rule(number=NUMBERS, lamp=st.sampled_from(Lamp))
    def switch(self, number: str, lamp: Lamp) -> None:
        self.world.switch(number, lamp)

    @rule()
    def turn(self) -> None:
        if self.world.work:
            self.world.work.pop(0)()

    @precondition(lambda self: self.world.sent)
    @rule(data=st.data(), code=st.sampled_from([200, 200, 200, 481, 408]))
    def answer(self, data: st.DataObject, code: int) -> None:
        number = data.draw(st.sampled_from(sorted(self.world.sent)))
        self.world.seconds += 0.2
        self.take(self.world.sent.pop(number))
        self.world.notifier.answered(number, code)

    @rule(connection=st.integers(1, 2))
    def disconnect(self, connection: int) -> None:
        self.world.notifier.disconnected(connection)
        assert connection not in self.world.held

    @rule(seconds=st.integers(1, 400))
    def wait(self, seconds: int) -> None:
        self.world.seconds += seconds
        self.world.notifier.expire()

    @rule()
    def restart(self) -> None:
        """The daemon is killed; those over a connection are gone with it."""
        world = self.world
        world.seconds += 1
        world.sent, world.work, world.held = {}, [], []
        world.notifier = world.run()
        world.notifier.restore(list(world.kept.values()))

    def take(self, notify: Notify) -> None:
        told = fields(notify)
        name, version = told["Call-ID"], notify.cseq
        assert version > self.versions.get(name, -1), "also after a restart"
        self.versions[name], self.shown[name] = version, state(notify)
        if told["Subscription-State"].startswith("terminated"):
            self.over.add(name)

    @invariant()
    def one_is_under_way_at_the_most(self) -> None:
        names = [fields(one)["Call-ID"] for one in self.world.sent.values()]
        live = {dict(one.watch.dialog)["Call-ID"] for one in self.live()}
        under_way = [name for name in names if name in live]
        assert len(under_way) == len(set(under_way))

    @invariant()
    def connections_are_those_of_subscriptions(self) -> None:
        assert sorted(self.world.held) == sorted({one.connection for one in self.live()} - {0})

    def live(self) -> list[Subscription]:
        return list(self.world.notifier._subscriptions.values())

    def teardown(self) -> None:
        """In the end everybody answers: who still subscribes shows what is, all else is gone."""
        self.tags.stop()
        while self.world.work or self.world.sent:
            while self.world.work:
                self.world.work.pop(0)()
            for number in list(self.world.sent):
                self.take(self.world.sent.pop(number))
                self.world.notifier.answered(number, 200)
        for one in self.live():
            name = dict(one.watch.dialog)["Call-ID"]
            assert self.shown[name] == _SHOWN[self.world.lamps[one.watch.whom]]
            assert name not in self.over
        self.world.seconds += 10_000
        self.world.notifier.expire()
        while self.world.work:
            self.world.work.pop(0)()
        for number in list(self.world.sent):
            self.world.sent.pop(number)
            self.world.notifier.answered(number, 200)
        assert len(self.world.notifier) == 0
        assert self.world.held == []
        assert self.world.kept == {}
        assert not self.world.notifier._sent


def test_histories() -> None:
    often = examples(150, stateful_step_count=40)
    run_state_machine_as_test(Histories, settings=often)
