"""Mails become tickets, entries, events or nothing: whose they are, and each once."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from sipagent.helpdesk.mail.mails import Filed, Mails, Outcome
from sipagent.tickets.model import AskerKind, Kind, Status, Way
from tests.helpdesk.mail.post import OURS, Clock, Post, written
from tests.helpdesk.mail.test_reading import MAILS

pytestmark = pytest.mark.unit

ANNA = "Anna Lis <anna.lis@poczta.example>"


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path)


def opened(post: Post, content: bytes) -> int:
    filed = post.file(content)
    assert filed.outcome is Outcome.OPENED
    assert filed.ticket is not None
    return filed.ticket


def answered(post: Post, number: int, message_id: str = "<answer-1@manager.example>") -> str:
    post.tickets.answer(number, "ewa", "Już działa.", way="mail", message_id=message_id)
    return message_id


def test_a_stranger_opens_a_ticket_once(post: Post) -> None:
    number = opened(post, written(sender="Ewa Żak <ewa@obcy.example>"))
    ticket, (question,) = post.ticket(number)
    asker = ticket.asker
    assert (ticket.way, ticket.subject, ticket.status) == (Way.MAIL, "Winda", Status.NEW)
    assert (asker.kind, asker.ref, asker.name) == (AskerKind.MAIL, "ewa@obcy.example", "Ewa Żak")
    assert (asker.email, asker.language, asker.manager) == ("ewa@obcy.example", "pl", None)
    assert (question.text, question.message_id) == (
        "Dzień dobry, nie działa winda.",
        "<mail-1@obcy.example>",
    )
    assert post.file(written(sender="Ewa Żak <ewa@obcy.example>")) == Filed(
        Outcome.OPENED, number, again=True
    )
    assert post.count("tickets") == 1


def test_who_is_known_by_the_address(post: Post) -> None:
    askers = {
        sender: post.ticket(opened(post, written(sender=sender, number=at)))[0].asker
        for at, sender in enumerate((ANNA, "wspolny@poczta.example", "EWA@firma.example"))
    }
    anna, shared, ewa = askers.values()
    assert (anna.kind, anna.ref, anna.manager, anna.about) == (
        AskerKind.OWNER,
        "100001",
        1,
        "Lipowa",
    )
    assert anna.email == "anna.lis@poczta.example"
    assert (shared.kind, shared.manager) == (AskerKind.MAIL, None)
    assert (ewa.kind, ewa.ref) == (AskerKind.USER, "Ewa Kot")


def test_a_user_is_known_as_they_come_into_the_panel(post: Post) -> None:
    post.db.executescript(
        "CREATE TABLE panel_people (name TEXT, user_id INTEGER, self_id INTEGER, email TEXT, "
        "language TEXT); INSERT INTO panel_people VALUES ('ewa', 1, NULL, '', 'pl'), "
        "('szef', NULL, NULL, 'szef@firma.example', 'pl')"
    )
    for at, (address, login) in enumerate(
        (("ewa@firma.example", "ewa"), ("szef@firma.example", "szef"))
    ):
        asker = post.ticket(opened(post, written(sender=address, number=at)))[0].asker
        assert (asker.kind, asker.ref) == (AskerKind.USER, login)


@pytest.mark.parametrize("name", ["two-from-fields", "two-addresses-in-from"])
def test_a_sender_in_doubt_is_nobody_we_know(post: Post, name: str) -> None:
    theirs = opened(post, written(sender=ANNA))
    assert theirs == 101
    ticket, (question, *notes) = post.ticket(opened(post, MAILS[name]))
    assert ticket.asker.kind is AskerKind.MAIL
    assert ticket.asker.manager is None
    assert question.text == "Prosze przyslac saldo."
    assert [one.kind for one in notes] == [Kind.NOTE] * (name == "two-from-fields")


def test_a_sender_whom_our_server_does_not_vouch_for_is_nobody_we_know(tmp_path: Path) -> None:
    post = Post(tmp_path, settings={"authority": "mx.manager.example"})
    kinds = [
        post.ticket(opened(post, MAILS[name]))[0].asker.kind
        for name in ("dmarc-failed", "dmarc-passed")
    ]
    assert kinds == [AskerKind.MAIL, AskerKind.OWNER]


def test_an_answer_finds_its_ticket_by_what_it_answers_to(post: Post) -> None:
    number = opened(post, written(sender=ANNA))
    ours = answered(post, number)
    assert post.ticket(number)[0].status is Status.WAITING
    reply = written("Nie działa!", sender=ANNA, subject="Re: cokolwiek", number=2, answers=ours)
    assert post.file(reply) == Filed(Outcome.REPLIED, number)
    again = written("Halo?", sender=ANNA, subject="x", number=3, answers="<mail-2@obcy.example>")
    assert post.file(again) == Filed(Outcome.REPLIED, number)
    ticket, thread = post.ticket(number)
    assert ticket.status is Status.NEW
    assert [one.text for one in thread[2:]] == ["Nie działa!", "Halo?"]
    other = written("Ja też.", sender="Jan <jan@inny.example>", number=4, answers=ours)
    assert post.file(other) == Filed(Outcome.REPLIED, number)
    assert post.ticket(number)[1][-1].text == "Jan <jan@inny.example>:\n\nJa też."


def test_a_number_in_the_subject_counts_from_the_asker_only(post: Post) -> None:
    number = opened(post, written(sender=ANNA))
    own = written("Jeszcze jedno.", sender=ANNA, subject=f"Odp: [#{number}] Winda", number=2)
    assert post.file(own) == Filed(Outcome.REPLIED, number)
    stranger = written("Proszę o dane.", subject=f"[#{number}] Winda", number=3)
    ticket, thread = post.ticket(opened(post, stranger))
    assert (ticket.subject, ticket.asker.ref) == ("Winda", "obcy@obcy.example")
    assert [one.kind for one in thread] == [Kind.QUESTION, Kind.NOTE]
    assert f"zgłoszenie nr {number}" in thread[1].text
    assert len(post.ticket(number)[1]) == 2
    assert opened(post, written(subject="[#999] Nic", number=4))


def test_a_closed_ticket_is_open_again_or_followed(post: Post) -> None:
    clock = post.clock
    assert isinstance(clock, Clock)
    number = opened(post, written(sender=ANNA))
    for days, outcome in ((14, Outcome.REPLIED), (15, Outcome.OPENED)):
        post.tickets.change(number, "ewa", status=Status.CLOSED)
        clock.forward(days=days)
        reply = written(sender=ANNA, number=days, answers="<mail-1@obcy.example>")
        assert post.file(reply).outcome is outcome
    assert post.ticket(number)[0].status is Status.CLOSED
    following = post.ticket(number + 1)[1]
    assert (following[1].kind, str(number) in following[1].text) == (Kind.NOTE, True)


AUTOMATIC = [name for name in MAILS if name.startswith("auto-")]
REPORTS = [name for name in MAILS if name.startswith(("bounce-", "read-"))]


def test_what_a_program_writes_about_no_ticket_is_nothing(post: Post) -> None:
    names = [*AUTOMATIC, *REPORTS, *(name for name in MAILS if name.startswith("loop-"))]
    assert {post.file(MAILS[name]).outcome for name in names} == {Outcome.IGNORED}
    assert (post.confirmations.send(), post.count("tickets")) == (0, 0)


def test_what_a_program_writes_about_a_ticket_is_noted(tmp_path: Path) -> None:
    post = Post(tmp_path, settings={"per_sender": 1000})
    number = opened(post, written())
    for code in ("ffff", "bbbb", "7777", "8888", "9999"):
        answered(post, number, f"<67468f2a.{code}456789abcdef@manager.example>")
    for name in (*AUTOMATIC, *REPORTS):
        assert post.file(MAILS[name]) == Filed(Outcome.NOTED, number), name
        assert post.ticket(number)[1][-1].kind is Kind.EVENT
    assert post.ticket(number)[0].status is Status.WAITING


def test_our_own_answer_come_back_is_nothing(post: Post) -> None:
    number = opened(post, written())
    answered(post, number, "<mail-7@obcy.example>")
    back = written(sender="forward@inny.example", subject=f"[#{number}]", number=7)
    assert post.file(back).outcome is Outcome.IGNORED


def test_a_flood_is_held_and_told_once(tmp_path: Path) -> None:
    clock = Clock()
    post = Post(tmp_path, clock, {"per_sender": 3})
    outcomes = [post.file(written(number=at)).outcome for at in range(6)]
    assert outcomes == [Outcome.OPENED] * 3 + [Outcome.HELD] * 3
    told = post.ticket(104)[0]
    assert told.subject == "Wstrzymane wiadomości: obcy@obcy.example"
    assert post.count("tickets") == 4
    assert post.file(written(sender=ANNA, number=10)).outcome is Outcome.OPENED
    clock.forward(hours=1, seconds=1)
    assert post.file(written(number=11)).outcome is Outcome.OPENED
    assert post.file(written(number=5)) == Filed(Outcome.HELD, again=True)


def test_what_cannot_be_read_is_held_and_told_once_a_day(post: Post) -> None:
    assert [post.file(content).outcome for content in (b"", b" ", b"")] == [Outcome.HELD] * 3
    assert post.count("tickets") == 1


def test_two_mails_of_one_message_id_are_both_kept(post: Post) -> None:
    first, second = opened(post, written("Pierwsza.")), opened(post, written("Druga."))
    assert first != second
    assert post.file(written("Druga.")) == Filed(Outcome.OPENED, second, again=True)
    nameless = MAILS["no-message-id"]
    number = opened(post, nameless)
    assert post.file(nameless) == Filed(Outcome.OPENED, number, again=True)


def test_files_are_kept_or_named(post: Post) -> None:
    number = opened(post, MAILS["gmail-inline-picture"])
    ticket, (question,) = post.ticket(number)
    assert ticket.asker.name == "Łukasz Żółć"
    assert [one.name for one in question.files] == ["sufit.png", "protokół.pdf"]
    assert all(post.attachments.content(one.file) for one in question.files)
    for name, refused in (
        ("zip-bomb", "zdjecia.zip"),
        ("executable-in-disguise", "faktura fdp.exe"),
        ("outlook-winmail", "winmail.dat"),
        ("calendar-invitation", "part.ics"),
    ):
        (question, *_) = post.ticket(opened(post, MAILS[name]))[1]
        assert question.files == ()
        assert f"[Nie przyjęto pliku {refused}: " in question.text


def test_files_of_what_is_not_filed_are_not_kept(tmp_path: Path) -> None:
    post = Post(tmp_path, settings={"per_sender": 1})
    opened(post, written())
    assert post.file(written(number=2, files=[("a.txt", b"words")])).outcome is Outcome.HELD
    assert not any((tmp_path / "attachments").iterdir())


def test_every_mail_is_filed_and_filed_once(tmp_path: Path) -> None:
    post = Post(tmp_path, settings={"per_sender": 1000})
    first = [post.file(content) for content in MAILS.values()]
    tickets = post.count("tickets")
    assert tickets > 30
    again = [Filed(one.outcome, one.ticket, again=True) for one in first]
    assert [post.file(content) for content in MAILS.values()] == again
    assert post.count("tickets") == tickets


def test_what_was_cut_can_be_looked_up_until_the_ticket_goes(post: Post) -> None:
    number = opened(post, MAILS["gmail-new"])
    (kept,) = Mails(post.db, post.clock).of_ticket(number)
    assert kept.rest == "-- \nAnna Lis\ntel. 600 100 101"
    post.tickets.delete(post.tickets.find(number).id)
    assert post.count("helpdesk_mails") == 0


def test_a_rehearsal_leaves_nothing(post: Post) -> None:
    mail, filed = post.filing.rehearse(MAILS["gmail-inline-picture"])
    assert mail is not None
    assert (mail.subject, filed) == ("Zaciek na suficie", Filed(Outcome.OPENED, 101))
    assert post.filing.rehearse(b"") == (None, Filed(Outcome.HELD))
    assert (post.count("tickets"), post.count("helpdesk_mails")) == (0, 0)
    assert not (post.folder / "attachments").exists()


def test_a_ticket_is_confirmed_once_in_the_language_of_the_mail(post: Post) -> None:
    polish = opened(post, written())
    english = opened(post, written("Hello, the lift is broken. Thank you.", number=2))
    assert (post.confirmations.send(), post.confirmations.send()) == (2, 0)
    letters = [
        message_from_bytes(post.outbox.content(one), policy=policy.default)
        for one in post.outbox.listed()[::-1]
    ]
    assert [one["Subject"] for one in letters] == [
        f"[#{polish}] Zgłoszenie nr {polish}: potwierdzenie",
        f"[#{english}] Request no. {english}: we have received it",
    ]
    one = letters[0]
    assert (one["To"], one["Reply-To"]) == ("obcy@obcy.example", OURS)
    assert (one["Auto-Submitted"], one["X-Loop"]) == ("auto-replied", OURS)
    assert one["In-Reply-To"] == "<mail-1@obcy.example>"
    reply = written("Dziękuję.", subject="x", number=3, answers=str(one["Message-ID"]))
    assert post.file(reply) == Filed(Outcome.REPLIED, polish)
    assert post.file(one.as_bytes()).outcome is Outcome.IGNORED
    assert post.confirmations.send() == 0


def test_who_wants_no_confirmation_gets_none(tmp_path: Path) -> None:
    post = Post(tmp_path)
    silent = ("mailing-list", "newsletter", "suppressed-but-human", "no-from", "address-in-name")
    for name in (*silent, "form-of-a-page", "own-address-by-hand"):
        assert post.file(MAILS[name]).outcome is Outcome.OPENED
    opened(Post(tmp_path, settings={"confirm": False}), written())
    assert (post.confirmations.send(), post.count("outbox")) == (0, 0)
