"""What owners see of their own: the same as on the telephone, and nothing of anybody else."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from sipagent.infoline.managing import edit_contract
from sipagent.infoline.notices import Notices
from tests.panel.browsing import Browser, Panel
from tests.panel.owner.owners import EMAIL, come_in, owners, sent

pytestmark = pytest.mark.unit

MAIL = {"mail": {"per_owner": 2}}


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over the sample."""
    with owners(tmp_path, **MAIL) as one:
        yield one


@pytest.fixture
def anna(panel: Panel) -> Browser:
    """Return a browser in which Anna is."""
    return come_in(panel)


def test_balance_and_charges_are_those_of_the_telephone(anna: Browser) -> None:
    balance = anna.get("/owner/balance").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Eksploatacja" in balance
    assert "overpayment PLN 125.40" in balance
    assert "arrears PLN 340.15" in balance
    charges = anna.get("/owner/charges").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "PLN" in charges


def test_a_statement_is_downloaded_or_sent_to_an_address_on_record(
    panel: Panel, anna: Browser
) -> None:
    pdf = anna.get("/owner/statement.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"].startswith('attachment; filename="statement-')
    assert pdf.content.startswith(b"%PDF")
    page = anna.get("/owner/statement").text
    way = page.partition('name="way" value="')[2].partition('"')[0]
    anna.post("/owner/statement", way="anybody@example.org")
    assert [entry.kind for entry, _ in sent(panel)] == ["owner-code"]
    answers = [anna.post("/owner/statement", way=way).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    statements = [(one, body) for one, body in sent(panel) if one.kind == "statement"]
    assert [entry.recipient for entry, _ in statements] == [EMAIL] * 2
    assert "on the owners" in statements[0][1]


def test_notices_and_office_are_shown(panel: Panel, anna: Browser) -> None:
    always = (date(2020, 1, 1), date(2090, 1, 1))
    panel.store.blocking.write(
        lambda db: Notices(db).add(
            "ZLOTY-KLUCZ", "Woda <b>nie</b> płynie.", *always, english="No water."
        )
    )
    panel.store.blocking.write(lambda db: Notices(db).add("BAJKA", "Nie dla Anny.", *always))
    assert "No water." in anna.get("/owner/notices").text
    anna.post("/owner/account/preferences", language="pl")
    polish = anna.get("/owner/notices").text
    assert "Woda &lt;b&gt;nie&lt;/b&gt; płynie." in polish
    assert "Nie dla Anny" not in polish
    hours = {"hours": "mon-fri 08:00-16:00"}
    panel.store.blocking.write(lambda db: edit_contract(db, "ZLOTY-KLUCZ", hours))
    assert "08:00–16:00" in anna.get("/owner/office").text
