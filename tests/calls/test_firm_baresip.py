"""Two phones that are not ours talk through a line: each hears the other, and not itself."""

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import numpy as np
import pytest

from sipagent.exchange import editing
from sipagent.exchange.schema import exchange
from sipagent.phone import recording
from sipagent.store.database import open_database
from tests.calls.baresip import CONFIG
from tests.calls.daemon import Daemon, until
from tests.calls.softphone import Softphone, strength
from tests.calls.test_firm_calls import FIRM, PASSWORD
from tests.calls.test_real_phones import running
from tests.phone_tones import sine

pytestmark = pytest.mark.outside


def baresip(folder: Path, line: Daemon, account: str, hertz: float) -> AbstractContextManager[int]:
    """Start a phone that answers by itself, and sends a tone while it talks."""
    folder.mkdir()
    address = f"<sip:{account}@127.0.0.1:{line.port};transport=udp>"
    (folder / "accounts").write_text(f"{address};auth_pass={PASSWORD};regint=60;answermode=auto\n")
    (folder / "contacts").write_text("")
    (folder / "config").write_text(CONFIG.format(folder=folder))
    recording.write(folder / "quiet.wav", (sine(hertz, 60, -10) / 32768).astype(np.float32))
    return running(folder, "baresip", "-f", str(folder))


def registered(line: Daemon) -> int:
    """Return how many phones are reached somewhere, as it is kept."""
    with closing(open_database(line.database, [exchange])) as db:
        return int(db["bindings"].count)


@pytest.fixture
def line(tmp_path: Path, clips: Path) -> Iterator[Daemon]:
    """A line with the firm on it; baresip knows no digest but MD5."""
    (tmp_path / "line").mkdir()
    daemon = Daemon(tmp_path / "line", clips, sip='digests = ["MD5"]')
    with closing(open_database(daemon.database, [exchange])) as db:
        editing.replace(db, FIRM)
    yield daemon.start()
    daemon.discard()


def dump(folder: Path) -> Path:
    """Return the file of what a phone has heard."""
    found: list[Path] = until(lambda: list(folder.glob("dump-*-dec.wav")), bool)
    return found[0]


def test_two_phones_talk(line: Daemon, tmp_path: Path) -> None:
    anna, jan = tmp_path / "anna", tmp_path / "jan"
    with baresip(anna, line, "101-1", 400) as keys, baresip(jan, line, "102-1", 900) as others:
        until(lambda: registered(line), lambda count: count == 2)
        os.write(keys, f"dsip:102@127.0.0.1:{line.port}\n".encode())
        line.event("timeline", within=30, kind="joined")
        time.sleep(4)  # of talk
        os.write(keys, b"b")
        (record,) = line.ended()
        for keyboard in (keys, others):
            os.write(keyboard, b"q")
        heard = [dump(folder) for folder in (anna, jan)]
        line.stop()
    assert record.labels == {"user": "Anna Nowak"}
    assert record.ended_by == "caller"
    for file, other, own in zip(heard, (900, 400), (400, 900), strict=True):
        sound = recording.read(file).astype(np.float64)
        talk = sound[-3 * recording.RATE : -recording.RATE // 2]
        assert strength(talk, other) > 0.6, file
        assert strength(talk, own) < 0.01, file


def test_a_phone_forwards_by_code_and_picks_a_call_up(line: Daemon, tmp_path: Path) -> None:
    with (
        baresip(tmp_path / "anna", line, "101-1", 400) as keys,
        Softphone(line.port, "102-1", algorithm="MD5") as jan,
        Softphone(line.port, "103-1", algorithm="MD5") as ewa,
    ):
        until(lambda: registered(line), lambda count: count == 3)

        def dials(code: str) -> None:
            os.write(keys, f"dsip:{code}@127.0.0.1:{line.port}\n".encode())

        dials("*21*102%23")
        line.event("timeline", within=60, kind="handling", state="reaching.always-on")
        line.ended(1, 60)
        dials("%2321%23")
        line.event("timeline", within=60, kind="handling", state="reaching.always-off")
        line.ended(2, 60)
        ewa.call("102")
        jan.rings()
        dials("*8")
        jan.cancelled()
        ewa.status(200)
        assert strength(ewa.talk(3)[8000:-4000], 400) > 0.6, "Ewa hears Anna"
        ewa.leave()
        os.write(keys, b"q")
        record = line.ended_call(ewa.call_id)
    assert [leg.party for leg in line.legs(record)][1:] == ["Jan Kowal <102>", "Anna Nowak <101>"]
