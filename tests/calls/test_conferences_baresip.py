"""Phones that are not ours in one room: each hears the others, and not itself."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest

from sipagent.exchange import editing
from sipagent.exchange.rooms.model import Room
from sipagent.exchange.schema import exchange
from sipagent.phone import recording
from sipagent.store.database import open_database
from tests.calls.daemon import Daemon, until
from tests.calls.softphone import strength
from tests.calls.test_conferences import told
from tests.calls.test_firm_baresip import baresip, dump, registered
from tests.calls.test_firm_calls import FIRM

pytestmark = pytest.mark.outside

TONES = {"101-1": 400, "102-1": 900, "103-1": 1300}


@pytest.fixture
def line(tmp_path: Path, clips: Path) -> Iterator[Daemon]:
    """A line with a room on it; baresip knows no digest but MD5."""
    (tmp_path / "line").mkdir()
    daemon = Daemon(tmp_path / "line", clips, sip='digests = ["MD5"]')
    with closing(open_database(daemon.database, [exchange])) as db:
        room = Room(name="Narada", number="*1234")
        editing.replace(db, FIRM.model_copy(update={"rooms": (room,)}))
    yield daemon.start()
    daemon.discard()


def test_three_phones_talk_in_a_room(line: Daemon, tmp_path: Path) -> None:
    with ExitStack() as stack:
        keyboards = [
            stack.enter_context(baresip(tmp_path / account, line, account, hertz))
            for account, hertz in TONES.items()
        ]
        until(lambda: registered(line), lambda count: count == 3)
        for keys in keyboards:
            os.write(keys, f"dsip:*1234@127.0.0.1:{line.port}\n".encode())
        told(line, "place", ["talking"] * 3)
        time.sleep(5)  # of talk, behind the tones of who has come
        for keys in keyboards:
            os.write(keys, b"b")
        told(line, "guest", [])
        for keys in keyboards:
            os.write(keys, b"q")
        heard = {account: dump(tmp_path / account) for account in TONES}
        line.stop()
    for account, file in heard.items():
        talk = recording.read(file).astype(np.float64)[-3 * recording.RATE : -recording.RATE]
        for other, hertz in TONES.items():
            part = strength(talk, hertz)
            assert part < 0.01 if other == account else part > 0.3, (account, other, part)
