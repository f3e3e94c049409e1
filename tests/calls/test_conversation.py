"""Conversations on real calls: what was meant is what the caller heard."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sipagent.infoline.directory import Directory
from sipagent.infoline.online import contacts
from sipagent.infoline.online.changes import Action, Medium
from sipagent.infoline.online.contacts import Contacts, Wish
from sipagent.infoline.schema import infoline
from sipagent.phone import recording
from sipagent.phone.listen import HEARD, find_clip
from sipagent.store.database import open_database, writing
from tests.calls.baresip import softphone
from tests.calls.caller import ANNA, call, calling, heard_file
from tests.calls.daemon import Daemon, Start, until
from tests.patience import PATIENCE

pytestmark = pytest.mark.outside


def test_what_is_heard_is_what_was_meant(line: Daemon, tmp_path: Path) -> None:
    """Every prompt that was not cut is found in the recording, in order, where it was said."""
    before = len(line.calls())
    done = call(
        line, "speech; wait 4.5; press 100001#; wait 6; press 1; wait 5; hang-up",
        "--from", ANNA, "--asserted", "--out", str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    record = line.ended(before + 1)[0]
    heard = recording.read(heard_file(tmp_path))
    timeline = line.timeline(record.id)
    whole = [e for e in timeline if e.kind == "prompt-end" and not e.details["cut"]]
    texts = {e.details["key"]: e.details["text"] for e in timeline if e.kind == "prompt"}
    began = {e.details["key"]: e.at_ms for e in timeline if e.kind == "prompt"}
    assert [e.details["key"] for e in whole] == ["greeting", "login.accepted", "balance.count"]
    offsets = []
    for event in whole:
        key = event.details["key"]
        file = tmp_path / f"{key}.wav"
        line.run("say", texts[key], "-o", str(file))
        at, score = find_clip(heard, recording.read(file))
        assert score > HEARD, (key, score)
        offsets.append(at - began[key] / 1000)
    assert max(offsets) - min(offsets) < 1, offsets


def test_a_key_stops_the_prompt_at_once(line: Daemon, tmp_path: Path) -> None:
    before = len(line.calls())
    call(line, "speech; wait 1; press 1; wait 2; hang-up", "--from", ANNA, "--out", str(tmp_path))
    timeline = line.timeline(line.ended(before + 1)[0].id)
    pressed = next(e.at_ms for e in timeline if e.kind == "digit")
    ended = next(e for e in timeline if e.kind == "prompt-end")
    assert ended.details["cut"]
    assert 0 <= ended.at_ms - pressed < 60
    heard = recording.read(heard_file(tmp_path))
    assert abs(heard[-recording.RATE :]).max() < 0.02, "silence while the login is awaited"


def test_nobody_else_may_assert(start: Start) -> None:
    line = start(trusted=())
    call(line, "speech; hang-up", "--from", ANNA, "--asserted")
    record = line.ended()[0]
    assert (record.caller, record.asserted) == (ANNA, 0)
    line.stop()


def test_a_hidden_number_is_refused_politely(line: Daemon) -> None:
    before = len(line.calls())
    done = call(line, "speech; hung-up", "--anonymous")
    assert done.returncode == 0, done.stderr
    record = line.ended(before + 1)[0]
    assert (record.ended_by, record.outcome) == ("agent", "done")
    assert any(e.details.get("key") == "login.hidden-number" for e in line.timeline(record.id))


def test_the_phone_tells_that_a_call_went_wrong(line: Daemon) -> None:
    done = call(line, "speech; hung-up", "--from", ANNA, "--timeout", "3")
    assert done.returncode == 5
    assert "Traceback" not in done.stderr


def test_two_callers_do_not_hear_each_other(line: Daemon) -> None:
    before = len(line.calls())
    first = calling(line, "speech; press 100001#; wait 1; press 1; wait 2; hang-up", "--from", ANNA)
    second = calling(
        line, "speech; press 100002#; wait 1; press 2; wait 2; hang-up", "--from", "+48600100102"
    )
    for phone in (first, second):
        _, errors = phone.communicate(timeout=PATIENCE)
        assert phone.returncode == 0, errors
    owners = {record.owner for record in line.ended(before + 2)[:2]}
    assert owners == {"100001", "100002"}


def test_a_number_that_an_owner_has_added_opens_the_line_after_its_hour(line: Daemon) -> None:
    before, added = len(line.calls()), "+48600200202"
    wish = Wish(Medium.PHONE, Action.ADD, new=added)

    def heard() -> str | None:
        script = "speech; press 100001#; wait 3; hang-up"
        call(line, script, "--from", added, "--asserted")
        return line.ended(len(line.calls()))[0].owner

    with closing(open_database(line.database, [infoline])) as db:
        owner, now = Directory(db).find("100001"), datetime.now(UTC)
        assert owner is not None
        with writing(db):
            here = Contacts(db, texts=True)
            asked = here.ask(owner, wish, now)
            here.prove(owner, asked.change, asked.code, now)
        assert not heard()
        with writing(db):  # the hour is over
            db.execute("UPDATE owner_changes SET due = ?", [contacts.stored(now)])
        assert heard() == "100001"
    assert len(line.calls()) == before + 2


def test_baresip_logs_in_and_hears_the_line(line: Daemon, tmp_path: Path) -> None:
    """A foreign softphone, its keys typed as a person types them."""
    before = len(line.calls())
    with softphone(tmp_path, ANNA, line) as phone:
        until(line.calls, lambda calls: len(calls) > before and calls[0].answered)
        for count, key in enumerate("100001#1", 1):
            phone.type(key)
            wait_for_keys(line, before, count)
            if key == "#":
                until(lambda: whole(line), lambda keys: "login.accepted" in keys)
        phone.type("b")
        record = line.ended(before + 1)[0]
        heard = recording.read(phone.quit())
    assert line.pressed(record.id) == "100001#1"
    assert record.owner == "100001"
    assert record.ended_by == "caller"
    texts = [e.details for e in line.timeline(record.id) if e.kind == "prompt"]
    text = next(said["text"] for said in texts if said["key"] == "login.accepted")
    line.run("say", text, "-o", str(tmp_path / "meant.wav"))
    assert find_clip(heard, recording.read(tmp_path / "meant.wav"))[1] > HEARD


def whole(line: Daemon) -> list[str]:
    """Return the prompts of the latest call that were said to their end."""
    timeline = line.timeline(line.calls()[0].id)
    return [e.details["key"] for e in timeline if e.kind == "prompt-end" and not e.details["cut"]]


def wait_for_keys(line: Daemon, before: int, count: int) -> None:
    """Return once the call after ``before`` others has so many keys."""

    def keys() -> int:
        calls = line.calls()
        return len(line.pressed(calls[0].id)) if len(calls) > before else 0

    until(keys, lambda seen: seen >= count)
