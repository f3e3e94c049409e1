"""sipagent doctor CALL and --call, where something is wrong."""

import json
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipagent.config import Config
from sipagent.doctor import calls
from sipagent.doctor.finding import Level
from sipagent.errors import DataError
from sipagent.records.schema import records
from sipagent.store.database import open_database

pytestmark = pytest.mark.line


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config.model_validate({"paths": {"database": tmp_path / "line.db"}})


@pytest.fixture
def database(config: Config) -> Iterator[sqlite3.Connection]:
    """A database with one call, c1, and the column for what was measured in it."""
    db = open_database(config.paths.database, [records])
    if "quality" not in db["calls"].columns_dict:
        db.execute("ALTER TABLE calls ADD COLUMN quality TEXT")
    db.execute(
        "INSERT INTO calls (id, sip_id, started, asserted, called, scenario)"
        " VALUES ('c1', 's', '2026-01-01T00:00:00.000+00:00', 0, 'x', 'infolinia')"
    )
    db.conn.commit()
    yield db.conn
    db.close()


def measured(database: sqlite3.Connection, **quality: object) -> None:
    database.execute("UPDATE calls SET quality = ?", [json.dumps(quality)])
    database.commit()


def test_a_call_that_only_one_side_heard(config: Config, database: sqlite3.Connection) -> None:
    measured(database, rx_packets=0, tx_packets=400, local_rtp="10.0.0.5:1", remote_sdp="8.8.8.8:2")
    (found,) = calls.recorded(config, "last")
    assert found.level is Level.ERROR
    assert found.text.startswith("no-rtp-in: ")
    assert "sip.public_address" in found.advice


def test_its_own_calls_are_nobody_s(config: Config, database: sqlite3.Connection) -> None:
    database.execute(
        "INSERT INTO calls (id, sip_id, started, asserted, called, scenario)"
        " VALUES ('d1', 't', '2026-01-02T00:00:00.000+00:00', 0, 'doctor', 'infolinia')"
    )
    measured(database, rx_packets=400, tx_packets=400, rx_silent=False)
    assert [one.check for one in calls.recorded(config, "last")] == ["call c1"]
    assert [one.check for one in calls.recorded(config, "d1")] == ["call d1"], "by its id, though"


def test_a_call_that_was_well(config: Config, database: sqlite3.Connection) -> None:
    measured(database, rx_packets=400, tx_packets=400, rx_silent=False)
    assert [one.level for one in calls.recorded(config, "c1")] == [Level.OK]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("codec", "sip.codecs"),
        ("address family", "version of IP"),
        ("encryption without keys", "SDES"),
        ("no encryption", "srtp"),
        ("encryption", "srtp"),
        ("no audio", "RTP"),
        ("Unsupported Media Type", "sipagent trace"),
    ],
)
def test_a_call_that_was_refused(
    config: Config, database: sqlite3.Connection, reason: str, words: str
) -> None:
    details = json.dumps({"code": 488, "reason": reason})
    database.execute("INSERT INTO call_events VALUES ('c1', 1, 0, 'refused', ?)", [details])
    database.commit()
    (found,) = calls.recorded(config, "last")
    assert (found.level, found.text) == (Level.ERROR, f"refused with 488: {reason}")
    assert words in found.advice


@pytest.mark.usefixtures("database")
def test_a_call_in_which_nothing_was_measured(config: Config) -> None:
    assert [one.level for one in calls.recorded(config, "c1")] == [Level.WARNING]


@pytest.mark.usefixtures("database")
def test_a_call_that_there_is_not(config: Config) -> None:
    with pytest.raises(DataError, match="c2"):
        list(calls.recorded(config, "c2"))


def test_nobody_answers_the_test_call(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_ANSWER", 0.3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        sip = config.sip.model_copy(update={"port": silent.getsockname()[1]})
        (found,) = calls.called(config.model_copy(update={"sip": sip}))
    assert found.level is Level.ERROR
    assert "nobody answered within 0.3 s" in found.text
