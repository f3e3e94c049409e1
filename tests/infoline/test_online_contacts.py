"""Owners change their telephones and e-mails: proved, held back, told once, kept by imports."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlite_utils

from sipagent.config import LoginSection, MailSection
from sipagent.config_texts import TextsSection
from sipagent.domains import composed
from sipagent.infoline.directory import Directory
from sipagent.infoline.login import Login, Verdict
from sipagent.infoline.model import Owner
from sipagent.infoline.online import contacts
from sipagent.infoline.online.changes import Action, Change, Medium, State, journal
from sipagent.infoline.online.contacts import ContactRefused, Contacts, Wish, settle, stop
from sipagent.infoline.online.letters import OnlineLetters
from sipagent.infoline.online.telling import Teller
from sipagent.infoline.transfer.importing import import_files
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.messages.templates import Templates
from sipagent.store.data import Single
from sipagent.store.database import writing
from sipagent.texts.outgoing import TextBox
from tests.infoline.import_helpers import OWNERS, Write

pytestmark = pytest.mark.unit

LOGIN, NUMBER, EMAIL = "100001", "+48600100101", "anna.przykladowa@example.org"
NEW, OTHER = "+48600200202", "anna.nowa@example.org"
OFFICE = "biuro@zloty-klucz.example.org"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
ADD_PHONE = Wish(Medium.PHONE, Action.ADD, new="600 200 202", browser="203.0.113.7")
ADD_EMAIL = Wish(Medium.EMAIL, Action.ADD, new=OTHER, browser="203.0.113.7")
ROW = "ZLOTY-KLUCZ,WYMYSLONA,100001,Anna Przykładowa,"


def anna(db: sqlite_utils.Database) -> Owner:
    found = Directory(db).find(LOGIN)
    assert found is not None
    return found


def changed(
    db: sqlite_utils.Database, wish: Wish, now: datetime = NOW, code: str | None = None
) -> Change | None:
    """Ask for a change, and type its code."""
    with writing(db):
        here = Contacts(db, texts=True)
        asked = here.ask(anna(db), wish, now)
        return here.prove(anna(db), asked.change, code or asked.code, now)


def refused(db: sqlite_utils.Database, wish: Wish, now: datetime = NOW) -> str:
    with pytest.raises(ContactRefused) as caught, writing(db):
        Contacts(db, texts=True).ask(anna(db), wish, now)
    return caught.value.key


def test_a_number_opens_the_infoline_an_hour_after_its_proof_and_is_made_once(
    sample: sqlite_utils.Database,
) -> None:
    data = Single(sample)
    line = Login(data, LoginSection(), lambda now: settle(data, now))
    change = changed(sample, ADD_PHONE)
    assert change is not None
    assert (change.state, change.new) == (State.WAITING, NEW)

    def heard(now: datetime) -> Verdict:
        return line.check(LOGIN, NEW, now=now).verdict

    assert heard(NOW + HOUR - SECOND) is Verdict.REFUSED
    assert anna(sample).phones == (NUMBER,)
    assert heard(NOW + HOUR) is Verdict.ACCEPTED
    assert settle(data, NOW + 2 * HOUR) == 0
    assert anna(sample).phones == (NUMBER, NEW)
    [made] = journal(sample, anna(sample).id, 9)
    assert (made.before, made.after) == ((NUMBER,), (NUMBER, NEW))


def test_an_email_counts_at_once_and_opens_the_page_after_an_hour(
    sample: sqlite_utils.Database,
) -> None:
    change = changed(sample, ADD_EMAIL)
    assert change is not None
    assert change.state is State.DONE
    assert anna(sample).emails == (EMAIL, OTHER)
    here = Contacts(sample, texts=True)
    assert here.fresh(anna(sample), NOW + HOUR - SECOND) == {OTHER}
    assert here.proofs(anna(sample), NOW + SECOND) == [EMAIL, NUMBER]
    assert here.proofs(anna(sample), NOW + HOUR) == [EMAIL, OTHER, NUMBER]


def test_replacing_removing_and_putting_in_order(sample: sqlite_utils.Database) -> None:
    changed(sample, ADD_EMAIL)
    first = Wish(Medium.EMAIL, Action.ORDER, order=(OTHER, EMAIL), proof=EMAIL)
    changed(sample, first)
    assert anna(sample).emails == (OTHER, EMAIL)
    changed(sample, Wish(Medium.EMAIL, Action.REPLACE, old=EMAIL, new="a.p@example.com"))
    assert anna(sample).emails == (OTHER, "a.p@example.com")
    changed(sample, Wish(Medium.EMAIL, Action.REMOVE, old="a.p@example.com", proof=NUMBER))
    assert anna(sample).emails == (OTHER,)
    swap = Wish(Medium.PHONE, Action.REPLACE, old=NUMBER, new=NEW)
    waits = changed(sample, swap)
    assert waits is not None
    assert waits.due is not None
    settle(Single(sample), NOW + HOUR)
    assert anna(sample).phones == (NEW,)


def test_what_cannot_be_is_refused(sample: sqlite_utils.Database) -> None:
    assert refused(sample, replace(ADD_PHONE, new="600 100 101")) == "there"
    assert refused(sample, replace(ADD_PHONE, new="12")) == "no-phone"
    assert refused(sample, replace(ADD_PHONE, new="22 599 20 00")) == "no-mobile"
    assert refused(sample, replace(ADD_EMAIL, new="a@example.org\r\nBcc: b@example.org")) == (
        "no-email"
    )
    gone = Wish(Medium.EMAIL, Action.REMOVE, old=OTHER, proof=EMAIL)
    assert refused(sample, gone) == "gone"
    elsewhere = Wish(Medium.EMAIL, Action.REMOVE, old=EMAIL, proof="thief@example.org")
    assert refused(sample, elsewhere) == "no-proof"
    with pytest.raises(ContactRefused, match="no-texts"):
        Contacts(sample, texts=False).ask(anna(sample), ADD_PHONE, NOW)
    assert changed(sample, ADD_EMAIL, code="wrong!") is None
    assert anna(sample).emails == (EMAIL,)
    changed(sample, Wish(Medium.PHONE, Action.REMOVE, old=NUMBER, proof=EMAIL))
    last = Wish(Medium.EMAIL, Action.REMOVE, old=EMAIL, proof=EMAIL)
    assert refused(sample, last) == "last"


def test_there_are_so_many_addresses_and_so_many_changes_a_day(
    sample: sqlite_utils.Database,
) -> None:
    for number in range(4):
        changed(sample, replace(ADD_EMAIL, new=f"a{number}@example.org"))
    assert refused(sample, ADD_EMAIL) == "enough"
    drop = Wish(Medium.EMAIL, Action.REMOVE, old="a0@example.org", proof=NUMBER)
    changed(sample, drop)
    for number in range(3):
        wish = replace(ADD_PHONE, new=f"60020020{number}")
        changed(sample, wish)
    assert refused(sample, replace(ADD_EMAIL, new="b@example.org")) == "too-many"


def test_whoever_is_told_can_stop_it_within_the_hour(sample: sqlite_utils.Database) -> None:
    change = changed(sample, ADD_PHONE)
    assert change is not None
    link = contacts.link_of(sample, change)
    for forged in (f"{change.id}.x", f"{change.id + 1}.{link.partition('.')[2]}", "x", "1.ł", ""):
        with pytest.raises(ContactRefused):
            contacts.of_link(sample, forged)
    assert contacts.of_link(sample, link) == change
    assert stop(sample, change, NOW + HOUR) is None
    stopped = stop(sample, change, NOW + HOUR - SECOND)
    assert stopped is not None
    assert stopped.state is State.STOPPED
    assert settle(Single(sample), NOW + 2 * HOUR) == 0
    assert anna(sample).phones == (NUMBER,)


# ---------------------------------------------------------------------------------- telling


def teller(db: sqlite_utils.Database, folder: Path, now: datetime) -> tuple[Teller, Outbox]:
    messages.apply(db)
    data, clock = Single(db), lambda: now
    outbox = Outbox(data, folder, MailSection(), clock=clock)
    texts = TextBox(data, folder, TextsSection(url="http://127.0.0.1/"), clock=clock)
    written = OnlineLetters(
        Templates(composed().texts), ZoneInfo("Europe/Warsaw"), "https://panel.example.com"
    )
    return Teller(data, outbox, texts, lambda: written, clock), outbox


def said(outbox: Outbox) -> dict[str, str]:
    """Return what each address was told last; a text has no subject."""
    found = {}
    for entry in reversed(outbox.listed()):
        mail = message_from_bytes(outbox.content(entry), policy=policy.default)
        body = mail.get_body(("plain",))
        assert body is not None
        found[entry.recipient] = f"{entry.subject}\n{body.get_content()}"
    return found


def test_all_old_addresses_and_the_office_are_told_once_with_a_link(
    sample: sqlite_utils.Database, tmp_path: Path
) -> None:
    change = changed(sample, ADD_PHONE)
    assert change is not None
    work, outbox = teller(sample, tmp_path, NOW)
    work.work()
    work.work()
    told = said(outbox)
    assert len(outbox.listed()) == len(told) == 3
    assert set(told) == {EMAIL, NUMBER, OFFICE}
    link = f"https://panel.example.com/owner/stop/{contacts.link_of(sample, change)}"
    assert all(link in told[one] for one in (EMAIL, NUMBER))
    assert all("…202" in told[one] and NEW not in told[one] for one in (EMAIL, NUMBER))
    assert "o godz. 14:00" in told[EMAIL].replace("\N{NO-BREAK SPACE}", " ")
    assert NEW in told[OFFICE]
    assert link not in told[OFFICE]
    stop(sample, change, NOW)
    work.work()
    assert len(outbox.listed()) == 6
    assert "zatrzymana" in said(outbox)[NUMBER]


def test_what_dies_in_between_is_told_later_and_nothing_twice(
    sample: sqlite_utils.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(sample, ADD_PHONE)
    work, outbox = teller(sample, tmp_path, NOW)

    class Killed(BaseException):
        """Stands for the end of the program."""

    def killed(*texts: object, **more: object) -> list[int]:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(TextBox, "put", killed)
        with pytest.raises(Killed):
            work.work()
    assert set(said(outbox)) == {EMAIL, OFFICE}
    again, _ = teller(sample, tmp_path, NOW)
    again.work()
    assert len(outbox.listed()) == 3
    assert set(said(outbox)) == {EMAIL, NUMBER, OFFICE}


def test_a_change_is_whole_or_not_at_all(
    sample: sqlite_utils.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails between the proof, the list, the journal and what is told takes all back."""
    with writing(sample):
        asked = Contacts(sample, texts=True).ask(anna(sample), ADD_EMAIL, NOW)

    def fails(*_: object) -> None:
        raise RuntimeError

    for name in ("edit_owner", "_tell"):
        with monkeypatch.context() as broken:
            broken.setattr(contacts, name, fails)
            with pytest.raises(RuntimeError), writing(sample):
                Contacts(sample, texts=True).prove(anna(sample), asked.change, asked.code, NOW)
        assert anna(sample).emails == (EMAIL,)
        assert journal(sample, anna(sample).id, 9) == []
        assert sample.execute("SELECT count(*) FROM owner_tellings").fetchone() == (0,)
    with writing(sample):
        Contacts(sample, texts=True).prove(anna(sample), asked.change, asked.code, NOW)
    assert anna(sample).emails == (EMAIL, OTHER)


