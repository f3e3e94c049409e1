"""Keys 3 and 9 on real calls: the statement, the dictated request, and what a crash leaves."""

import csv
import email
import email.policy
import io
import json
import re
import signal
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pypdf
import pytest
import soundfile

from tests.calls.caller import ANNA, call
from tests.calls.daemon import ROOT, Daemon, Start, until
from tests.calls.maildir import mails
from tests.calls.peer import Peer

pytestmark = pytest.mark.line

#: Dzień dobry. W łazience cieknie woda z sufitu. Proszę o pilną pomoc.
SPOKEN = ROOT / "tests/speech/spoken.flac"


def tickets(line: Daemon) -> list[dict[str, Any]]:
    """Return the tickets, the latest first."""
    return list(json.loads(line.run("tickets", "list", "--json")))


def spoken(ticket: dict[str, Any]) -> dict[str, Any]:
    """Return what was dictated."""
    return dict(ticket["entries"][0]["spoken"])


def ask_for_the_statement(line: Daemon) -> None:
    with Peer(line.port, ANNA, f"P-Asserted-Identity: <sip:{ANNA}@127.0.0.1>") as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        peer.press("100001#3")
        line.says(peer.call_id, "statement.address")
        peer.hang_up()


def test_letters_are_worded_anew_while_the_line_is_open(start: Start) -> None:
    line = start()
    overlay = line.folder / "local" / "templates"
    overlay.mkdir(parents=True)
    template = overlay / "statement.pl.txt"
    template.write_text("Subject: Opłaty z {{ day }}\n\nSzanowna Pani {{ owner }}!\n", "utf-8")
    line.process.send_signal(signal.SIGHUP)
    line.event("reloaded")
    template.write_text("Subject: {{ dday }}", "utf-8")
    line.process.send_signal(signal.SIGHUP)
    refused = line.event("reload refused; the line goes on as before")
    assert "statement.pl.txt:1: 'dday' is undefined" in refused["reason"]
    line.log.remove(refused)
    ask_for_the_statement(line)
    (mail,) = mails(line, 1)
    assert mail["Subject"].startswith("Opłaty z ")
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "Szanowna Pani Anna Przykładowa!"
    line.stop()


def test_the_statement_comes_by_mail(start: Start) -> None:
    line = start()
    ask_for_the_statement(line)
    (mail,) = mails(line, 1)
    assert mail["To"] == "anna.przykladowa@example.org"
    assert mail["Reply-To"] == "biuro@zloty-klucz.example.org"
    (attached,) = mail.iter_attachments()
    pages = pypdf.PdfReader(BytesIO(attached.get_content())).pages
    text = "\n".join(page.extract_text() for page in pages)
    assert "Anna Przykładowa" in text
    assert "100001" in text
    assert "Eksploatacja" in text
    line.event("message sent", kind="statement")
    # The call is billed to her manager, and nobody else's.
    record = line.ended()[0]
    month = datetime.fromisoformat(record.started).astimezone(ZoneInfo("Europe/Warsaw"))
    bill = list(csv.DictReader(io.StringIO(line.run("bill", f"{month:%Y-%m}", "--csv"))))
    assert [(row["bill"][8:], row["call"], row["owner"]) for row in bill] == [
        ("ZLOTY-KLUCZ", record.id, "100001")
    ]
    assert float(bill[0]["seconds"]) == record.seconds
    line.stop()


