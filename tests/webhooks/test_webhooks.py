"""Webhooks: what happens is told once to whom it concerns, signed, until it is taken."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils

from sipagent.config import MailSection
from sipagent.config_webhooks import WebhooksSection
from sipagent.domains import composed
from sipagent.errors import DataError
from sipagent.messages.outbox import Outbox
from sipagent.messages.queue import State as Sent
from sipagent.messages.schema import messages
from sipagent.messages.sender import Sender
from sipagent.records.schema import records
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.tickets.tickets import Tickets
from sipagent.webhooks import subscriptions
from sipagent.webhooks.announcer import Announcer
from sipagent.webhooks.calls import CALLS
from sipagent.webhooks.outgoing import Teller, WebhookBox
from sipagent.webhooks.schema import webhooks
from sipagent.webhooks.subscriptions import Webhook
from tests.infoline.dictating import submit
from tests.messages.mail_helpers import letter
from tests.panel.test_calls import add_call
from tests.texts.gateway import FakeGateway, serving

pytestmark = pytest.mark.unit

HAPPENINGS = (*CALLS, *composed().happenings)
KINDS = [one.kind for one in HAPPENINGS]
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@dataclass
class House:
    """What tells programs, without tasks: each turn is made by hand."""

    db: sqlite_utils.Database
    folder: Path
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin as a line does that was stopped or killed."""
        data, settings = Single(self.db), WebhooksSection(timeout=5)
        self.box = WebhookBox(data, self.folder / "outbox", settings, clock=lambda: self.now)
        self.announcer = Announcer(data, self.box, HAPPENINGS)
        teller = Teller(data, settings, lambda: datetime.timestamp(self.now))
        self.sender = Sender(self.box, teller, "")

    def hook(self, gateway: FakeGateway, *kinds: str, **more: Any) -> Webhook:
        """Have a program told."""
        name = more.pop("name", "crm")
        return subscriptions.add(self.db, name, gateway.url, kinds, self.now, known=KINDS, **more)

    def turn(self) -> None:
        """Tell whatever there is to tell."""
        self.announcer.round()
        self.sender.round()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    rooms = (*composed().migrations, messages, records, webhooks)
    with closing(open_database(tmp_path / "line.db", rooms)) as db:
        yield House(db, tmp_path)


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with serving(FakeGateway((200,))) as one:
        yield one


def told(gateway: FakeGateway) -> list[dict[str, Any]]:
    """Return what a program was told."""
    return [json.loads(one.body) for one in gateway.asked]


def submitted(house: House, **fields: Any) -> int:
    """Have an owner dictate a request."""
    return submit(house.db, **fields)


def test_a_call_is_told_of_when_it_comes_and_when_it_is_over(
    house: House, gateway: FakeGateway
) -> None:
    house.hook(gateway, "call.started", "call.ended")
    with house.db.conn:
        add_call(house.db, 1, ended=None, outcome=None)
    house.turn()
    with house.db.conn:
        house.db.execute(
            "UPDATE calls SET ended = '2026-11-26T12:01:32.000+00:00', outcome = 'done'"
        )
        house.db.execute("UPDATE calls SET ended_by = 'caller'")
        add_call(house.db, 2, outcome="refused")
    house.turn()
    house.turn()
    assert [(one["type"], one["data"]["id"]) for one in told(gateway)] == [
        ("call.started", "call0001"),
        ("call.ended", "call0001"),
        ("call.ended", "call0002"),
    ]
    assert told(gateway)[1]["data"]["outcome"] == "done"
    assert house.db.execute("SELECT count(*) FROM happenings").fetchone() == (0,)


