"""Tickets that have come as hostile mails: nothing of their HTML reaches a page."""

from pathlib import Path

import pytest

from sipagent.config_helpdesk import MailInSection
from sipagent.domains import SENDERS
from sipagent.helpdesk.mail.filing import Filing
from sipagent.tickets.attachments import Attachments
from tests.helpdesk.mail.post import OURS
from tests.helpdesk.mail.test_reading import MAILS
from tests.panel.firms import firms, inside

pytestmark = pytest.mark.unit

HOSTILE = (
    *("html-hostile", "outlook-html-only", "newsletter", "header-injection"),
    *("executable-in-disguise", "bare-linefeeds-and-nulls"),
)
#: What stands in these mails, and would do something on a page.
MARKUP = (
    *("<script>alert", "<svg", "<iframe", "onerror", "onload", "javascript:", "<form action"),
    *("pixel.gif", "o.gif", "\x00", "\x1b", "\u202e"),
)


def test_no_markup_of_a_mail_reaches_a_page(tmp_path: Path) -> None:
    with firms(tmp_path) as panel:
        filing = Filing(
            panel.store.blocking,
            Attachments(tmp_path / "attachments", 5, 1_000_000),
            MailInSection(maildir=tmp_path),
            frozenset({OURS}),
            SENDERS,
        )
        numbers = [filing.file(MAILS[name]).ticket for name in HOSTILE]
        administrator = inside(panel, "adm")
        own = administrator.get("/account").text.lower()
        paths = ["/helpdesk/tickets", *(f"/helpdesk/tickets/{number}" for number in numbers)]
        for path in paths:
            page = administrator.get(path)
            assert page.status_code == 200
            shown = page.text.lower()
            assert [one for one in MARKUP if shown.count(one) > own.count(one)] == [], path
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in administrator.get(paths[1]).text
        assert "https://track.example/c?u=123" in administrator.get(paths[2]).text
