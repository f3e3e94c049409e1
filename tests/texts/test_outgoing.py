"""Texts that leave: on disk first, once, and written as a gateway wants them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
import sqlite_utils
from pydantic import ValidationError

from sipagent.config import MailSection
from sipagent.config_texts import TextsSection
from sipagent.messages.outbox import Outbox
from sipagent.messages.queue import OutboxLimit, State
from sipagent.messages.refusal import Never, NotNow
from sipagent.messages.schema import messages
from sipagent.messages.sender import Sender
from sipagent.messages.short import body_of
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.texts.gateway import Gateway, made
from sipagent.texts.outgoing import Text, TextBox, plain
from tests.messages.mail_helpers import letter
from tests.texts.gateway import FakeGateway, serving

pytestmark = pytest.mark.unit

WORDS = 'Zażółć "gęślą" jaźń & {to}'
TEXT = Text("+48600100101", WORDS, "order-1", "order")
VALUES = {"to": TEXT.to, "from": "Firma", "text": WORDS, "id": "order-1", "secret": "s3/+"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Clock:
    """A time that a test sets."""

    now = datetime(2026, 11, 26, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    found = open_database(tmp_path / "line.db", [messages])
    yield found
    found.close()


def settings(**values: Any) -> TextsSection:
    return TextsSection.model_validate({"url": "https://sms.example.com/send", **values})


def box_of(db: sqlite_utils.Database, folder: Path, clock: Clock, **values: Any) -> TextBox:
    return TextBox(Single(db), folder / "outbox", settings(**values), clock=clock)


def test_a_text_is_kept_as_it_was_written(db: sqlite_utils.Database, tmp_path: Path) -> None:
    box = box_of(db, tmp_path, Clock())
    (key,) = box.put(TEXT)
    entry = box.find(key)
    assert (entry.medium, entry.recipient, entry.kind) == ("text", TEXT.to, "order")
    assert body_of(box.content(entry)) == WORDS


def test_the_same_text_is_sent_once(db: sqlite_utils.Database, tmp_path: Path) -> None:
    box = box_of(db, tmp_path, Clock())
    assert box.put(TEXT)
    assert not box.put(TEXT)
    assert len(box.due()) == 1


def test_a_number_is_sent_so_many_texts_an_hour(db: sqlite_utils.Database, tmp_path: Path) -> None:
    clock = Clock()
    box = box_of(db, tmp_path, clock, per_number=1)
    box.put(TEXT)
    with pytest.raises(OutboxLimit):
        box.put(Text(TEXT.to, "more", "order-2", "order"))
    box.put(Text("+48600100102", "somebody else", "order-3", "order"))
    clock.now += timedelta(hours=1, seconds=1)
    box.put(Text(TEXT.to, "more", "order-2", "order"))


def test_texts_and_mails_wait_each_for_their_own_server(
    db: sqlite_utils.Database, tmp_path: Path
) -> None:
    clock = Clock()
    texts = box_of(db, tmp_path, clock)
    mails = Outbox(Single(db), tmp_path / "outbox", MailSection(), clock=clock)
    texts.put(TEXT)
    mails.put(letter("anna@example.org"))
    assert [one.medium for one in texts.due()] == ["text"]
    assert [one.medium for one in mails.due()] == ["mail"]
    texts.hold("the gateway is away")
    assert [one.last_error for one in mails.due()] == [""]


def test_a_gateway_gets_json_in_which_nothing_ends_a_value() -> None:
    asked = made(settings(), VALUES)
    assert json.loads(asked.body) == {
        "to": "+48600100101",
        "from": "Firma",
        "text": WORDS,
        "id": "order-1",
    }
    assert asked.headers["Authorization"] == "Bearer s3/+"


def test_a_body_says_how_values_are_written_in_it() -> None:
    with pytest.raises(ValidationError, match="Content-Type"):
        settings(headers={"Authorization": "Bearer {secret}"})


def test_a_gateway_gets_a_form_xml_or_an_address() -> None:
    form = made(settings(headers=FORM, body="to={to}&text={text}"), VALUES)
    assert parse_qs(form.body.decode()) == {"to": ["+48600100101"], "text": [WORDS]}
    xml = made(settings(headers={"Content-Type": "text/xml"}, body="<t>{text}</t>"), VALUES)
    assert xml.body.decode() == "<t>Zażółć &quot;gęślą&quot; jaźń &amp; {to}</t>"
    named = made(settings(headers={"content-type": "Application/JSON"}), VALUES)
    assert json.loads(named.body)["text"] == WORDS
    url = "https://sms.example.com/{to}?text={text}&key={secret}"
    get = made(settings(url=url, method="GET"), VALUES)
    assert get.body == b""
    assert get.url.startswith("https://sms.example.com/%2B48600100101?text=Za%C5%BC")
    assert unquote(get.url).endswith(f"text={WORDS}&key=s3/+")


def test_no_value_begins_another_header() -> None:
    with pytest.raises(ValueError, match="control character"):
        made(settings(headers={**FORM, "X-Text": "{text}"}), {**VALUES, "text": "a\r\nX-Other: b"})


def test_polish_letters_can_be_written_without_their_marks(
    db: sqlite_utils.Database, tmp_path: Path
) -> None:
    assert plain("Zażółć gęślą jaźń ŁÓDŹ „x” – y…") == 'Zazolc gesla jazn LODZ "x" - y.'
    box = box_of(db, tmp_path, Clock(), plain=True)
    (key,) = box.put(TEXT)
    assert body_of(box.content(box.find(key))).startswith("Zazolc")


@pytest.mark.parametrize(
    "url", ["http://sms.example.com/", "ftp://127.0.0.1/", "https://", "https://a:b@sms.example/"]
)
def test_what_is_no_safe_address_of_a_gateway_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        settings(url=url)
    settings(url="http://192.168.1.9/send")


@pytest.fixture
def sending(db: sqlite_utils.Database, tmp_path: Path) -> Iterator["Sending"]:
    gateway = FakeGateway()
    with serving(gateway):
        yield Sending(db, tmp_path, gateway)


class Sending:
    """A gateway, a box, and who hands over what is due."""

    def __init__(self, db: sqlite_utils.Database, folder: Path, gateway: FakeGateway) -> None:
        secret = folder / "secret"
        secret.write_text("tajne\n", "utf-8")
        self.gateway, self.clock = gateway, Clock()
        self.box = box_of(db, folder, self.clock, url=gateway.url, password_file=secret)
        self.sender = Sender(self.box, Gateway(self.box._settings), "Firma")

    def round(self) -> int:
        """Hand over what is due."""
        return self.sender.round()


def test_a_text_leaves_with_the_secret_of_a_file(sending: Sending) -> None:
    sending.box.put(TEXT)
    assert sending.round() == 1
    (asked,) = sending.gateway.asked
    assert asked.headers["Authorization"] == "Bearer tajne"
    assert json.loads(asked.body)["text"] == WORDS
    (entry,) = sending.box.listed()
    assert (entry.state, entry.place) == (State.SENT, '127.0.0.1: 202 {"ok": true}')


def test_waits_grow_until_a_gateway_is_there_again(sending: Sending) -> None:
    sending.gateway.answers = (503, 503, 500, 200)
    sending.box.put(TEXT)
    waits: list[float] = []
    while sending.round() == 0:
        (entry,) = sending.box.listed()
        due = datetime.fromisoformat(entry.next_attempt)
        waits.append(round((due - sending.clock.now).total_seconds(), -1))
        sending.clock.now = due + timedelta(seconds=30)
    assert waits == [10, 20, 40]
    ids = {json.loads(one.body)["id"] for one in sending.gateway.asked}
    assert ids == {"order-1"}, "the gateway knows a repetition by its id"


@pytest.mark.parametrize(
    ("code", "kind"), [(400, Never), (422, Never), (401, NotNow), (302, NotNow), (429, NotNow)]
)
def test_what_a_gateway_refuses_for_good_is_not_tried_again(
    sending: Sending, code: int, kind: type[Exception]
) -> None:
    sending.gateway.answers, sending.gateway.said = (code,), "no: tajne"
    sending.box.put(TEXT)
    assert sending.round() == 0
    (entry,) = sending.box.listed()
    assert entry.state is (State.REFUSED if kind is Never else State.WAITING)
    assert f"{code} no: •" in entry.last_error, "the secret stands in no record"


def test_a_gateway_that_is_not_there_is_asked_later(
    db: sqlite_utils.Database, tmp_path: Path
) -> None:
    box = box_of(db, tmp_path, Clock(), url="http://127.0.0.1:9/send")
    box.put(TEXT)
    assert Sender(box, Gateway(box._settings), "").round() == 0
    (entry,) = box.listed()
    assert entry.state is State.WAITING
    assert "refused" in entry.last_error
