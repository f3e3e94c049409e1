"""``kill -9`` in every state of a call: phones are known, nobody rings, records tell of it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sipagent.exchange import editing
from sipagent.exchange.model import Box, LineNumber
from sipagent.exchange.ordered.orders import Orders
from sipagent.exchange.ordered.schema import ordered
from sipagent.exchange.schema import exchange
from sipagent.records.farewells import farewells
from sipagent.store.database import open_database
from tests.calls.daemon import Daemon, until
from tests.calls.softphone import Softphone
from tests.calls.test_firm_calls import FIRM, MAIN, TRUNK
from tests.calls.test_put_through import kinds
from tests.calls.test_voicemail import begin_message, stranger
from tests.calls.watcher import MESSAGES, Watcher, state
from tests.ports import port_of_ours

pytestmark = pytest.mark.line

BOX = Box(name="Ewa", owner="user:Ewa Lis")
LEADS = LineNumber(number=MAIN, leads_to="user:Ewa Lis")


@dataclass
class Scene:
    """A line, two phones that call each other, and a third one that watches them."""

    line: Daemon
    anna: Softphone
    jan: Softphone
    lamps: dict[str, Watcher]
    messages: Watcher
    stack: ExitStack
    #: What the phones hear of the next run.
    ends: list[Callable[[], object]] = field(default_factory=list)

    def settled(self, **states: str) -> None:
        """Return once the lamps show these states, the last of them."""
        for name, wanted in states.items():
            while state(self.lamps[name].told()) != wanted:
                pass

    def phone(self, user: str) -> Softphone:
        """Return one more phone."""
        return self.stack.enter_context(Softphone(self.line.port, user))


@pytest.fixture
def scene(tmp_path: Path, clips: Path) -> Iterator[Scene]:
    """A firm on a line that comes back at its port."""
    port = str(port_of_ours())
    line = Daemon(tmp_path, clips, extra=TRUNK, environment={"SIPAGENT_SIP__PORT": port})
    with closing(open_database(line.database, [exchange])) as db:
        editing.replace(db, FIRM.put("boxes", BOX).put("numbers", LEADS))
    line.start()
    try:
        with ExitStack() as stack:
            anna, jan = (Softphone(line.port, user) for user in ("101-1", "102-1"))
            lamps = [Watcher(line.port, whom, "103-1") for whom in ("101", "102")]
            messages = Watcher(line.port, "103-1", "103-1", event=MESSAGES)
            for one in (anna, jan, *lamps, messages):
                stack.enter_context(one)
            for watcher in (*lamps, messages):
                assert watcher.subscribe().status == 200
                watcher.told()
            named = dict(zip(("anna", "jan"), lamps, strict=True))
            yield Scene(line, anna, jan, named, messages, stack)
    finally:
        line.discard()


def rings(scene: Scene) -> None:
    scene.anna.call("102")
    scene.jan.rings()
    scene.anna.status(180)
    scene.settled(anna="confirmed", jan="early")
    call = scene.line.call_of(scene.anna.call_id)
    until(lambda: scene.line.legs(call), lambda legs: len(legs) == 2)
    scene.ends = [scene.jan.cancelled, lambda: scene.anna.status(480)]


def talks(scene: Scene) -> None:
    rings(scene)
    scene.jan.answer_call()
    scene.anna.status(200)
    scene.settled(jan="confirmed")
    until(lambda: kinds(scene.line, scene.anna), lambda seen: "joined" in seen)
    scene.ends = [scene.jan.hung_up, scene.anna.hung_up]


def holds(scene: Scene) -> None:
    talks(scene)
    scene.jan.hold()


def asks_elsewhere(scene: Scene) -> None:
    """Jan lets Anna wait, and calls Ewa to ask whether he may put her through."""
    holds(scene)
    ewa, beside = scene.phone("103-1"), scene.phone("102-1")
    beside.call("103")
    ewa.rings()
    beside.status(180)
    scene.ends += [ewa.cancelled, lambda: beside.status(480)]


def is_put_through(scene: Scene) -> None:
    """Ewa rings for Anna, whom Jan has put through without asking."""
    talks(scene)
    ewa = scene.phone("103-1")
    assert scene.jan.refer("103").status == 202
    ewa.rings()
    scene.ends.append(ewa.cancelled)


@pytest.mark.parametrize("reach", [rings, talks, holds, asks_elsewhere, is_put_through])
def test_after_kill_nine_phones_are_known_nobody_rings_and_lamps_are_right(
    scene: Scene, reach: Callable[[Scene], None]
) -> None:
    reach(scene)
    line, call_id = scene.line, scene.anna.call_id
    # What happens reaches the disk within 50 ms; what is there by then survives.
    until(lambda: farewells_of(line), lambda count: count == len(scene.ends))
    line.kill()
    line.start()
    for heard in scene.ends:
        heard()
    scene.settled(anna="terminated", jan="terminated")
    assert scene.messages.told().body.startswith("Messages-Waiting: no\r\n")
    record = line.call_of(call_id)
    assert (record.ended_by, record.outcome) == ("crash", "crash")
    leg = line.legs(record)[1]
    assert (leg.party, leg.ended) == ("Jan Kowal <102>", record.ended)
    assert (leg.answered is None) is (reach is rings)
    assert "Here the program was killed" in line.run("calls", "show", record.id)
    with pytest.raises(TimeoutError):  # nobody rings for a call that is no more
        scene.jan.rings(0.5)
    scene.jan.call("101")
    scene.jan.take(scene.jan.status(401))  # its nonce was of the other run
    scene.jan.call("101")
    assert scene.anna.rings().header("From").startswith('"Jan Kowal" <sip:102@')
    scene.settled(anna="early", jan="confirmed")
    scene.anna.decline()
    scene.jan.status(486)
    until(lambda: farewells_of(line), lambda count: count == 0)
    line.stop()


def farewells_of(line: Daemon) -> int:
    """Return how many calls the next run would end."""
    with closing(open_database(line.database, [farewells])) as db:
        return int(db["farewells"].count)


def test_after_kill_nine_a_message_that_was_being_left_is_there_and_lights_the_lamp(
    scene: Scene,
) -> None:
    """The message lamp is right after the daemon's restart, and the caller does not wait on."""
    with stranger(scene.line) as caller:
        begin_message(caller, scene.line)
        caller.speak(3.0)
        scene.line.kill()
        scene.line.start()
        caller.await_bye()
    told = scene.messages.told().body
    if "Messages-Waiting: no" in told:  # it was told before a message was made of what was said
        told = scene.messages.told().body
    assert "Voice-Message: 1/0" in told
    assert scene.line.call_of(caller.call_id).ended_by == "crash"
    scene.line.stop()


def test_after_kill_nine_an_ordered_call_is_not_made_again(scene: Scene) -> None:
    """What is ordered survives ``kill -9`` without ever being called twice."""
    line = scene.line
    with ThreadPoolExecutor() as beside:  # the phone answers while the command still ends
        ordering = beside.submit(line.run, "call", "102", "101")
        scene.jan.rings()
        ordering.result()
    until(lambda: farewells_of(line), lambda count: count == 1)
    line.kill()
    line.start()
    scene.jan.cancelled()

    def outcome() -> str:
        with closing(open_database(line.database, [ordered])) as db:
            return Orders(db).find(1).outcome

    assert until(outcome, bool) == "interrupted"
    with pytest.raises(TimeoutError):
        scene.jan.rings(0.5)
    line.stop()
