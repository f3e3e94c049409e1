"""The chat: visitors and agents, what each of them sees, what is taken once, who may do what."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils
from httpx2 import Response

from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.helpdesk.chat.agents import Agents
from sipagent.helpdesk.chat.chats import Chats, named_files
from sipagent.helpdesk.chat.model import Chat, Ending, State
from sipagent.panel import people
from sipagent.panel.guard import Guard
from sipagent.panel.permissions import Role
from sipagent.tickets.tickets import Tickets
from tests.panel.browsing import Browser, Panel, opened
from tests.patience import PATIENCE
from tests.tickets.files import picture

pytestmark = pytest.mark.unit

HOSTILE = "<script>alert(1)</script>\u202e"
ASKS = {"name": "Jan Łoś", "phone": "600 100 101", "email": "", "question": "Winda stoi?"}


@contextmanager
def desk(folder: Path, **chat: int) -> Iterator[tuple[Panel, Browser]]:
    """Open a panel whose support is always open, and the desk of Anna, who is 101."""

    def fill(db: sqlite_utils.Database) -> None:
        for name, number in (("Anna", "101"), ("Ewa", "102")):
            editing.add(db, "users", {"name": name, "number": number})

    with opened(folder, fill, helpdesk={"hours": "", "chat": chat}) as panel:
        for name, number in (("anna", "101"), ("ewa", "102")):
            panel.add(name, Role.USER, user=number, language="en")
            panel.store.blocking.write(lambda db, one=name: people.mark(db, one, agent=True))  # type: ignore[misc]
        anna = panel.browser()
        anna.log_in("anna")
        anna.get("/helpdesk/chats")
        yield panel, anna


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[tuple[Panel, Browser]]:
    """Open one for tests that listen to its events."""
    with desk(tmp_path) as both:
        yield both


def ask(panel: Panel, key: str = "k", **fields: str) -> Browser:
    visitor = panel.browser()
    visitor.get("/chat")
    visitor.post("/chat/begin", **{**ASKS, "key": key, **fields})
    return visitor


def chats(panel: Panel) -> list[Chat]:
    return panel.store.blocking.read(lambda db: Chats(db)._select("1 ORDER BY id", []))


def texts(panel: Panel, chat: int) -> list[str]:
    said = panel.store.blocking.read(lambda db: Chats(db).said(chat))
    return [one.text for one in said if one.author != "house"]


def test_a_visitor_waits_is_answered_and_ends_well(tmp_path: Path) -> None:
    with desk(tmp_path) as (panel, anna):
        first, second = ask(panel), ask(panel, name="Ewa Nowak", question=HOSTILE)
        assert "Your place in the queue: 1." in first.get("/chat").text
        page = second.get("/chat").text
        assert "Your place in the queue: 2." in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert" not in page
        page = anna.get("/helpdesk/chats").text
        assert page.index("Jan Łoś") < page.index("Ewa Nowak"), "who waits longest is first"
        one, two = (chat.id for chat in chats(panel))
        assert "Chat with Jan" in anna.post(f"/helpdesk/chats/{one}/take").text
        assert "Your place in the queue: 1." in second.get("/chat").text
        assert "Anna has taken the chat." in first.get("/chat").text

        anna.get(f"/helpdesk/chats/{one}")
        anna.post(f"/helpdesk/chats/{one}/say", text="Dzień dobry!", key="1")
        page = first.get("/chat").text
        assert "Dzień dobry!" in page
        assert "I will not wait" not in page, "it was answered"
        assert "Read" in page, "the agent has had the question on the screen"
        assert "Read" not in anna.get(f"/helpdesk/chats/{one}").text
        first.get("/chat")
        first.post("/chat/read", upto=str(10**6))
        assert "Read" in anna.get(f"/helpdesk/chats/{one}").text
        first.get("/chat")
        first.post("/chat/say", text="Dziękuję", key="2")
        assert "The chat is over" in first.post("/chat/end", deed="end").text
        done, _ = chats(panel)
        assert (done.state, done.ending, done.ticket) == (State.ENDED, Ending.VISITOR, None)
        assert texts(panel, one) == ["Winda stoi?", "Dzień dobry!", "Dziękuję"]
        assert "refused" not in first.get("/chat?new").text
        assert 'name="question"' in first.get("/chat?new").text
        past = anna.get("/helpdesk/chats/history?words=windy&who=łoś").text
        assert "ended by the visitor" in past
        assert "There are no such chats" in anna.get("/helpdesk/chats/history?words=saldo").text
        assert "Winda stoi?" in anna.get(f"/helpdesk/chats/{one}").text
        assert two


def test_what_is_sent_twice_is_taken_once(tmp_path: Path) -> None:
    with desk(tmp_path) as (panel, _):
        visitor = ask(panel, key="same")
        visitor.get("/chat")
        visitor.post("/chat/begin", **ASKS, key="same")
        visitor.post("/chat/begin", **{**ASKS, "question": "I jeszcze to"}, key="other")
        for _ in range(2):
            visitor.post("/chat/say", text="Halo?", key="1")
        script = {"hx-request": "true", "origin": visitor.origin}
        fields = {"token": visitor.token, "text": "Jest tam kto?", "key": "2"}
        for _ in range(2):
            answer = visitor.client.post("/chat/say", data=fields, headers=script)
            assert answer.status_code == 204
        visitor.post("/chat/say", text="Coś innego", key="1")
        (chat,) = chats(panel)
        assert texts(panel, chat.id) == [
            *("Winda stoi?", "I jeszcze to", "Halo?", "Jest tam kto?", "Coś innego")
        ]
        again = panel.browser()
        again.client.cookies.update(visitor.client.cookies)
        assert "Jest tam kto?" in again.get("/chat").text, "another window has the same chat"
        news = again.client.get("/chat/news?after=0").json()
        assert news["said"].count("<article") == 5
        assert news["live"]
        assert chats(panel)[0].scripted
        stranger = panel.browser()
        assert stranger.client.get("/chat/news").status_code == 404


def test_nobody_is_there_and_it_becomes_one_ticket(tmp_path: Path) -> None:
    with desk(tmp_path) as (panel, anna):
        anna.get("/helpdesk/chats")
        anna.post("/helpdesk/chats/away", away="1")
        visitor = panel.browser()
        assert "Nobody is at the chat now" in visitor.get("/chat").text
        for _ in range(2):
            page = visitor.post("/chat/begin", **{**ASKS, "email": "jan@example.com"}, key="k")
        (chat,) = chats(panel)
        assert (chat.state, chat.ending) == (State.TICKET, Ending.NOBODY)
        assert f"The number of your request: {chat.ticket}" in page.text
        assert "We will answer to jan@example.com" in page.text
        anna.get("/helpdesk/chats")
        anna.post("/helpdesk/chats/away", away="0")
        assert "We are here" in panel.browser().get("/chat").text


def test_support_that_is_closed_says_so_and_takes_a_ticket(tmp_path: Path) -> None:
    with opened(tmp_path, helpdesk={"hours": "mon 00:00-00:01"}) as panel:
        panel.store.blocking.write(lambda db: Agents(db).seen(["anna"], datetime.now(UTC)))
        visitor = panel.browser()
        assert "The chat is closed now" in visitor.get("/chat").text
        page = visitor.post("/chat/begin", **ASKS, key="k").text
        assert "We may also call +48600100101" in page
        assert chats(panel)[0].ending is Ending.CLOSED


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", " \u202e ", "Please type your name"),
        ("phone", "12", "no telephone number that we can call"),
        ("phone", "701 123 456", "no telephone number that we can call"),
        ("email", "jan@", "no e-mail address"),
        ("question", "\x00", "Please type your question"),
    ],
)
def test_what_was_mistyped_is_said_and_stays(
    panel: Panel, field: str, value: str, says: str
) -> None:
    visitor = panel.browser()
    visitor.get("/chat")
    page = visitor.post("/chat/begin", **{**ASKS, field: value}, key="k")
    assert page.status_code == 422
    assert says in page.text
    assert "Winda stoi?" in page.text or field == "question"
    assert chats(panel) == []


def test_an_address_begins_so_many_and_a_visitor_says_so_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.panel.pages.chat._MOST_SAID", 3)
    with desk(tmp_path, per_address=2) as (panel, anna):
        visitor = ask(panel)
        ask(panel)
        visitor.get("/chat")
        for number in range(4):
            page = visitor.post("/chat/say", text="x", key=str(number))
        assert page.status_code == 429
        assert "Too many messages at once" in page.text
        third = panel.browser()
        third.get("/chat")
        assert third.post("/chat/begin", **ASKS, key="k").status_code == 429
        assert 'value="Anna"' in anna.get("/chat").text, "who is in is known"
        assert anna.post("/chat/begin", **ASKS, key="k").status_code == 200
        assert [one.visitor.ref for one in chats(panel)] == ["", "", "anna"]


def test_many_addresses_of_one_network_begin_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk(tmp_path, per_address=1) as (panel, _):
        pages = []
        for one in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"):
            monkeypatch.setattr(Guard, "address", lambda guard, request, one=one: one)
            visitor = panel.browser()
            visitor.get("/chat")
            pages.append(visitor.post("/chat/begin", **ASKS, key="k").status_code)
        assert pages == [200, 429, 200]


def test_a_copy_is_sent_once_of_what_an_agent_has_answered(tmp_path: Path) -> None:
    """Else anybody could have us write anything to any address."""

    def sent() -> list[tuple[str]]:
        return panel.store.blocking.read(
            lambda db: db.execute("SELECT recipient FROM outbox").fetchall()
        )

    with desk(tmp_path) as (panel, anna):
        visitor = ask(panel, email="jan@example.com")
        assert "/chat/copy" not in visitor.post("/chat/end", deed="later").text
        assert visitor.post("/chat/copy").status_code == 404
        assert sent() == []
        visitor = ask(panel, email="jan@example.com")
        chat = chats(panel)[-1].id
        anna.post(f"/helpdesk/chats/{chat}/take")
        anna.post(f"/helpdesk/chats/{chat}/say", text="Dzień dobry!", key="1")
        visitor.post("/chat/end", deed="end")
        for _ in range(2):
            page = visitor.post("/chat/copy")
        assert "on its way to jan@example.com" in page.text
        assert sent() == [("jan@example.com",)]


def test_agents_hand_over_return_and_end(tmp_path: Path) -> None:
    with desk(tmp_path) as (panel, anna):
        visitor = ask(panel)
        (chat,) = (f"/helpdesk/chats/{one.id}" for one in chats(panel))
        ewa = panel.browser()
        ewa.log_in("ewa")
        anna.post(f"{chat}/take")
        assert ewa.get("/helpdesk/chats").status_code == 200
        for deed in ("say", "put-back", "hand-over", "end", "call", "read", "types"):
            assert ewa.post(f"{chat}/{deed}", text="x", to="ewa").status_code == 404
        assert ewa.post(f"{chat}/take").status_code == 404
        anna.get(chat)
        assert anna.post(f"{chat}/hand-over", to="nobody").status_code == 404
        anna.get(chat)
        anna.post(f"{chat}/hand-over", to="ewa")
        assert chats(panel)[0].agent == "ewa"
        ewa.get(chat)
        ewa.post(f"{chat}/put-back")
        assert chats(panel)[0].state is State.WAITING
        anna.get(chat)
        anna.post(f"{chat}/take")
        anna.get(chat)
        anna.post(f"{chat}/end", deed="ticket")
        (over,) = chats(panel)
        assert over.ending is Ending.MADE
        assert f"Ticket no. {over.ticket}" in anna.get(chat).text
        assert anna.get("/helpdesk/chats/99").status_code == 404

        # What is said from now on is said about the ticket, by both.
        visitor.get("/chat")
        for _ in range(2):
            page = visitor.post("/chat/say", text="Jeszcze jedno", key="9")
        assert page.text.count("Jeszcze jedno") == 1
        number = over.ticket or 0
        panel.store.blocking.write(lambda db: Tickets(db).note(number, "ewa", "Nie wierzę"))
        panel.store.blocking.write(lambda db: Tickets(db).answer(number, "ewa", "Już jedzie"))
        page = visitor.get("/chat")
        assert "Już jedzie" in page.text
        assert "Nie wierzę" not in page.text
        panel.store.blocking.write(lambda db: Tickets(db).delete(Tickets(db).find(number).id))
        page = visitor.post("/chat/say", text="Halo?", key="10")
        assert page.status_code == 409
        assert "Halo?" in page.text


def test_files_come_once_somebody_talks_and_go_into_the_ticket(tmp_path: Path) -> None:
    def send(browser: Browser, path: str, name: str, content: bytes) -> Response:
        return browser.client.post(
            path,
            data={"token": browser.token, "key": "f"},
            files=[("files", (name, content, "application/octet-stream"))],
            headers={"origin": browser.origin},
        )

    with desk(tmp_path) as (panel, anna):
        visitor, other = ask(panel), ask(panel)
        one, _ = (f"/helpdesk/chats/{chat.id}" for chat in chats(panel))
        visitor.get("/chat")
        assert send(visitor, "/chat/files", "winda.png", picture()).status_code == 429
        anna.post(f"{one}/take")
        page = send(visitor, "/chat/files", "winda.exe", b"MZ")
        assert page.status_code == 422
        assert "winda.exe" in page.text
        for _ in range(2):
            page = send(visitor, "/chat/files", "winda.png", picture())
        assert page.text.count('href="/chat/files/') == 1
        anna.get(one)
        page = send(anna, f"{one}/files", "plan.txt", b"Plan")
        assert f'src="{one}/files/1/small"' in page.text
        assert visitor.client.get("/chat/files/1/small").headers["content-type"] == "image/webp"
        given = visitor.client.get("/chat/files/2")
        assert (given.content, given.headers["content-disposition"][:10]) == (b"Plan", "attachment")
        assert anna.client.get(f"{one}/files/1").status_code == 200
        assert other.client.get("/chat/files/1").status_code == 404
        anna.get(one)
        anna.post(f"{one}/end", deed="ticket")
        number = chats(panel)[0].ticket or 0
        (entry,) = panel.store.blocking.read(lambda db: Tickets(db).thread(number))
        assert [file.name for file in entry.files] == ["winda.png", "plan.txt"]
        assert len(panel.store.blocking.read(named_files)) == 2
        assert send(visitor, "/chat/files", "winda.png", picture()).status_code == 429


def test_what_comes_too_late_is_given_back(tmp_path: Path) -> None:
    with desk(tmp_path) as (panel, anna):
        visitor = ask(panel)
        (chat,) = (f"/helpdesk/chats/{one.id}" for one in chats(panel))
        anna.post(f"{chat}/take")
        anna.get(chat)
        anna.post(f"{chat}/end", deed="end")
        visitor.get("/chat")
        page = visitor.post("/chat/say", text="Jeszcze jedno", key="9")
        assert page.status_code == 409
        assert "Jeszcze jedno" in page.text


def test_an_agent_calls_the_visitor(tmp_path: Path) -> None:
    with desk(tmp_path) as (panel, anna):
        ask(panel)
        (chat,) = (f"/helpdesk/chats/{one.id}" for one in chats(panel))
        anna.post(f"{chat}/take")
        panel.line.answers["calls.order"] = 7
        anna.get(chat)
        assert "Your telephone will ring first" in anna.post(f"{chat}/call").text
        wanted = {"first": "101", "second": "+48600100101"}
        assert panel.line.asked == [("calls.order", wanted)]

        def refuses(**wanted: object) -> None:
            raise DataError("no calls to mobiles")

        panel.line.answers["calls.order"] = refuses
        page = anna.post(f"{chat}/call")
        assert page.status_code == 409
        assert "no calls to mobiles" in page.text


def test_short_answers_are_kept_and_offered(tmp_path: Path) -> None:
    with desk(tmp_path) as (panel, anna):
        panel.add("adm", language="en")
        adm = panel.browser()
        adm.log_in("adm")
        place = "/helpdesk/chats/answers"
        adm.get(place)
        adm.post(place, title="Powitanie", text="Dzień dobry, {name}!", shared="1")
        anna.get(place)
        page = anna.post(place, title="Winda", text="{oops}", shared="1")
        assert page.status_code == 422
        assert "Between braces" in page.text
        anna.post(place, title="Winda", text="Winda rusza jutro.", shared="1")
        ask(panel, name=HOSTILE)
        (chat,) = (f"/helpdesk/chats/{one.id}" for one in chats(panel))
        anna.post(f"{chat}/take")
        shown = anna.get(chat).text
        assert 'value="Dzień dobry, &lt;script&gt;alert(1)&lt;/script&gt;!"' in shown
        assert "Winda rusza jutro." in shown
        assert "Winda rusza" not in adm.get(place).text, "it is Anna's own"
        anna.get(place)
        anna.post(place, id="1", remove="1")
        anna.post(place, id="2", remove="1")
        shown = anna.get(place).text
        assert "Powitanie" in shown
        assert "Winda" not in shown


@pytest.mark.parametrize("path", ["", "/events", "/part", "/1", "/answers", "/history"])
def test_a_user_who_is_no_agent_sees_no_chats(tmp_path: Path, path: str) -> None:
    with desk(tmp_path) as (panel, anna):
        panel.store.blocking.write(lambda db: people.mark(db, "anna", agent=False))
        assert anna.get(f"/helpdesk/chats{path}").status_code == 404


# As it goes on


class Heard:
    """What a browser hears of a stream."""

    def __init__(self) -> None:
        self._parts = asyncio.Queue[str]()
        self.over = False

    async def send(self, message: MutableMapping[str, Any]) -> None:
        body = message.get("body", b"").decode()
        if body:
            self._parts.put_nowait(body)

    async def next(self, kind: str) -> tuple[str, str]:
        """Return id and data of the next event of a kind."""
        async with asyncio.timeout(PATIENCE):
            while True:
                fields = dict(
                    line.partition(": ")[::2] for line in (await self._parts.get()).splitlines()
                )
                if fields.get("event", "message" if "data" in fields else "") == kind:
                    return fields.get("id", ""), fields.get("data", "")

    async def news(self) -> tuple[str, dict[str, Any]]:
        """Return id and news of the next message."""
        number, data = await self.next("message")
        return number, json.loads(data)


@asynccontextmanager
async def hearing(
    panel: Panel, browser: Browser, path: str, last: str = ""
) -> AsyncIterator[Heard]:
    """Listen to events with the cookie of a browser."""
    heard = Heard()
    cookie = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
    headers = [(b"host", b"127.0.0.1:9466"), (b"cookie", cookie.encode())]
    headers += [(b"accept-language", b"en")] + [(b"last-event-id", last.encode())] * bool(last)
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers,
        "asgi": {"spec_version": "2.4"}, "client": ("testclient", 50000),
    }  # fmt: skip

    async def stays() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError("nobody leaves")

    async def listens() -> None:
        await panel.application.app(scope, stays, heard.send)
        heard.over = True

    listening = asyncio.create_task(listens())
    try:
        yield heard
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_both_sides_hear_of_each_other_at_once(open_desk: tuple[Panel, Browser]) -> None:
    panel, anna = open_desk
    house = panel.house.chats
    house.start()
    visitor = await asyncio.to_thread(ask, panel)
    (chat,) = chats(panel)
    post, place = asyncio.to_thread, f"/helpdesk/chats/{chat.id}"
    async with hearing(panel, visitor, "/chat/events") as theirs:
        _, first = await theirs.news()
        assert "Winda stoi?" in first["said"]
        assert house.open(chat.id)
        async with hearing(panel, anna, "/helpdesk/chats/events") as desk_:
            assert "Jan Łoś" in (await desk_.news())[1]["list"]
            await post(anna.post, f"{place}/take")
            _, news = await theirs.news()
            assert "Anna has taken" in news["said"]
            assert "Winda stoi?" not in news["said"], "what is known is not told again"
            _, mine = await desk_.news()
            assert f'id="chat-{chat.id}"' in mine["chats"][0]["panel"]
            await post(visitor.get, "/chat")
            await post(visitor.post, "/chat/types")
            assert (await desk_.next("types"))[1] == str(chat.id)
            await post(visitor.post, "/chat/say", text="Halo?", key="1")
            while not any("Halo?" in one.get("said", "") for one in mine["chats"]):
                _, mine = await desk_.news()
            await post(anna.get, place)
            await post(anna.post, f"{place}/types")
            await theirs.next("types")
            await post(anna.post, f"{place}/say", text="Już jedzie", key="2")
            while "Już jedzie" not in news["said"]:
                number, news = await theirs.news()
    # A browser that has lost its events is told what it lacks, and nothing twice.
    await post(visitor.post, "/chat/say", text="Dziękuję", key="3")
    async with hearing(panel, visitor, "/chat/events", last=number) as theirs:
        _, news = await theirs.news()
        assert "Dziękuję" in news["said"]
        assert "Już jedzie" not in news["said"]
        await post(visitor.post, "/chat/end", deed="end")
        while news["live"]:
            _, news = await theirs.news()
        async with asyncio.timeout(PATIENCE):
            while not theirs.over:
                await asyncio.sleep(0.01)
    assert not house.open(chat.id)
    await house.stop()


def test_a_window_that_is_closed_becomes_a_ticket_and_one_that_is_open_waits(
    tmp_path: Path,
) -> None:
    with desk(tmp_path) as (panel, _):
        ask(panel)
        ask(panel)
        there, gone = (one.id for one in chats(panel))
        house, now = panel.house.chats, datetime.now(UTC)
        house.look_round(now, [there, gone], ["anna"])
        later = now + timedelta(seconds=100)
        house.look_round(later, [there], ["anna"])
        house.look_round(later, [there], ["anna"])
        assert [one.state for one in chats(panel)] == [State.WAITING, State.TICKET]
        house.look_round(now + timedelta(seconds=301), [there], ["anna"])
        assert [one.ending for one in chats(panel)] == [Ending.UNANSWERED, Ending.LEFT]
        tickets = panel.store.blocking.read(
            lambda db: db.execute("SELECT count(*) FROM tickets").fetchone()
        )
        assert tickets == (2,)


async def test_strangers_take_no_place_of_the_staff(
    open_desk: tuple[Panel, Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.panel.places.OF_ADDRESS", 1)
    panel, anna = open_desk
    visitor = ask(panel)
    async with hearing(panel, visitor, "/chat/events") as theirs:
        await theirs.news()
        refused = await asyncio.to_thread(visitor.client.get, "/chat/events")
        assert refused.status_code == 503
        async with hearing(panel, anna, "/helpdesk/chats/events") as mine:
            await mine.news()
