"""Queues, rooms and recordings over the API: what goes on, steering it, and what was recorded."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
import sqlite_utils

from sipagent.exchange import editing
from sipagent.exchange.recording.kept import Recordings
from sipagent.exchange.recording.uses import uses
from sipagent.panel.api.scopes import Scope
from tests.exchange.recording.samples import BEGINNING, recorded
from tests.panel.api.asking import Program
from tests.panel.browsing import opened
from tests.panel.test_now import QUEUE, ROOM

pytestmark = pytest.mark.unit


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A program that may all, at a firm with a queue, a room and a recording."""

    def fill(db: sqlite_utils.Database) -> None:
        editing.add(db, "users", {"name": "Anna Nowak", "number": "101"})
        queue = {"name": "Biuro", "number": "200", "members": [{"who": "user:Anna Nowak"}]}
        editing.add(db, "queues", queue)
        editing.add(db, "rooms", {"name": "Narada", "number": "*123"})
        recorded(Recordings(db), tmp_path / "recordings")

    with opened(tmp_path, fill) as panel:
        yield Program(panel, *Scope)


def test_queues_are_shown_and_members_come_and_go(program: Program) -> None:
    line, data = program.panel.line, program.panel.store.blocking
    line.answers = {
        "queues.live": [QUEUE],
        "queues.ready": None,
        "queues.take-out": {"id": 1, "to": ""},
    }
    assert program.get("/queues")["items"][0]["waiting"][0]["place"] == 1
    assert program.get("/queues/Biuro")["queue"] == "Biuro"
    assert program("DELETE", "/queues/Biuro/members/101").json() == {"member": "user:Anna Nowak"}
    assert data.read(lambda db: db.execute("SELECT there FROM queue_logins").fetchall()) == [(0,)]
    assert program("PUT", "/queues/200/members/101").status_code == 200
    assert data.read(lambda db: db.execute("SELECT there FROM queue_logins").fetchall()) == []
    program("PUT", "/members/101/pause", json={"reason": "lunch"})
    assert (
        data.read(lambda db: db.execute("SELECT reason FROM queue_pauses").fetchone())[0] == "lunch"
    )
    assert program("DELETE", "/members/101/pause").status_code == 200
    assert ("queues.ready", {"member": "user:Anna Nowak"}) in line.asked
    assert program("POST", "/waiting/1/take-out", json={}).json() == {"id": 1, "to": ""}
    assert line.asked[-1] == ("queues.take-out", {"id": 1, "to": "", "by": "token program"})
    assert program("PUT", "/queues/Biuro/members/999").json()["code"] == "data"


def test_a_meeting_is_led_and_people_are_called_in(program: Program) -> None:
    names = ("live", "lock", "unmute", "mute", "drop", "end")
    program.panel.line.answers = {f"rooms.{name}": ROOM for name in names}
    program.panel.line.answers["rooms.live"] = [ROOM]
    assert program.get("/rooms")["items"][0]["guests"][0]["guest"] == 3
    assert program("PATCH", "/rooms/Narada", json={}).status_code == 422
    program("PATCH", "/rooms/Narada", json={"locked": True, "muted": False})
    program("PATCH", "/rooms/Narada/guests/3", json={"muted": True})
    program("DELETE", "/rooms/Narada/guests/3")
    program("POST", "/rooms/Narada/end")
    assert program.panel.line.asked[1:] == [
        ("rooms.lock", {"room": "Narada"}),
        ("rooms.unmute", {"room": "Narada"}),
        ("rooms.mute", {"room": "Narada", "guest": 3}),
        ("rooms.drop", {"room": "Narada", "guest": 3}),
        ("rooms.end", {"room": "Narada"}),
    ]
    later = {"target": "101", "at": "2126-11-26 15:00"}
    made = program("POST", "/rooms/Narada/invitations", json=later)
    assert (made.status_code, made.json()["at"]) == (201, "2126-11-26T14:00:00Z")
    number = made.json()["id"]
    assert [one["id"] for one in program.get("/invitations")["items"]] == [number]
    assert program("DELETE", f"/invitations/{number}").json()["outcome"] == "cancelled"
    assert program.get("/invitations")["items"] == []


@pytest.mark.parametrize(("form", "kind"), [("wav", "WAV"), ("opus", "OGG"), ("mp3", "MP3")])
def test_a_recording_is_heard_and_that_is_on_record(program: Program, form: str, kind: str) -> None:
    answer = program("GET", "/recordings/1/sound", params={"format": form})
    assert answer.status_code == 200, answer.text
    with soundfile.SoundFile(io.BytesIO(answer.content)) as sound:
        assert (sound.format, sound.channels) == (kind, 2)
    done = program.panel.store.blocking.read(uses)
    assert [(one.recording, one.who, one.what) for one in done] == [
        (1, "token program", "exported")
    ]


def test_recordings_are_listed_without_keys_and_what_is_gone_is_told(program: Program) -> None:
    (one,) = program.get("/recordings", user="Anna Nowak")["items"]
    assert one["call"] == BEGINNING.call
    assert not {"key", "file", "transcript"} & one.keys()
    assert program.get("/recordings", user="Nikt")["items"] == []
    (program.panel.config.paths.recordings / BEGINNING.file).unlink()
    assert program("GET", "/recordings/1/sound").status_code == 404
