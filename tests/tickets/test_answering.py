"""Answers: by the way the asker is reached, as part of one thread, and never twice."""

import email
import email.policy
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from sipagent.config import MailSection
from sipagent.config_texts import TextsSection
from sipagent.errors import DataError, SetupError
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.messages.short import body_of
from sipagent.messages.templates import Templates
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.texts.outgoing import TextBox
from sipagent.tickets.answering import Answers, Sent
from sipagent.tickets.attachments import Attachments, Offered
from sipagent.tickets.choices import choose_mail
from sipagent.tickets.letters import TEXTS, TicketLetters
from sipagent.tickets.model import Asker, AskerKind, Entry, Kind, Status, Way
from sipagent.tickets.schema import tickets
from sipagent.tickets.tickets import Tickets
from tests.tickets.test_tickets import ANNA, JAN

pytestmark = pytest.mark.unit

VISITOR = Asker(AskerKind.VISITOR, "", "Ewa", phone="+48600100102", language="en")


class Office:
    """A help desk with an outbox."""

    def __init__(self, folder: Path, *, gateway: bool = True) -> None:
        self.db = open_database(folder / "line.db", [tickets, messages])
        data = Single(self.db)
        self.tickets = Tickets(self.db)
        self.mails = Outbox(data, folder / "outbox", MailSection(sender="biuro@example.net"))
        self.texts = TextBox(data, folder / "outbox", TextsSection())
        self.attachments = Attachments(folder / "attachments", 5, 1_000_000)
        letters = TicketLetters(Templates([TEXTS]), "Biuro", "pomoc@example.net")
        texts = self.texts if gateway else None
        self.answers = Answers(data, self.mails, texts, letters, self.attachments)

    def mail(self, number: int = 0) -> EmailMessage:
        """Return an e-mail that waits, the first one first."""
        entry = self.mails.listed()[::-1][number]
        parsed = email.message_from_bytes(self.mails.content(entry), policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def answered(self) -> list[Entry]:
        return [one for one in self.tickets.thread(101) if one.kind is Kind.ANSWER]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.db.close()


def test_an_answer_by_mail_threads_with_what_was_written(office: Office) -> None:
    first, long = "<1@example.org>", f"<{'x' * 90}@mail.example.org>"
    office.tickets.open(ANNA, Way.MAIL, "Cieknie kran", "W kuchni.", message_id=first)
    office.tickets.reply(101, "Halo?", message_id=long)
    office.tickets.note(101, "ewa", "Zadzwonić do hydraulika.")
    (file,) = office.attachments.keep([Offered("plan.txt", b"Plan prac\n")])
    assert office.answers.answer(101, "ewa", "Jutro.", files=[file]) is Sent.MAIL
    mail = office.mail()
    assert mail["Subject"] == "[#101] Cieknie kran"
    assert (mail["To"], mail["Reply-To"]) == ("anna@example.org", "pomoc@example.net")
    assert (mail["In-Reply-To"], mail["References"].split()) == (long, [first, long])
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Jutro." in text
    assert "W kuchni." in text
    assert "hydraulika" not in text
    assert [one.get_content() for one in mail.iter_attachments()] == ["Plan prac\n"]
    (entry,) = office.answered()
    assert (entry.who, entry.way, entry.message_id) == ("ewa", "mail", mail["Message-ID"])
    assert [one.name for one in entry.files] == ["plan.txt"]
    assert office.tickets.find(101).status is Status.WAITING
    # What comes back is found by the Message-ID of the answer, and the next answer names it.
    assert office.tickets.by_mail([mail["Message-ID"]]) == 101
    office.answers.answer(101, "ewa", "Gotowe.", status=Status.SOLVED)
    assert office.mail(1)["References"].split() == [first, long, mail["Message-ID"]]
    assert office.tickets.find(101).status is Status.SOLVED


def test_what_is_no_message_id_is_in_no_header(office: Office) -> None:
    for at, hostile in enumerate(("<a@b>\r\nBcc: x@example.org", "a@b", "<ż@b>", "<a b>")):
        subject, text = f"Kran {at}\r\nBcc: x@example.org", "x"
        office.tickets.open(ANNA, Way.MAIL, subject, text, message_id=hostile)
        office.answers.answer(101 + at, "ewa", "Jutro.\r\nBcc: x@example.org")
        mail = office.mail(at)
        assert (mail["References"], mail["Bcc"]) == (None, None)
        assert mail["Subject"] == f"[#{101 + at}] Kran {at} Bcc: x@example.org"
    office.tickets.open(ANNA, Way.MAIL, "Długi", "x", message_id="<0@x>")
    for at in range(1, 60):
        office.tickets.reply(105, "x", message_id=f"<{at}@x>")
    office.answers.answer(105, "ewa", "Jutro.")
    named = office.mail(4)["References"].split()
    assert (len(named), named[0], named[-1]) == (20, "<0@x>", "<59@x>")


def test_who_has_no_address_gets_a_text_or_reads_it_there(office: Office, tmp_path: Path) -> None:
    office.tickets.open(VISITOR, Way.PHONE, "Tap", "It drips.")
    user = replace(VISITOR, kind=AskerKind.USER, ref="jan")
    office.tickets.open(user, Way.CHAT, "Tap", "It drips.")
    office.tickets.open(replace(VISITOR, phone="+48221000200"), Way.BOX, "Tap", "It drips.")
    office.tickets.open(replace(VISITOR, phone="12"), Way.BOX, "Tap", "It drips.")
    office.tickets.open(VISITOR, Way.CHAT, "Tap", "It drips.")
    assert office.answers.answer(101, "ewa", "Tomorrow.") is Sent.TEXT
    (entry,) = office.texts.listed()
    assert entry.recipient == "+48600100102"
    assert body_of(office.texts.content(entry)) == "Reply to your request no. 101: Tomorrow."
    assert office.answered()[0].way == "text"
    assert office.answers.answer(102, "ewa", "Tomorrow.") is Sent.THERE
    assert office.answers.answer(103, "ewa", "Tomorrow.") is Sent.NOT
    assert office.answers.answer(104, "ewa", "Tomorrow.") is Sent.NOT
    assert len(office.mails.listed()) == 1
    # Who has chatted without having come in may have closed the browser.
    assert office.answers.answer(105, "ewa", "Tomorrow.") is Sent.TEXT
    (tmp_path / "other").mkdir()
    without = Office(tmp_path / "other", gateway=False)
    without.tickets.open(VISITOR, Way.PHONE, "Tap", "It drips.")
    assert without.answers.answer(101, "ewa", "Tomorrow.") is Sent.NOT
    without.db.close()


def test_who_wants_no_mails_gets_those_only_that_are_seen_nowhere_else(office: Office) -> None:
    office.tickets.open(JAN, Way.PANEL, "Tap", "It drips.")
    office.tickets.open(JAN, Way.MAIL, "Tap", "It drips.")
    choose_mail(office.db, JAN.kind, JAN.ref, wanted=False)
    choose_mail(office.db, JAN.kind, JAN.ref, wanted=False)
    assert office.answers.answer(101, "ewa", "Tomorrow.") is Sent.THERE
    assert office.answers.answer(102, "ewa", "Tomorrow.") is Sent.MAIL
    choose_mail(office.db, JAN.kind, JAN.ref, wanted=True)
    assert office.answers.answer(101, "ewa", "Today.") is Sent.MAIL


def test_a_form_that_comes_twice_is_answered_once(office: Office, tmp_path: Path) -> None:
    office.tickets.open(JAN, Way.PANEL, "Telefon", "Nie dzwoni.")
    for _ in range(2):
        assert office.answers.answer(101, "ewa", "Już.", key="f00d") is Sent.MAIL
    assert len(office.answered()) == len(office.mails.listed()) == 1
    assert len(list((tmp_path / "outbox").iterdir())) == 1


def test_what_cannot_be_sent_is_not_kept(office: Office, tmp_path: Path) -> None:
    office.tickets.open(replace(JAN, email="nobody"), Way.PANEL, "Telefon", "Nie dzwoni.")
    with pytest.raises(DataError, match="no e-mail address"):
        office.answers.answer(101, "ewa", "Już.")
    with pytest.raises(DataError, match="an empty answer is not sent"):
        office.answers.answer(101, "ewa", " \n")
    office.tickets.open(JAN, Way.PANEL, "Telefon", "Nie dzwoni.")
    (tmp_path / "outbox").touch()
    with pytest.raises(SetupError, match="cannot be kept"):
        office.answers.answer(102, "ewa", "Już.")
    assert office.answered() == []
    assert office.tickets.find(102).status is Status.NEW


ANSWERING = """
import sys
from pathlib import Path
from tests.tickets.test_answering import Office

office = Office(Path(sys.argv[1]))
for number in range(10_000):
    office.answers.answer(101, "ewa", f"Odpowiedz {number}", key=str(number))
    print(number, flush=True)
"""


def test_kill_9_between_answers_sends_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    """Each answer that was promised is there with its e-mail, and none without the other."""
    office = Office(tmp_path)
    office.tickets.open(JAN, Way.PANEL, "Telefon", "Nie dzwoni.")
    promised = -1
    for stop in (3, 11):
        with subprocess.Popen(
            [sys.executable, "-c", ANSWERING, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in filter(str.isdecimal, map(str.strip, process.stdout)):  # not the log
                promised = max(promised, int(line))
                if int(line) >= stop:
                    process.send_signal(signal.SIGKILL)
                    break
    said = [entry.text for entry in office.answered()]
    assert said == [f"Odpowiedz {number}" for number in range(len(said))]
    assert len(said) >= promised + 1
    sent = {entry.message_id for entry in office.mails.listed(limit=10_000)}
    assert {entry.message_id for entry in office.answered()} == sent
    assert len(sent) == len(said)
    office.db.close()