def test_requests_and_statements_are_told_of(house: House, gateway: FakeGateway) -> None:
    house.hook(gateway, *(kind for kind in KINDS if not kind.startswith("call")))
    outbox = Outbox(Single(house.db), house.folder / "outbox", MailSection())
    first, second = outbox.put(
        replace(letter("anna@example.org"), kind="statement", owner="100001"),
        replace(letter("jan@example.org"), kind="statement", owner="100002"),
    )
    outbox.put(letter("inny@example.org"))
    number = submitted(house)
    Tickets(house.db).answer(number, "ewa", "Jutro.")
    outbox.sent(outbox.find(first), "mail.example.org: 250 ok")
    outbox.refused(outbox.find(second), "550 nobody")
    house.turn()
    assert [(one["type"], one["data"].get("owner")) for one in told(gateway)] == [
        ("ticket.created", None),
        ("ticket.changed", None),
        ("statement.sent", "100001"),
        ("statement.failed", "100002"),
    ]
    ticket = told(gateway)[1]["data"]
    assert (ticket["asker"]["ref"], ticket["entries"][1]["text"]) == ("100001", "Jutro.")
    assert told(gateway)[3]["data"]["why"] == "550 nobody"


def test_what_is_told_is_signed_as_standard_webhooks_says(
    house: House, gateway: FakeGateway
) -> None:
    hook = house.hook(gateway, "ticket.created")
    submitted(house, owner_name="Zażółć Gęślą")
    house.turn()
    (asked,) = gateway.asked
    headers = {name.lower(): value for name, value in asked.headers.items()}
    key, at = headers["webhook-id"], headers["webhook-timestamp"]
    assert at == str(int(NOW.timestamp()))
    secret = base64.b64decode(hook.secret.removeprefix("whsec_"))
    right = hmac.new(secret, f"{key}.{at}.{asked.body}".encode(), hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(right).decode()}"
    assert json.loads(asked.body)["data"]["asker"]["name"] == "Zażółć Gęślą"


def test_it_is_told_again_under_the_same_id_until_it_is_taken_over_restarts(
    house: House,
) -> None:
    with serving(FakeGateway((500, 302, 404, 200))) as gateway:
        house.hook(gateway, "ticket.created")
        submitted(house)
        for _ in range(5):
            house.turn()
            house.now += timedelta(minutes=20)
            house.start()
        assert len(gateway.asked) == 4
        headers = [{k.lower(): v for k, v in one.headers.items()} for one in gateway.asked]
        assert len({one["webhook-id"] for one in headers}) == 1
        assert len({one["webhook-timestamp"] for one in headers}) == 4
        assert len({one.body for one in gateway.asked}) == 1
    assert [one.state for one in house.box.listed()] == [Sent.SENT]


def test_a_crash_between_two_steps_tells_nothing_twice(house: House, gateway: FakeGateway) -> None:
    house.hook(gateway, "ticket.created")
    submitted(house)
    kept = house.db.execute("SELECT * FROM happenings").fetchall()
    house.turn()
    for row in kept:  # what was put is not forgotten by a line that dies in between
        house.db.execute("INSERT INTO happenings VALUES (?, ?, ?, ?, ?)", list(row))
    house.start()
    house.turn()
    assert len(gateway.asked) == 1


def test_what_nobody_takes_for_days_is_given_up(house: House) -> None:
    with serving(FakeGateway((503,))) as gateway:
        house.hook(gateway, "ticket.created")
        submitted(house)
        house.turn()
        house.now += timedelta(hours=73)
        house.turn()
    assert [one.state for one in house.box.listed()] == [Sent.GIVEN_UP]


def test_a_program_that_is_gone_is_asked_no_more(house: House) -> None:
    with serving(FakeGateway((410,))) as gateway:
        house.hook(gateway, "ticket.created")
        submitted(house)
        house.turn()
    assert [one.state for one in house.box.listed()] == [Sent.REFUSED]


def test_a_program_that_does_not_answer_keeps_no_other_one_waiting(
    house: House, gateway: FakeGateway
) -> None:
    with serving(FakeGateway()) as silent:
        pass  # nobody listens there any more
    house.hook(silent, "ticket.created", name="silent")
    house.hook(gateway, "ticket.created", name="crm")
    for _ in range(3):
        submitted(house)
    house.turn()
    assert len(gateway.asked) == 3
    errors = [one.last_error for one in house.box.listed() if one.state is Sent.WAITING]
    assert errors.count("it did not answer a moment ago") == 2


def test_what_waits_for_a_removed_program_is_told_to_nobody(
    house: House, gateway: FakeGateway
) -> None:
    house.hook(gateway, "ticket.created")
    submitted(house)
    house.announcer.round()
    subscriptions.remove(house.db, "crm")
    house.hook(gateway, "ticket.created")  # another one of the same name
    house.turn()
    assert not gateway.asked


