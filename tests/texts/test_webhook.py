"""Texts that come by webhook: signed, fresh, small, and each taken once."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from sipagent.errors import SetupError
from sipagent.store.store import Store
from sipagent.texts.incoming import Inbox, Incoming, delete_texts, latest
from sipagent.texts.schema import texts
from sipagent.texts.webhook import LARGEST, PATH, Refused, Webhook, routes, signed

pytestmark = pytest.mark.unit

SECRET, NOW = "tajne", 1_795_000_000
TOLD = {"id": "sms-1", "from": "600 100 101", "to": "+48221000209", "text": "270318 600700700"}


def webhook() -> Webhook:
    return Webhook(SECRET, 300, "PL", lambda: float(NOW))


def read(told: Any, *, at: int = NOW, secret: str = SECRET) -> Incoming:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return webhook().read(str(at), signed(secret.encode(), str(at), body), body)


def test_a_signed_text_is_read() -> None:
    assert read(TOLD) == Incoming("sms-1", "+48600100101", "270318 600700700", "+48221000209")
    assert read({**TOLD, "network": "P4"}).key == "sms-1", "gateways tell more"


@pytest.mark.parametrize("at", [NOW - 301, NOW + 301])
def test_a_signature_holds_for_its_window(at: int) -> None:
    read(TOLD, at=NOW - 299)
    with pytest.raises(Refused, match="within 300 s") as refused:
        read(TOLD, at=at)
    assert refused.value.code == 401


def test_another_secret_body_or_time_is_no_signature() -> None:
    body = json.dumps(TOLD).encode()
    good = signed(SECRET.encode(), str(NOW), body)
    webhook().read(str(NOW), good.upper(), body)
    for timestamp, signature, sent in (
        (str(NOW), signed(b"other", str(NOW), body), body),
        (str(NOW), good, body.replace(b"600700700", b"600700701")),
        (str(NOW + 1), good, body),
        (str(NOW), "", body),
        (str(NOW), "żółć", body),
        ("", good, body),
        ("1e9", good, body),
        ("9" * 40, good, body),
        ("١٢٣", good, body),
    ):
        with pytest.raises(Refused) as refused:
            webhook().read(timestamp, signature, sent)
        assert refused.value.code == 401


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        {},
        {**TOLD, "id": ""},
        {**TOLD, "id": 7},
        {**TOLD, "id": "x" * 201},
        {**TOLD, "text": "x" * 2001},
        {**TOLD, "from": "Bank"},
        {**TOLD, "from": "+48600100101\r\nX: y"},
    ],
)
def test_what_is_no_text_is_refused_with_a_sentence(told: Any) -> None:
    with pytest.raises(Refused) as refused:
        read(told)
    assert refused.value.code == 422
    assert str(refused.value)


@given(st.binary(max_size=300), st.text(max_size=20), st.text(max_size=80))
def test_whatever_comes_is_refused_and_no_fault(body: bytes, at: str, signature: str) -> None:
    with pytest.raises(Refused):
        webhook().read(at, signature, body)
    with pytest.raises(Refused):
        read(body)


# Over HTTP --------------------------------------------------------------------------------------


class Kept:
    """Keeps what it is given, each once."""

    def __init__(self) -> None:
        self.found: list[Incoming] = []
        self.fails = False

    async def __call__(self, text: Incoming) -> bool:
        if self.fails:
            raise SetupError("the disk is full")
        new = text not in self.found
        self.found.append(text)
        return new


@pytest.fixture
def kept() -> Kept:
    return Kept()


def post(kept: Kept, body: bytes, *, client: TestClient | None = None, method: str = "POST") -> int:
    signature = signed(SECRET.encode(), str(NOW), body)
    heads = {"X-Timestamp": str(NOW), "X-Signature": signature}
    client = client or TestClient(routes(webhook(), kept))
    return client.request(method, PATH, content=body, headers=heads).status_code


def test_a_repetition_is_told_so(kept: Kept) -> None:
    client, body = TestClient(routes(webhook(), kept)), json.dumps(TOLD).encode()
    assert [post(kept, body, client=client) for _ in range(2)] == [202, 200]


def test_a_body_is_read_no_further_than_it_may_be_long(kept: Kept) -> None:
    assert post(kept, b"x" * (LARGEST + 1)) == 413
    assert not kept.found


def test_a_gateway_is_asked_to_bring_again_what_cannot_be_kept(kept: Kept) -> None:
    kept.fails = True
    assert post(kept, json.dumps(TOLD).encode()) == 503


def test_there_is_nothing_else(kept: Kept) -> None:
    client = TestClient(routes(webhook(), kept))
    assert post(kept, b"", client=client, method="GET") == 405
    assert [client.get(path).status_code for path in ("/", "/metrics", "/status")] == [404] * 3


def test_a_flood_of_strangers_fills_no_log_and_keeps_no_gateway_out(kept: Kept) -> None:
    client = TestClient(routes(webhook(), kept))
    with structlog.testing.capture_logs() as logs:
        codes = {client.post(PATH, content=b"").status_code for _ in range(60)}
    assert codes == {401}
    assert len(logs) < 40
    assert post(kept, json.dumps(TOLD).encode(), client=client) == 202


# On disk ----------------------------------------------------------------------------------------


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path / "line.db", [texts]) as opened:
        yield opened


class Reader:
    """Deals with texts, or fails at some."""

    def __init__(self, count: int) -> None:
        self.seen: list[str] = []
        self.all = asyncio.Event()
        self._count = count

    async def __call__(self, text: Incoming) -> None:
        self.seen.append(text.key)
        if len(self.seen) == self._count:
            self.all.set()
        if text.body == "fault":
            raise RuntimeError("a mistake")


async def test_each_text_is_dealt_with_once_whatever_comes_twice(store: Store) -> None:
    """The same text-message webhook twice makes one call; a fault in one text stops no other."""
    inbox, reader = Inbox(store), Reader(2)
    one, two = Incoming("a", "+48600100101", "fault"), Incoming("b", "+48600100101", "x")
    assert [await inbox.put(text) for text in (one, one, two, two)] == [True, False, True, False]
    inbox.start(reader)
    await reader.all.wait()
    await inbox.stop()
    again, late = Inbox(store), Reader(1)
    assert not await again.put(two)
    await again.put(Incoming("c", "+48600100101", "y"))
    again.start(late)
    await late.all.wait()
    await again.stop()
    assert (reader.seen, late.seen) == (["a", "b"], ["c"])


async def test_words_are_forgotten_once_somebody_has_dealt_with_them(store: Store) -> None:
    inbox, reader = Inbox(store), Reader(1)
    await inbox.put(Incoming("a", "+48600100101", "270318 221000300"))
    inbox.start(reader)
    await reader.all.wait()
    await inbox.stop()
    kept = await store.read(lambda db: list(db.query("SELECT body, done FROM incoming_texts")))
    assert [one["body"] for one in kept] == [""]
    (came,) = await store.read(lambda db: latest(db, 10))
    assert (came.sender, came.done) == ("+48600100101", kept[0]["done"])


async def test_texts_are_not_kept_for_ever(store: Store) -> None:
    then = datetime(2026, 11, 26, tzinfo=UTC)
    inbox, reader = Inbox(store, lambda: then), Reader(1)
    await inbox.put(Incoming("a", "+48600100101", "x"))
    later = then + timedelta(days=1)
    assert await store.write(lambda db: delete_texts(db, later, 10)) == 0, "nobody has read it"
    inbox.start(reader)
    await reader.all.wait()
    await inbox.put(Incoming("b", "+48600100101", "x"))
    while await store.write(lambda db: delete_texts(db, later, None)) == 0:
        await asyncio.sleep(0.01)
    await inbox.stop()
