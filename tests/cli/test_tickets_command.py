"""``sipagent tickets`` and ``retention``: what an operator types, and what the owner gets."""

import json
from pathlib import Path

import pytest
import time_machine
from typer.testing import CliRunner

from sipagent.cli.main import app
from sipagent.config import MailSection
from sipagent.errors import DataError
from sipagent.infoline.owner_requests import owner_requests
from sipagent.infoline.schema import infoline
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.store.data import Single
from sipagent.store.database import open_database
from tests.infoline.dictating import submit

pytestmark = pytest.mark.unit


class Shop:
    """A line with one ticket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "agent.toml").write_text(
            '[paths]\ndatabase = "line.db"\noutbox = "outbox"\n', "utf-8"
        )
        self.db = open_database(folder / "line.db", [owner_requests, messages])
        self.submit("anna@example.org")

    def submit(self, reply_to: str) -> None:
        submit(
            self.db,
            seconds=4.2,
            words="Cieknie [red]woda.",
            owner_name="Anna [bold]",
            phone="",
            reply_to=reply_to,
        )

    def ask(self, *words: str) -> str:
        command = [*words, "--config", str(self.folder / "agent.toml")]
        done = CliRunner().invoke(app, command, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    def sent(self) -> list[str]:
        box = Outbox(Single(self.db), self.folder / "outbox", MailSection())
        return [entry.recipient for entry in box.listed()]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_list_and_show(shop: Shop) -> None:
    assert "101" in shop.ask("tickets", "list")
    (listed,) = json.loads(shop.ask("tickets", "list", "--json"))
    assert listed["heading"] == "Cieknie [red]woda."
    assert json.loads(shop.ask("tickets", "list", "--json", "--status", "closed")) == []
    shown = shop.ask("tickets", "show", "101")
    for fact in ("Anna [bold]", "Cieknie [red]woda.", "c1.wav", "4.2 s"):
        assert fact in shown


def test_nothing_that_somebody_has_sent_steers_a_terminal(shop: Shop) -> None:
    asks = ["Winda\x1b]0;x\x07", "Stoi\x1b[2J.\n\x9b31m", "--name", "Jan\x07\x9b"]
    shop.ask("tickets", "new", *asks)
    shop.ask("tickets", "change", "102", "--subject", "Dźwig\x07")
    for words in (["list"], ["show", "102"]):
        shown = shop.ask("tickets", *words)
        assert all(line.isprintable() for line in shown.splitlines()), shown


def test_a_reply_is_mailed_to_the_owner(shop: Shop) -> None:
    shop.ask("tickets", "reply", "101", "Hydraulik będzie jutro.")
    assert shop.sent() == ["anna@example.org"]
    assert "Hydraulik będzie jutro." in shop.ask("tickets", "show", "101")
    assert "waiting" in shop.ask("tickets", "list")


def test_an_owner_without_an_address_has_to_be_called(shop: Shop) -> None:
    shop.submit("")
    assert "please call" in shop.ask("tickets", "reply", "102", "Naprawione.")
    assert shop.sent() == []


def test_closing(shop: Shop) -> None:
    shop.ask("tickets", "close", "101", "--text", "naprawione")
    assert "naprawione" in shop.ask("tickets", "show", "101")
    assert json.loads(shop.ask("tickets", "list", "--json", "--status", "new")) == []


@time_machine.travel("2026-11-26T11:00:00+00:00", tick=False)
def test_a_ticket_is_opened_noted_changed_and_found(shop: Shop) -> None:
    asked = ("--name", "Jan", "--phone", "+48600100102", "--importance", "high")
    assert "Ticket 102 is open." in shop.ask("tickets", "new", "Winda", "Stoi.", *asked)
    shop.ask("tickets", "note", "102", "Serwis jest w drodze.")
    shop.ask("tickets", "change", "102", "--status", "work", "--assignee", "ewa")
    shown = shop.ask("tickets", "show", "102")
    for fact in ("work, high", "Assignee  ewa", "note by", "status new -> work", "(none) -> ewa"):
        assert fact in shown
    assert "please call" in shop.ask("tickets", "reply", "102", "Już jedzie.", "--solved")
    assert "Solved    after 0:00:00" in shop.ask("tickets", "show", "102")

    def found(*words: str) -> list[int]:
        listed = json.loads(shop.ask("tickets", "list", "--json", *words))
        return [one["number"] for one in listed]

    assert found() == [102, 101]
    assert found("windy") == found("serwisie") == found("--subject", "windą") == [102]
    assert found("--owner", "100001") == found("--way", "phone", "--status", "new") == [101]
    assert found("--assignee", "ewa", "--importance", "high", "--status", "solved") == [102]
    assert found("--asker", "lipowa") == [101]
    assert found("--until", "2026-01-01") == found("--since", "2126-01-01") == []


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["show", "7"], "there is no ticket 7"),
        (["reply", "7", "x"], "there is no ticket 7"),
        (["reply", "101", "  "], "an empty answer is not sent"),
    ],
)
def test_mistakes(shop: Shop, words: list[str], wrong: str) -> None:
    with pytest.raises(DataError, match=wrong):
        shop.ask("tickets", *words)
    assert shop.sent() == []


def test_retention(shop: Shop) -> None:
    assert "90 days" in shop.ask("retention", "show")
    assert "0 would be deleted" in shop.ask("retention", "run", "--dry-run")
    assert "0 deleted" in shop.ask("retention", "run")


def test_tickets_of_the_owners_of_a_manager(shop: Shop) -> None:
    infoline.apply(shop.db)
    shop.db.execute("INSERT INTO managers (id, code, name) VALUES (1, 'BAJKA', 'Bajka')")
    shop.db.conn.commit()
    assert "101" in shop.ask("tickets", "list", "--manager", "BAJKA")
    with pytest.raises(DataError, match="BAJKI"):
        shop.ask("tickets", "list", "--manager", "BAJKI")
