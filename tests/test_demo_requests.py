"""The demonstration of the help desk: what it writes down fits into the house."""

from contextlib import closing
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from scripts import demo_requests
from scripts.demo_help_desk import code_in
from sipagent import shipped
from sipagent.infoline.transfer.importing import import_files
from sipagent.panel.building import ROOMS
from sipagent.store.database import open_database
from sipagent.tickets.model import Filter, Status, Way
from sipagent.tickets.tickets import Tickets

pytestmark = pytest.mark.unit


def test_requests_of_all_ways_and_states_are_there(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    with closing(open_database(path, ROOMS)) as db:
        import_files(db, [shipped.SAMPLE])
        names = [f"{number}.wav" for number, _ in enumerate(demo_requests.spoken())]
        demo_requests.write(path, tmp_path / "attachments", names)
        found = Tickets(db).listed(Filter())
        assert {one.status for one in found} == set(Status) - {Status.DRAFT}
        assert {one.way for one in found} >= {Way.PHONE, Way.MAIL, Way.PAGE, Way.PANEL, Way.CHAT}
        now = datetime.now(UTC).isoformat()
        assert all(one.created <= one.updated <= now for one in found)
    for mail in demo_requests.mails():
        assert mail["From"].addresses
        assert mail["Message-ID"]


def test_the_code_in_a_mail_is_told() -> None:
    mail = EmailMessage()
    mail.set_content("Dzień dobry,\r\n\r\noto kod: 098 488\r\n\r\nJest ważny 15 minut.\r\n")
    assert code_in(mail) == "098 488"
    mail.set_content("Dziękujemy.")
    assert code_in(mail) == ""