# ---------------------------------------------------------------------------------- imports


@pytest.fixture
def imported(sample: sqlite_utils.Database, write: Write) -> Callable[[str], None]:
    """Import Anna's row with a list of e-mails."""

    def work(emails: str) -> None:
        import_files(sample, [write("owners.csv", f"{OWNERS}{ROW}600100101,{emails}\n")])

    return work


def test_imports_of_the_night_do_not_undo_what_an_owner_has_changed(
    sample: sqlite_utils.Database, imported: Callable[[str], None]
) -> None:
    changed(sample, ADD_EMAIL)
    imported(EMAIL)
    imported(EMAIL)
    assert anna(sample).emails == (EMAIL, OTHER)
    imported(f"{EMAIL};{OTHER}")  # the office has put it into its program
    assert anna(sample).emails == (EMAIL, OTHER)
    imported(EMAIL)  # and has taken it out again: that is its word now
    assert anna(sample).emails == (EMAIL,)


def test_what_the_office_says_anew_counts_and_is_on_record(
    sample: sqlite_utils.Database, imported: Callable[[str], None]
) -> None:
    changed(sample, ADD_EMAIL)
    imported("biuro.zna@example.org")
    assert anna(sample).emails == ("biuro.zna@example.org",)
    [last, _] = journal(sample, anna(sample).id, 9)
    assert (last.action, last.before, last.after) == (
        Action.IMPORT, (EMAIL, OTHER), ("biuro.zna@example.org",),
    )  # fmt: skip
    assert sample.execute("SELECT * FROM owner_bases").fetchall() == []
