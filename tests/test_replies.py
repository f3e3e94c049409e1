"""Who answers tickets: with which letters, and where answers to these go."""

from pathlib import Path

import pytest

from sipagent import replies
from sipagent.config import Config, MailSection, PathsSection
from sipagent.messages.outbox import Outbox
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.tickets.answering import Sent
from sipagent.tickets.model import Way
from sipagent.tickets.tickets import Tickets
from tests.infoline.dictating import submit
from tests.messages.mail_helpers import parsed
from tests.tickets.test_tickets import JAN

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("mailbox", ["", "pomoc@example.net"])
def test_owners_hear_from_their_administration_and_others_from_the_help_desk(
    tmp_path: Path, mailbox: str
) -> None:
    """With a mailbox all answers come back into their threads."""
    paths = PathsSection(outbox=tmp_path / "outbox", attachments=tmp_path / "attachments")
    mail = MailSection(sender="biuro@example.net", sender_name="Biuro pomocy")
    config = Config(paths=paths, mail=mail)
    if mailbox:
        section = config.helpdesk.mail.model_copy(update={"addresses": (mailbox,)})
        helpdesk = config.helpdesk.model_copy(update={"mail": section})
        config = config.model_copy(update={"helpdesk": helpdesk})
    db = open_database(tmp_path / "line.db", replies.TABLES)
    data = Single(db)
    submit(db, words="Cieknie woda.")
    Tickets(db).open(JAN, Way.PANEL, "Telefon", "Nie dzwoni.")
    answers = replies.answers(config, data)
    assert [answers.answer(number, "ewa", "Jutro.") for number in (101, 102)] == [Sent.MAIL] * 2
    outbox = Outbox(data, paths.outbox, config.mail)
    to_jan, to_anna = (parsed(outbox.content(one)) for one in outbox.listed())
    assert to_anna["Subject"] == "[#101] Odpowiedź na zgłoszenie nr 101"
    assert to_anna["Reply-To"] == (mailbox or "biuro@example.org")
    body = to_anna.get_body(("plain",))
    assert body is not None
    assert "Zarządca" in body.get_content()
    assert to_jan["Subject"] == "[#102] Telefon"
    assert to_jan["Reply-To"] == (mailbox or None)
    db.close()
