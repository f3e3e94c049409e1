"""A callback on a real line: asked for by key, kept over ``kill -9``, dialled over the trunk."""

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sipagent.exchange import editing
from sipagent.exchange.model import LineNumber
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.queues.schema import queues
from sipagent.exchange.schema import exchange
from sipagent.store.database import open_database
from tests.calls.carrier import Carrier, free_place, number_in, trunk
from tests.calls.daemon import Daemon, until
from tests.calls.peer import Peer
from tests.calls.softphone import Softphone, both_talk, strength
from tests.calls.test_calls_out import FIRM, MAIN

pytestmark = pytest.mark.line

PLACE, CUSTOMER, OTHER = free_place("127.0.0.9"), "+48600700700", "+48600700701"
QUEUE = Queue.model_validate(
    {
        "name": "Serwis",
        "number": "1000",
        "members": ["user:Anna Nowak"],
        "announce": 0,
        "callback_key": "1",
    }
)


@pytest.fixture
def firm(tmp_path: Path, clips: Path) -> Iterator[Daemon]:
    """A line whose main number leads to a queue."""
    addresses = f'addresses = ["{PLACE[0]}/32"]'
    extra = f'number = "{MAIN}"\n{trunk("carrier", PLACE, addresses)}'
    line = Daemon(tmp_path, clips, extra=extra)
    number = LineNumber(number=MAIN, leads_to="queue:Serwis")
    with closing(open_database(line.database, [exchange])) as db:
        editing.replace(db, FIRM.put("queues", QUEUE).model_copy(update={"numbers": (number,)}))
    line.start()
    yield line
    line.discard()


def rows(line: Daemon, sql: str) -> list[tuple[Any, ...]]:
    with closing(open_database(line.database, [queues])) as db:
        return db.execute(sql).fetchall()


def calling(line: Daemon, number: str) -> Peer:
    proof = f"P-Asserted-Identity: <sip:{number}@127.0.0.1>"
    return Peer(line.port, number, proof, called=MAIN, host=PLACE[0])


def test_a_callback_survives_kill_9_and_brings_the_two_together(firm: Daemon) -> None:
    """A callback keeps its arrival time, dials only with a member reserved, survives a restart."""
    with calling(firm, CUSTOMER) as caller:
        assert caller.call().status == 200
        firm.says(caller.call_id, "tone.music")
        caller.press("1")
        firm.says(caller.call_id, "queue.callback-confirm")
        caller.press("1")
        firm.says(caller.call_id, "queue.callback-kept")
        with calling(firm, OTHER) as waits:
            assert waits.call().status == 200
            firm.says(waits.call_id, "tone.music")
            journal = "SELECT id FROM queue_calls WHERE outcome IS NULL"
            until(lambda: rows(firm, journal), lambda found: len(found) == 2)
            firm.process.send_signal(signal.SIGKILL)
            firm.kill()
    firm.start()
    journal = "SELECT outcome, number, callback_of FROM queue_calls ORDER BY id"
    expected = [("callback", CUSTOMER, None), (None, CUSTOMER, 1), ("closed", OTHER, None)]
    until(lambda: rows(firm, journal), expected.__eq__)
    with Carrier(firm.port, PLACE) as carrier, Softphone(firm.port, "101-1", 400) as anna:
        anna.rings()
        anna.answer_call()
        invite = carrier.comes()
        assert CUSTOMER in invite.text.partition("\r\n")[0]
        assert number_in(invite, "P-Asserted-Identity") == MAIN
        carrier.invite = invite
        carrier.respond(invite, "180 Ringing")
        carrier.answer_call()
        firm.event("timeline", kind="joined", within=60)
        anna.talk(0.5)  # what has come before
        heard = both_talk(anna, carrier)
        assert strength(heard[0], 900) > 0.6, "Anna hears the customer"
        assert strength(heard[1], 400) > 0.6, "the customer hears Anna"
        carrier.hang_up()
        anna.hung_up()
        answered = "SELECT outcome, member FROM queue_calls WHERE ended_at IS NOT NULL AND id = 2"
        (call,) = until(lambda: rows(firm, answered), bool)
        assert call == ("answered", "user:Anna Nowak")
    until(lambda: rows(firm, "SELECT * FROM queue_callbacks"), [].__eq__)
    firm.stop()