def test_nothing_is_kept_as_long_as_nobody_is_to_be_told(house: House) -> None:
    submitted(house)
    with house.db.conn:
        add_call(house.db, 1)
    assert house.db.execute("SELECT count(*) FROM happenings").fetchone() == (0,)


def test_a_program_of_one_manager_is_told_of_their_owners_only(
    house: House, gateway: FakeGateway
) -> None:
    house.hook(gateway, "ticket.created", "call.ended", manager=7)
    submitted(house, manager=7, owner_name="Nasza")
    submitted(house, manager=8, owner_name="Obca")
    with house.db.conn:
        add_call(house.db, 1)
    house.turn()
    assert [one["data"]["asker"]["name"] for one in told(gateway)] == ["Nasza"]


def test_what_the_house_is_told_is_no_managers_message(house: House, gateway: FakeGateway) -> None:
    """A manager sees messages of their own in the panel, and not where others are told of them."""
    house.hook(gateway, "ticket.created")
    house.hook(gateway, "ticket.created", name="theirs", manager=7)
    submitted(house, manager=7)
    house.announcer.round()
    assert {one.subject: one.manager for one in house.box.listed()} == {"crm": None, "theirs": 7}


def test_a_program_can_be_tried(house: House, gateway: FakeGateway) -> None:
    house.hook(gateway, "call.ended")
    house.hook(gateway, "call.ended", name="other")
    subscriptions.try_out(house.db, "CRM")
    house.turn()
    assert [(one["type"], one["data"]) for one in told(gateway)] == [("test", {})]


def test_what_is_gone_before_it_is_told_is_not_told(house: House, gateway: FakeGateway) -> None:
    house.hook(gateway, "ticket.created", "call.ended")
    number = submitted(house)
    Tickets(house.db).delete(Tickets(house.db).find(number).id)
    with house.db.conn:
        add_call(house.db, 1)
        house.db.execute("DELETE FROM calls")
    house.turn()
    assert not gateway.asked


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"url": "http://example.com/x"}, "outside your own network"),
        ({"url": "ftp://example.com/x"}, "is not an address"),
        ({"url": "https://a:b@example.com/x"}, "is not an address"),
        ({"kinds": ["call.melted"]}, "call.melted: never happens"),
        ({"kinds": []}, "say of what"),
        ({"name": "a/b"}, "a name has letters"),
        ({"name": "there"}, "there is a webhook called 'there' already"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(
    house: House, values: dict[str, Any], message: str
) -> None:
    good: dict[str, Any] = {"name": "crm", "url": "https://example.com/x", "kinds": KINDS}

    def add(**fields: Any) -> None:
        subscriptions.add(house.db, **{**good, **fields}, now=NOW, known=KINDS)

    add(name="there")
    with pytest.raises(DataError, match=message):
        add(**values)


def test_messages_of_before_are_kept_when_webhooks_come(tmp_path: Path) -> None:
    """An outbox that knows e-mails and texts alone learns of webhooks, and loses nothing."""
    path = tmp_path / "line.db"
    with closing(open_database(path, [messages])) as db:
        box = Outbox(Single(db), tmp_path / "outbox", MailSection())
        (key,) = box.put(letter("anna@example.org"))
        before = box.find(key)
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'outbox_webhooks'")
        db.execute("ALTER TABLE outbox RENAME TO newer")
        (sql,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'newer'").fetchone()
        older = sql.replace("'mail', 'text', 'webhook'", "'mail', 'text'")
        db.execute(older.replace('"newer"', "outbox"))
        db.execute("INSERT INTO outbox SELECT * FROM newer")
        db.execute("DROP TABLE newer")
        db.execute("CREATE INDEX outbox_done ON outbox (done) WHERE done IS NOT NULL")
    with closing(open_database(path, [messages])) as db:
        assert Outbox(Single(db), tmp_path / "outbox", MailSection()).find(key) == before
        indexes = db.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")
        assert ("outbox_done",) in indexes.fetchall()
        db.execute("UPDATE outbox SET medium = 'webhook'")