def test_a_request_becomes_text_a_mail_and_a_ticket(start: Start) -> None:
    line = start()
    done = call(
        line,
        f"speech; press 100001#9#; wait 3; play {SPOKEN}; press #; wait 1; press 1; "
        "wait 3; hang-up",
        "--from", ANNA, "--asserted",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (mail,) = mails(line, 1)
    (ticket,) = tickets(line)
    assert ticket["number"] == 101
    words = set(re.findall(r"\w+", spoken(ticket)["transcript"].lower()))
    # A busy machine loses frames of audio, and a word with them.
    assert len({"cieknie", "woda", "sufitu", "proszę", "pilną", "pomoc"} & words) >= 3
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    for fact in (spoken(ticket)["transcript"], "Anna Przykładowa", "100001", ANNA, "101"):
        assert fact in text
    assert mail["To"] == "biuro@zloty-klucz.example.org"
    assert mail["Reply-To"] == "anna.przykladowa@example.org"
    (attached,) = mail.iter_attachments()
    sound, rate = soundfile.read(BytesIO(attached.get_content()))
    assert rate == 8000
    assert len(sound) / rate > 4
    events = line.timeline(line.ended()[0].id)
    assert any(event.details.get("ticket") == 101 for event in events)
    line.run("tickets", "reply", "101", "Hydraulik przyjdzie jutro.")
    reply = mails(line, 2)[1]
    assert reply["To"] == "anna.przykladowa@example.org"
    assert reply["Subject"].startswith("[#101] ")
    assert "Hydraulik przyjdzie jutro." in reply.as_string(policy=email.policy.SMTPUTF8)
    line.stop()


def test_silence_is_said_to_be_silence(line: Daemon) -> None:
    with Peer(line.port, ANNA, f"P-Asserted-Identity: <sip:{ANNA}@127.0.0.1>") as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        peer.press("100001#9#")
        line.says(peer.call_id, "dictation.nothing")
        line.says(peer.call_id, "dictation.again")
        peer.hang_up()
    line.ended_call(peer.call_id)
    assert not tickets(line)


def test_kill_9_in_the_middle_of_a_request_loses_nothing(start: Start) -> None:
    """What was spoken before the crash is a ticket after the next start."""
    line = start()
    with Peer(line.port, ANNA, f"P-Asserted-Identity: <sip:{ANNA}@127.0.0.1>") as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        peer.press("100001#9#")
        line.says(peer.call_id, "tone.record")
        record = line.call_of(peer.call_id)
        folder = line.folder / "recordings"
        (file,) = until(lambda: list(folder.glob(f"{record.id}-*.wav")), bool)
        peer.speak(3.0)
        until(lambda: file.stat().st_size, lambda size: size > 2.1 * 16_000)
        line.process.send_signal(signal.SIGKILL)
    line.kill()
    line.start()
    until(lambda: tickets(line), bool)
    (ticket,) = tickets(line)
    assert ticket["asker"]["ref"] == "100001"
    assert spoken(ticket)["seconds"] > 2
    (mail,) = mails(line, 1)
    assert mail["Subject"].startswith("Zgłoszenie nr 101")
    line.stop()


def test_without_a_model_the_audio_goes(start: Start, tmp_path: Path) -> None:
    line = start(extra=f'[transcription]\nmodel = "{tmp_path}/none"')
    with Peer(line.port, ANNA, f"P-Asserted-Identity: <sip:{ANNA}@127.0.0.1>") as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        peer.press("100001#9#")
        line.says(peer.call_id, "tone.record")
        peer.speak(2.5)
        peer.hang_up()
    (mail,) = mails(line, 1)
    body = mail.get_body(("plain",))
    assert body is not None
    assert "spisać" in body.get_content()
    assert len(list(mail.iter_attachments())) == 1
    assert spoken(tickets(line)[0])["transcription"] == "failed"
    line.discard()


def test_who_has_no_contact_is_not_offered_it(start: Start) -> None:
    line = start()
    line.run("managers", "edit", "ZLOTY-KLUCZ", "--contact", "none")
    with Peer(line.port, ANNA, f"P-Asserted-Identity: <sip:{ANNA}@127.0.0.1>") as peer:
        peer.call()
        line.says(peer.call_id, "greeting")
        peer.press("100001#")
        line.says(peer.call_id, "login.accepted")
        peer.press("9")
        line.says(peer.call_id, "choice.wrong-key")
        peer.hang_up()
    timeline = line.timeline(line.ended_call(peer.call_id).id)
    menus = [e for e in timeline if e.kind == "prompt" and e.details["key"].startswith("menu.")]
    assert menus
    assert all("dziewięć" not in event.details["text"] for event in menus)
    line.stop()
