"""Phones that are not ours put callers through: baresip blind, Linphone attended."""

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
from tests.calls.daemon import Daemon, until
from tests.calls.softphone import strength
from tests.calls.test_firm_baresip import baresip, dump, registered
from tests.calls.test_firm_calls import FIRM
from tests.calls.test_real_phones import LINPHONE, running
from tests.ports import port_of_ours

pytestmark = pytest.mark.outside

ANNA, JAN, EWA = 400, 900, 1400


@pytest.fixture
def line(tmp_path: Path, clips: Path) -> Iterator[Daemon]:
    """A line with the firm on it; baresip knows no digest but MD5."""
    (tmp_path / "line").mkdir()
    daemon = Daemon(tmp_path / "line", clips, sip='digests = ["MD5"]')
    with closing(open_database(daemon.database, [exchange])) as db:
        editing.replace(db, FIRM)
    yield daemon.start()
    daemon.discard()


def linphone(folder: Path, line: Daemon, account: str) -> AbstractContextManager[int]:
    """Start a phone that answers by itself."""
    (folder / ".local/share/linphone").mkdir(parents=True)
    settings = LINPHONE.format(port=port_of_ours(), line=line.port, transport="udp")
    (folder / "rc").write_text(settings.replace("101-1", account))
    return running(folder, "linphonec", "-a", "-c", str(folder / "rc"))


def types(keyboard: int, text: str) -> None:
    """Type a line."""
    os.write(keyboard, f"{text}\n".encode())


def said(folder: Path, text: str) -> int:
    """Return how often a phone has printed a text."""
    return (folder / "log").read_text("utf-8", "replace").count(text)


def see_each_hear_the_other(anna: Path, ewa: Path) -> None:
    """Look for what two phones have heard at the end of their calls, and for nothing else."""
    for folder, other, own in ((anna, EWA, ANNA), (ewa, ANNA, EWA)):
        sound = recording.read(dump(folder)).astype(np.float64)
        talk = sound[-3 * recording.RATE : -recording.RATE // 2]
        assert strength(talk, other) > 0.5, folder
        assert strength(talk, own) < 0.01, folder
        assert strength(talk, JAN) < 0.01, folder


def handed_over(line: Daemon, record_id: str) -> list[tuple[object, ...]]:
    """Return who went, who came, and how."""
    events = [e.details for e in line.timeline(record_id) if e.kind == "handed-over"]
    return [tuple(e.values()) for e in events]


def test_baresip_puts_through(line: Daemon, tmp_path: Path) -> None:
    anna, jan, ewa = (tmp_path / name for name in ("anna", "jan", "ewa"))
    with (
        baresip(anna, line, "101-1", ANNA) as annas,
        baresip(jan, line, "102-1", JAN) as jans,
        baresip(ewa, line, "103-1", EWA) as ewas,
    ):
        until(lambda: registered(line), lambda count: count == 3)
        types(annas, f"dsip:102@127.0.0.1:{line.port}")
        line.event("timeline", within=30, kind="joined")
        time.sleep(2)  # of talk
        types(jans, f"/transfer sip:103@127.0.0.1:{line.port}")
        line.event("timeline", within=30, kind="handed-over")
        time.sleep(4)  # of talk
        os.write(annas, b"b")
        (record,) = line.ended()
        for keyboard in (annas, jans, ewas):
            os.write(keyboard, b"q")
        see_each_hear_the_other(anna, ewa)
        line.stop()
    assert handed_over(line, record.id) == [("Jan Kowal <102>", "Ewa Lis <103>", "blind")]


def test_linphone_puts_through_whom_it_has_talked_about(line: Daemon, tmp_path: Path) -> None:
    anna, jan, ewa = (tmp_path / name for name in ("anna", "jan", "ewa"))
    with (
        baresip(anna, line, "101-1", ANNA) as annas,
        linphone(jan, line, "102-1") as jans,
        baresip(ewa, line, "103-1", EWA) as ewas,
    ):
        until(lambda: registered(line), lambda count: count == 3)
        types(annas, f"dsip:102@127.0.0.1:{line.port}")
        first = line.event("timeline", within=30, kind="joined")["call_id"]
        until(lambda: said(jan, "Media streams established"), lambda times: times > 1)
        types(jans, "pause 1")
        line.event("timeline", within=30, kind="prompt", key="tone.music", call_id=first)
        types(jans, f"call sip:103@127.0.0.1:{line.port}")
        until(lambda: line.count("timeline", kind="joined"), lambda count: count == 2)
        types(jans, "transfer 1 --to-call 2")
        until(lambda: line.count("timeline", kind="handed-over"), lambda count: count == 2)
        time.sleep(4)  # of talk
        os.write(annas, b"b")
        records = line.ended(2)
        for keyboard in (annas, ewas):
            os.write(keyboard, b"q")
        types(jans, "quit")
        see_each_hear_the_other(anna, ewa)
        line.stop()
    assert sorted(handed_over(line, record.id)[0] for record in records) == [
        ("Jan Kowal <102>", "Anna Nowak <101>", "attended"),
        ("Jan Kowal <102>", "Ewa Lis <103>", "attended"),
    ]
