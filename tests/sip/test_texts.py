"""SIP MESSAGE without a network: what is read of it, how it is answered, what phones get."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.errors import CallError
from sipagent.sip.headers import Message, message_of
from sipagent.sip.notifications import Notify
from sipagent.sip.requests import PASS, Request
from sipagent.sip.texts import LARGEST, Texts, Unread, body_of
from sipagent.telephony.accounts import Binding
from sipagent.telephony.party import Caller
from sipagent.telephony.texting import PhoneText, SendText
from sipagent.text import cleaned

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("pjsip")]

PHONE = "10.0.0.7:5060"
WORDS = "Zażółć gęślą jaźń"


def request(body: str | bytes = WORDS, *fields: str, cseq: int = 1) -> Request:
    raw = body if isinstance(body, bytes) else body.encode()
    head = [
        "MESSAGE sip:102@sipagent SIP/2.0",
        f"Via: SIP/2.0/UDP {PHONE};branch=z9hG4bK{cseq}",
        "From: <sip:101-1@sipagent>;tag=a",
        "To: <sip:102@sipagent>",
        "Call-ID: one",
        f"CSeq: {cseq} MESSAGE",
        *(fields or ("Content-Type: text/plain;charset=UTF-8",)),
        f"Content-Length: {len(raw)}",
    ]
    text = ("\r\n".join(head) + "\r\n\r\n").encode() + raw
    shown = text.decode("utf-8", "surrogateescape")
    return Request(shown, message_of(shown), "MESSAGE", PHONE, "udp")


class House:
    """Takes texts, and answers as a test says."""

    def __init__(self, code: int = 202) -> None:
        self.code = code
        self.taken: list[PhoneText] = []
        self.send: SendText | None = None

    def judge(self, caller: Caller, called: str, trunk: str) -> int:
        return self.code

    def take(self, text: PhoneText) -> None:
        self.taken.append(text)

    def reach(self, send: SendText) -> None:
        self.send = send


class Thread:
    """Does everything at once."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()

    async def run(self, command: Callable[..., Any], *args: Any) -> Any:
        return command(*args)

    def emit(self, work: Callable[..., None], *args: Any) -> None:
        work(*args)


class Wire:
    """Remembers what is sent, or cannot send."""

    def __init__(self) -> None:
        self.sent: dict[int, Notify] = {}
        self.broken = False

    def send(self, number: int, notify: Notify) -> None:
        if self.broken:
            raise CallError("no way there")
        self.sent[number] = notify


def parties(message: Message, source: str) -> tuple[Caller, str, str, str]:
    return Caller(None, asserted=True, extension="101"), message.uri.user, "", "one"


def binding(contact: str) -> Binding:
    until = datetime.now(UTC) + timedelta(hours=1)
    return Binding("102-1", contact, until, "c", 1, PHONE, "udp", (), "", "")


def texts(house: House | None, wire: Wire | None = None, *contacts: str) -> Texts:
    found = Texts(
        house,
        Thread(),  # type: ignore[arg-type]
        wire or Wire(),  # type: ignore[arg-type]
        parties,
        lambda account: [binding(one) for one in contacts],
        lambda source, transport: "192.0.2.1:5060",
    )
    found.start()
    return found


async def test_a_text_is_taken_and_one_that_is_sent_again_has_the_same_key() -> None:
    house = House()
    here = texts(house)
    codes = [here.take(request(cseq=cseq)).code for cseq in (1, 1, 2)]
    assert codes == [202, 202, 202]
    first, again, other = house.taken
    assert (first.body, first.called, first.caller.extension) == (WORDS, "102", "101")
    assert first.key == again.key != other.key


async def test_what_the_house_does_not_take_is_not_handed_over() -> None:
    house = House(403)
    assert texts(house).take(request()).code == 403
    assert not house.taken
    assert texts(None).take(request()).code == PASS


async def test_who_writes_too_much_is_told_to_wait() -> None:
    house = House()
    here = texts(house)
    codes = [here.take(request(cseq=cseq)).code for cseq in range(1, 40)]
    assert codes[0] == 202
    assert codes[-1] == 503
    assert len(house.taken) <= 25


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (("Content-Type: text/html",), 415),
        (("Content-Type: application/im-iscomposing+xml",), 415),
        (("Content-Type: text/plain;charset=iso-8859-2",), 415),
        (("Content-Type: text/plain", "Content-Encoding: gzip"), 415),
        (("Subject: no type",), 415),
    ],
)
def test_only_plain_text_is_taken(fields: tuple[str, ...], code: int) -> None:
    with pytest.raises(Unread) as unread:
        body_of(request(WORDS, *fields))
    assert unread.value.answer.code == code
    assert unread.value.answer.fields == (("Accept", "text/plain"),)


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", 400), (b" \r\n ", 400), (b"\xff\xfe", 400), (b"x" * (LARGEST + 1), 413)],
)
def test_what_has_no_words_or_too_many_is_refused(body: bytes, code: int) -> None:
    with pytest.raises(Unread) as unread:
        body_of(request(body))
    assert unread.value.answer.code == code


def test_words_end_with_the_body_and_steer_nothing() -> None:
    assert body_of(request("two\r\nlines\x1b[2J", 'Content-Type: Text/Plain; charset="utf-8"')) == (
        "two  lines [2J"
    )


@given(st.binary(max_size=200), st.text(st.characters(codec="ascii"), max_size=60))
def test_whatever_comes_is_words_or_is_refused(body: bytes, field: str) -> None:
    with contextlib.suppress(Unread):
        assert body_of(request(body)).isprintable()
    with contextlib.suppress(Unread):
        body_of(request(body, f"Content-Type: {cleaned(field)}"))


async def test_a_text_goes_to_each_phone_of_an_account() -> None:
    house, wire = House(), Wire()
    here = texts(house, wire, "sip:102@10.0.0.7:5060", "sip:102@10.0.0.8:5060")
    assert house.send is not None
    sending = asyncio.ensure_future(house.send("102-1", "101", 'Anna "A" Nowak', WORDS))
    while len(wire.sent) < 2:
        await asyncio.sleep(0)
    one, two = wire.sent
    assert {notify.method for notify in wire.sent.values()} == {"MESSAGE"}
    notify = wire.sent[one]
    fields = dict(notify.fields)
    assert (notify.content, notify.body) == ("text/plain", WORDS)
    assert fields["From"].startswith('"Anna \\"A\\" Nowak" <sip:101@192.0.2.1:5060>;tag=')
    assert "Contact" not in fields, "RFC 3428, section 4"
    here.answered(one, 480)
    here.answered(two, 200)
    assert await sending


async def test_a_text_that_reaches_no_phone_is_told_so() -> None:
    house, wire = House(), Wire()
    texts(house, wire)
    assert house.send is not None
    assert not await house.send("102-1", "101", "Anna", WORDS)
    wire.broken = True
    texts(house, wire, "sip:102@10.0.0.7:5060")
    assert not await house.send("102-1", "101", "Anna", WORDS)
