"""The outbox: what is put in stays, as it was, until it is done."""

import contextlib
import json
import os
import stat
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils
import structlog

from sipagent.errors import ConfigError, DataError, SetupError
from sipagent.messages.message import Attachment
from sipagent.messages.outbox import Outbox
from sipagent.messages.queue import OutboxLimit, State
from sipagent.messages.schema import messages
from sipagent.ops.log import PERSONAL
from sipagent.store.database import open_database
from tests.messages.mail_helpers import Clock, letter, outbox, parsed, settings

pytestmark = pytest.mark.unit


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def box(tmp_path: Path, clock: Clock) -> Outbox:
    return outbox(tmp_path, clock=clock)


def test_a_message_comes_out_as_it_was(box: Outbox) -> None:
    (key,) = box.put(letter(reply_to="office@example.org"))
    entry = box.find(key)
    mail = parsed(box.content(entry))
    assert mail["From"] == "Infolinia <line@manager.example>"
    assert mail["To"] == "jan@example.org"
    assert mail["Reply-To"] == "office@example.org"
    assert mail["Subject"] == letter().subject
    assert mail["Message-ID"] == entry.message_id
    assert mail["Date"].datetime == datetime.fromisoformat(entry.created)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "pl"
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == letter().text.splitlines()
    html = mail.get_body(("html",))
    assert html is not None
    assert html.get_content().strip() == letter().html
    (part,) = mail.iter_attachments()
    assert part.get_filename() == "zestawienie żółte.pdf"
    assert part.get_content_type() == "application/pdf"
    assert part.get_content() == letter().attachments[0].data
    assert not mail.defects


def test_its_row_says_all_about_it(box: Outbox) -> None:
    entry = box.find(box.put(letter(manager=3))[0])
    assert (entry.state, entry.attempts, entry.last_error) == (State.WAITING, 0, "")
    assert (entry.kind, entry.owner, entry.manager, entry.call) == (
        "statement",
        "20000001",
        3,
        "019a",
    )
    assert entry.created == entry.next_attempt == "2026-11-02T08:00:00.000+00:00"


def test_lines_are_seven_bit_and_short(box: Outbox) -> None:
    entry = box.find(box.put(letter(subject="ż" * 300, text="ł" * 3000))[0])
    content = box.content(entry)
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_a_long_host_name_does_not_spoil_the_message_id(tmp_path: Path) -> None:
    host = ".".join(["a" * 40] * 3)
    box = outbox(tmp_path, settings(sender=f"line@{host}"))
    entry = box.find(box.put(letter())[0])
    assert f"Message-ID: {entry.message_id}".encode() in box.content(entry).replace(b"\r\n ", b" ")


@pytest.mark.parametrize("field", ["subject", "language"])
def test_no_header_can_be_smuggled_in(box: Outbox, field: str) -> None:
    entry = box.find(box.put(letter(**{field: "pl\r\nBcc: eve@example.org\r\n\r\nx"}))[0])
    mail = parsed(box.content(entry))
    assert mail["Bcc"] is None
    assert "Bcc" in mail["Content-Language" if field == "language" else "Subject"]


def test_nor_with_the_name_of_a_file_or_of_the_sender(tmp_path: Path) -> None:
    box = outbox(tmp_path, settings(sender_name='Eve" <eve@example.org>\r\nBcc: x@example.org'))
    files = (Attachment('a"\r\nBcc: eve@example.org\r\n.pdf', "application/pdf", b""),)
    mail = parsed(box.content(box.find(box.put(letter(attachments=files))[0])))
    assert mail["Bcc"] is None
    assert [one.addr_spec for one in mail["From"].addresses] == ["line@manager.example"]
    (part,) = mail.iter_attachments()
    assert part["Bcc"] is None


def test_an_address_that_is_none_is_refused_and_not_repeated(box: Outbox) -> None:
    with pytest.raises(DataError, match=r"j\*\*\*@exam ple.org is no e-mail address: it is not"):
        box.put(letter(), letter("jan@exam ple.org"))
    assert box.listed() == []


def test_an_answer_address_that_is_none_is_left_out(box: Outbox) -> None:
    entry = box.find(box.put(letter(reply_to="jan@"))[0])
    assert parsed(box.content(entry))["Reply-To"] is None


def test_a_sender_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"mail\.sender"):
        outbox(tmp_path, settings(sender="line@manager..example")).put(letter())


def test_only_its_user_reads_it(box: Outbox, tmp_path: Path) -> None:
    box.put(letter())
    files = list((tmp_path / "outbox").iterdir())
    assert [stat.S_IMODE(os.stat(file).st_mode) for file in files] == [0o600]
    assert stat.S_IMODE(os.stat(tmp_path / "outbox").st_mode) == 0o700


