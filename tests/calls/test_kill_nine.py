"""``kill -9`` in every state of a call: phones are known, nobody rings, records tell of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from sipagent.exchange import editing
from sipagent.exchange.model import Box, LineNumber
from sipagent.exchange.schema import exchange
from sipagent.sip.addresses import free_port
from sipagent.store.database import open_database
from tests.calls.daemon import Daemon, until
from tests.calls.softphone import Softphone
from tests.calls.test_firm_calls import FIRM, MAIN, TRUNK
from tests.calls.test_voicemail import begin_message, stranger
from tests.calls.watcher import MESSAGES, Watcher, state

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

    def settled(self, **states: str) -> None:
        """Return once the lamps show these states, the last of them."""
        for name, wanted in states.items():
            while state(self.lamps[name].told()) != wanted:
                pass


@pytest.fixture
def scene(tmp_path: Path, clips: Path) -> Iterator[Scene]:
    """A firm on a line that comes back at its port."""
    port = str(free_port(["127.0.0.1"]))
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
            yield Scene(line, anna, jan, dict(zip(("anna", "jan"), lamps, strict=True)), messages)
    finally:
        line.discard()


def rings(scene: Scene) -> None:
    scene.anna.call("102")
    scene.jan.rings()
    scene.anna.status(180)
    scene.settled(anna="confirmed", jan="early")


def talks(scene: Scene) -> None:
    rings(scene)
    scene.jan.answer_call()
    scene.anna.status(200)
    scene.settled(jan="confirmed")


@pytest.mark.parametrize("reach", [rings, talks])
def test_after_kill_nine_phones_are_known_nobody_rings_and_lamps_are_right(
    scene: Scene, reach: Callable[[Scene], None]
) -> None:
    reach(scene)
    talk = reach is not rings
    line, call_id = scene.line, scene.anna.call_id
    # Events reach the disk within 50 ms; what is there by then survives.
    until(lambda: line.legs(line.call_of(call_id))[1:], bool, 5)
    until(lambda: line.legs(line.call_of(call_id))[1].answered, lambda at: bool(at) is talk, 5)
    line.kill()
    line.start()
    if talk:
        scene.anna.hung_up()
        scene.jan.hung_up()
    else:
        scene.jan.cancelled()
        scene.anna.status(480)
    scene.settled(anna="terminated", jan="terminated")
    assert scene.messages.told().body.startswith("Messages-Waiting: no\r\n")
    record = line.call_of(call_id)
    assert (record.ended_by, record.outcome) == ("crash", "crash")
    _, leg = line.legs(record)
    assert (leg.party, leg.ended) == ("Jan Kowal <102>", record.ended)
    assert (leg.answered is not None) is talk
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
    line.stop()


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