def test_files_are_on_the_disk_before_the_rows(
    box: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{handle}")).suffix)
        assert box.waiting() == 0
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    box.put(letter(), letter("ewa@example.org"))
    assert synced[-3:] == [".eml", ".eml", ""]
    assert box.waiting() == 2


def test_all_or_none(box: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = Outbox._insert, []

    def insert(self: Outbox, db: sqlite_utils.Database, row: dict[str, str | int | None]) -> int:
        calls.append(row)
        if len(calls) == 2:
            raise SetupError("the disk is full")
        return real(self, db, row)

    monkeypatch.setattr(Outbox, "_insert", insert)
    with pytest.raises(SetupError):
        box.put(letter(), letter("ewa@example.org"))
    assert box.listed() == []
    assert list((tmp_path / "outbox").iterdir()) == []


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(SetupError, match=r"paths\.outbox"):
        outbox(tmp_path).put(letter())


def test_nothing_put_in_is_nothing(box: Outbox) -> None:
    assert box.put() == []


def test_an_owner_has_a_limit(tmp_path: Path, clock: Clock) -> None:
    box = outbox(tmp_path, settings(per_owner=3), clock)
    box.put(letter(), letter())
    with pytest.raises(OutboxLimit, match="more than 3 messages") as caught:
        box.put(letter(), letter())
    assert caught.value.code == "outbox-limit"
    assert len(list((tmp_path / "outbox").iterdir())) == 2
    box.put(letter(), letter(owner="20000002"), letter(owner=""), letter(owner=""))
    clock.forward(minutes=59)
    with pytest.raises(OutboxLimit):
        box.put(letter())
    clock.forward(minutes=2)
    assert box.put(letter(), letter(), letter())


def test_a_limit_holds_for_all_threads_together(tmp_path: Path) -> None:
    boxes = [outbox(tmp_path, settings(per_owner=5)) for _ in range(4)]
    kept: list[int] = []
    start = threading.Barrier(len(boxes))

    def put(box: Outbox) -> None:
        start.wait()
        for _ in range(3):
            with contextlib.suppress(OutboxLimit):
                kept.extend(box.put(letter(attachments=())))

    threads = [threading.Thread(target=put, args=[box]) for box in boxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == len(set(kept)) == boxes[0].waiting() == 5


def test_one_outbox_for_many_threads(tmp_path: Path) -> None:
    box = outbox(tmp_path, settings(per_owner=1000))
    threads = [
        threading.Thread(target=lambda: [box.put(letter(attachments=())) for _ in range(5)])
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = box.listed()
    assert len(entries) == len({entry.message_id for entry in entries}) == 30


def test_put_wakes(box: Outbox) -> None:
    woken: list[int] = []
    box.on_put(lambda: woken.append(box.waiting()))
    box.put(letter())
    assert woken == [1]


def test_waits_double_up_to_the_longest(tmp_path: Path, clock: Clock) -> None:
    box = outbox(tmp_path, settings(first_retry=60, longest_retry=600), clock)
    (key,) = box.put(letter())
    waits = []
    for _ in range(7):
        (entry,) = box.due()
        box.failed(entry, "450 later")
        entry = box.find(key)
        assert box.due() == []
        waits.append((datetime.fromisoformat(entry.next_attempt) - clock()).total_seconds())
        clock.moment = datetime.fromisoformat(entry.next_attempt)
    assert waits == pytest.approx([60, 120, 240, 480, 600, 600, 600], rel=0.11)
    assert (entry.attempts, entry.last_error) == (7, "450 later")


def test_waits_differ(box: Outbox) -> None:
    assert len({box.wait_after(3) for _ in range(20)}) > 10


def test_a_clock_that_was_set_back_delays_nothing(box: Outbox, clock: Clock) -> None:
    (key,) = box.put(letter())
    clock.forward(days=-2)
    assert [entry.id for entry in box.due()] == [key]


def test_given_up_in_the_end(tmp_path: Path, clock: Clock) -> None:
    box = outbox(tmp_path, settings(give_up=72), clock)
    (key,) = box.put(letter())
    clock.forward(hours=71)
    box.failed(box.find(key), "450 later")
    assert box.find(key).state is State.WAITING
    clock.forward(hours=1)
    box.failed(box.find(key), "450 later")
    entry = box.find(key)
    assert (entry.state, entry.attempts, entry.last_error) == (State.GIVEN_UP, 2, "450 later")
    assert entry.done == clock().isoformat(timespec="milliseconds")


def test_what_waits_for_a_dead_server_is_given_up_as_well(box: Outbox, clock: Clock) -> None:
    (old,) = box.put(letter())
    clock.forward(hours=72)
    (new,) = box.put(letter())
    box.hold("no server")
    assert (box.find(old).state, box.find(old).attempts) == (State.GIVEN_UP, 0)
    assert (box.find(new).state, box.find(new).last_error) == (State.WAITING, "no server")


def test_a_retry_counts_anew(box: Outbox, clock: Clock) -> None:
    (key,) = box.put(letter())
    clock.forward(hours=80)
    box.failed(box.find(key), "450 later")
    assert box.find(key).state is State.GIVEN_UP
    assert box.retry([key]) == 1
    entry = box.find(key)
    assert (entry.state, entry.done) == (State.WAITING, None)
    assert box.due() == [entry]
    box.failed(entry, "450 later")
    assert box.find(key).state is State.WAITING


def test_retry_of_all_leaves_those_that_are_sent(box: Outbox) -> None:
    sent, refused, waiting = box.put(letter(), letter(), letter())
    box.sent(box.find(sent), "there")
    box.refused(box.find(refused), "550 no")
    assert box.retry() == 2
    assert {entry.id for entry in box.due()} == {refused, waiting}
    with pytest.raises(DataError, match=f"message {sent} is sent already"):
        box.retry([waiting, sent])
    with pytest.raises(DataError, match="there is no message 99"):
        box.retry([99])


def test_old_ones_are_deleted_with_their_files(box: Outbox, clock: Clock, tmp_path: Path) -> None:
    sent, refused, waiting, young = box.put(*[letter()] * 4)
    box.sent(box.find(sent), "there")
    box.refused(box.find(refused), "550 no")
    clock.forward(days=30)
    box.sent(box.find(young), "there")
    moment = clock() - timedelta(days=29)
    assert box.delete_before(moment, None) == 2
    assert len(box.listed()) == 4
    assert box.delete_before(moment, 1) == 1
    assert box.delete_before(moment, 100) == 1
    assert {entry.id for entry in box.listed()} == {waiting, young}
    assert {path.name for path in (tmp_path / "outbox").iterdir()} == {
        box.find(key).file for key in (waiting, young)
    }


def test_what_a_crash_left_is_swept_up_and_nothing_else(box: Outbox, tmp_path: Path) -> None:
    (key,) = box.put(letter())
    files = tmp_path / "outbox"
    names = ["69069d80.0123456789abcdef.eml", "69069d80.ffffffffffffffff.eml", "notes.txt"]
    for name in (*names, "letter.eml"):
        (files / name).write_text("x")
    old = time.time() - 3700
    for path in files.iterdir():
        if path.name != names[1]:
            os.utime(path, (old, old))
    assert box.sweep() == 1
    assert {path.name for path in files.iterdir()} == {
        *names[1:],
        "letter.eml",
        box.find(key).file,
    }


def test_there_may_be_nothing_to_sweep(box: Outbox) -> None:
    assert box.sweep() == 0


def test_a_lost_file_is_told(box: Outbox, tmp_path: Path) -> None:
    entry = box.find(box.put(letter())[0])
    (tmp_path / "outbox" / entry.file).unlink()
    with pytest.raises(DataError, match="lost; restore"):
        box.content(entry)


def test_a_database_of_the_first_form_is_upgraded(tmp_path: Path) -> None:
    class First:
        name = "messages"

        def pending(self, db: sqlite_utils.Database) -> list[Any]:
            return list(messages.pending(db))[:1]

        def apply(self, db: sqlite_utils.Database) -> None:
            messages.apply(db, stop_before="outbox_place")

    db = open_database(tmp_path / "line.db", [First()])
    db.table("outbox").insert(
        {"created": "2026-11-02T08:00:00.000+00:00", "kind": "statement", "owner": "", "call": "",
         "recipient": "jan@example.org", "subject": "s", "message_id": "<1@x>", "file": "f",
         "next_attempt": "2026-11-02T08:00:00.000+00:00"}
    )  # fmt: skip
    db.close()
    (entry,) = outbox(tmp_path).due()
    assert (entry.place, entry.asked) == ("", None)


def test_the_log_says_what_happens_and_to_nobody_by_name(box: Outbox, clock: Clock) -> None:
    with structlog.testing.capture_logs() as lines:
        keys = box.put(letter(), letter(), letter(), letter())
        sent, refused, waits, old = map(box.find, keys)
        box.sent(sent, "mail.test: 250 to <JAN@example.org>")
        box.refused(refused, "550 <jan@example.org>: unknown")
        box.failed(waits, "450 <jan@example.org>: full")
        clock.forward(hours=72)
        box.failed(old, "450 <jan@example.org>: full")
    events = ["message queued"] * 4
    events += ["message sent", "message refused", "message waits", "message given up"]
    assert [line["event"] for line in lines] == events
    levels = ["info"] * 5 + ["error", "warning", "error"]
    assert [line["log_level"] for line in lines] == levels
    for line in lines:
        assert line["recipient"] == "jan@example.org"
        rest = {key: value for key, value in line.items() if key not in PERSONAL}
        assert "jan@" not in json.dumps(rest).lower()
    assert lines[5]["why"] == "550 <j***@example.org>: unknown"


def test_a_message_is_not_changed_by_its_address(box: Outbox) -> None:
    message = replace(letter(), to="  jan@EXAMPLE.org ")
    entry = box.find(box.put(message)[0])
    assert entry.recipient == "jan@example.org"
