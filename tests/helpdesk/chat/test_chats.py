"""Chats: who is next, what is said once, how they end, and what becomes of them."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlite_utils
from hypothesis import given, settings
from hypothesis import strategies as st

from sipagent.config import Config
from sipagent.config_helpdesk import ChatSection
from sipagent.helpdesk.chat.agents import Agents
from sipagent.helpdesk.chat.answers import ShortAnswers, Wrong
from sipagent.helpdesk.chat.chats import Chats
from sipagent.helpdesk.chat.ending import end
from sipagent.helpdesk.chat.expiry import chats_of
from sipagent.helpdesk.chat.history import Sought, figures, found
from sipagent.helpdesk.chat.letters import TEXTS, copy_of
from sipagent.helpdesk.chat.model import Author, Chat, Ending, State
from sipagent.helpdesk.chat.rules import fate
from sipagent.helpdesk.chat.schema import chats
from sipagent.helpdesk.chat.transcript import subject
from sipagent.helpdesk.chat.words import taken
from sipagent.messages.templates import Templates
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.tickets.model import Asker, AskerKind, Way
from sipagent.tickets.schema import tickets
from sipagent.tickets.tickets import Tickets

pytestmark = pytest.mark.unit

T0 = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
JAN = Asker(AskerKind.VISITOR, "", "Jan Łoś", "+48600100101", "jan@example.com")
SETTINGS = ChatSection()


def after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite_utils.Database]:
    with closing(open_database(tmp_path / "a.db", (tickets, chats))) as one:
        yield one


def begun(db: sqlite_utils.Database, token: str = "t", at: float = 0, text: str = "Winda") -> Chat:
    with db.conn:
        return Chats(db).begin(token, JAN, text, after(at), address="192.0.2.1", key="k")


def test_a_browser_has_one_chat_and_a_message_that_is_sent_again_is_the_same(
    db: sqlite_utils.Database,
) -> None:
    room, chat = Chats(db), begun(db)
    assert begun(db).id == chat.id
    with db.conn:
        assert room.say(chat, Author.VISITOR, "", "Halo?", "1", after(1))
        assert not room.say(chat, Author.VISITOR, "", "Halo?", "1", after(2))
        assert room.say(chat, Author.AGENT, "Anna", "Dzień dobry", "1", after(3))
    assert [one.text for one in room.said(chat.id)] == ["Winda", "Halo?", "Dzień dobry"]
    assert room.said(chat.id, room.said(chat.id)[0].id)[0].text == "Halo?"
    assert room.said_since(chat.id, after(5)) == 2
    assert room.read(chat.id, Author.AGENT, 2**62)
    assert not room.read(chat.id, Author.AGENT, 1)
    assert room.find(chat.id).read_agent == room.last_said(chat.id, Author.AGENT)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("btphle"), st.integers(0, 5)), max_size=25))
def test_a_place_never_rises_and_everybody_has_one(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Whatever agents and visitors do: who waits is next in a turn that is kept."""
    path = tmp_path_factory.mktemp("queue") / "a.db"
    with closing(open_database(path, (tickets, chats))) as db:
        room = Chats(db)
        places: dict[int, int] = {}
        for number, (deed, which) in enumerate(steps):
            chat = begun(db, f"{number}") if deed == "b" else None
            known = [one.id for one in room.live()]
            if chat is None and known:
                one = known[which % len(known)]
                match deed:
                    case "t":
                        room.take(one, "anna", "Anna", T0)
                    case "p" if room.put_back(one, "anna", T0):
                        places.pop(one, None)
                    case "h":
                        room.hand_over(one, "anna", "ewa", "Ewa", T0)
                    case "l":
                        end(db, one, Ending.LEFT, T0, UTC)
                    case "e":
                        end(db, one, Ending.AGENT, T0, UTC)
            waiting = [room.find(one) for one in room.waiting()]
            now = {one.id: room.place(one) for one in waiting}
            assert sorted(now.values()) == list(range(1, len(now) + 1))
            assert all(place <= places.get(one, place) for one, place in now.items())
            places = now


def test_two_agents_never_have_the_same_chat(db: sqlite_utils.Database) -> None:
    room, chat = Chats(db), begun(db)
    assert room.take(chat.id, "anna", "Anna", after(5))
    assert not room.take(chat.id, "ewa", "Ewa", after(6))
    assert not room.hand_over(chat.id, "ewa", "ola", "Ola", after(6))
    assert room.hand_over(chat.id, "anna", "ewa", "Ewa", after(7))
    assert not room.put_back(chat.id, "anna", after(8))
    assert not room.take(chat.id, "anna", "Anna", after(8), ["anna", "ewa"])
    assert room.take(chat.id, "anna", "Anna", after(8), ["anna"]), "Ewa has gone"
    assert room.hand_over(chat.id, "anna", "ewa", "Ewa", after(8))
    assert room.put_back(chat.id, "ewa", after(8))
    back = room.find(chat.id)
    assert (back.state, back.agent, back.taken) == (State.WAITING, "", after(5))
    notes = [one.text for one in room.said(chat.id) if one.author is Author.HOUSE]
    assert notes == ["taken", "handed-over", "taken", "handed-over", "put-back"]


def test_who_was_not_answered_gets_one_ticket_with_what_was_said(
    db: sqlite_utils.Database,
) -> None:
    room, chat = Chats(db), begun(db, text="Winda stoi\nod rana")
    with db.conn:
        room.say(chat, Author.VISITOR, "", "Halo?", "1", after(60))
        assert end(db, chat.id, Ending.LEFT, after(200), UTC)
        assert not end(db, chat.id, Ending.UNANSWERED, after(201), UTC)
        assert not room.say(chat, Author.VISITOR, "", "Jeszcze", "2", after(202))
    over = room.find(chat.id)
    assert over.state is State.TICKET
    assert over.ticket is not None
    ticket = Tickets(db).find(over.ticket)
    assert (ticket.way, ticket.subject, ticket.asker) == (Way.CHAT, "Winda stoi", JAN)
    (entry,) = Tickets(db).thread(over.ticket)
    assert entry.text == "12:00 Jan Łoś:\nWinda stoi\nod rana\n\n12:01 Jan Łoś:\nHalo?"
    assert db.execute("SELECT count(*) FROM tickets").fetchone() == (1,)
    assert subject([]) == ""
    assert len(subject(room.said(begun(db, "long", text="x" * 300).id))) == 80


def test_a_chat_that_ends_well_becomes_no_ticket(db: sqlite_utils.Database) -> None:
    room, chat = Chats(db), begun(db)
    with db.conn:
        room.take(chat.id, "anna", "Anna", after(10))
        room.say(chat, Author.AGENT, "Anna", "Naprawiona.", "1", after(30))
        end(db, chat.id, Ending.AGENT, after(90), UTC)
    over = room.find(chat.id)
    assert (over.state, over.ticket, over.answered) == (State.ENDED, None, after(30))
    assert db.execute("SELECT count(*) FROM tickets").fetchone() == (0,)


def test_when_a_chat_ends_by_itself(db: sqlite_utils.Database) -> None:
    room, chat = Chats(db), begun(db)

    def how(seconds: float, *, is_open: bool = True, since: datetime = T0) -> Ending | None:
        one = room.find(chat.id)
        return fate(one, after(seconds), SETTINGS, is_open=is_open, since=since)

    assert how(10) is None
    assert how(10, is_open=False) is Ending.CLOSED
    assert how(SETTINGS.absence) is None, "a window without scripts says nothing by itself"
    assert how(SETTINGS.wait) is Ending.UNANSWERED
    with db.conn:
        room.seen([chat.id], after(1))
    assert how(SETTINGS.absence) is None
    assert how(SETTINGS.absence + 1) is Ending.LEFT
    assert how(SETTINGS.absence + 1, since=after(60)) is None, "no window was seen closed before"
    with db.conn:
        room.take(chat.id, "anna", "Anna", after(10))
    assert how(10, is_open=False) is None, "who talks goes on"
    assert how(SETTINGS.absence + 1) is Ending.LEFT, "taken is not answered"
    with db.conn:
        room.say(chat, Author.AGENT, "Anna", "Dzień dobry", "1", after(20))
    assert how(3600) is Ending.PARTED
    with db.conn:
        room.say(chat, Author.VISITOR, "", "A kiedy?", "2", after(100))
    assert how(100 + SETTINGS.absence) is None, "the agent sees that the window is closed"
    assert how(100 + SETTINGS.wait) is Ending.UNANSWERED


def test_who_is_there(db: sqlite_utils.Database) -> None:
    agents = Agents(db)
    with db.conn:
        agents.seen(["anna", "ewa"], T0)
        agents.be("ewa", after(1), away=True)
    assert agents.there(after(20)) == ["anna"]
    assert agents.away("ewa")
    assert not agents.away("nobody")
    with db.conn:
        agents.be("ewa", after(25), away=False)
    assert agents.there(after(40)) == ["ewa"], "whose desk is closed is not there"


def test_short_answers(db: sqlite_utils.Database) -> None:
    short = ShortAnswers(db)
    with db.conn:
        short.keep("", "Powitanie", "Dzień dobry, {name}!")
        short.keep("anna", "Winda", "Winda rusza jutro. {agent}")
    mine, everybodys = short.of("anna")
    assert mine.filled({"agent": "Anna"}) == "Winda rusza jutro. Anna"
    assert everybodys.filled({"name": "{agent}"}) == "Dzień dobry, {agent}!"
    assert [one.title for one in short.of("ewa")] == ["Powitanie"]
    for title, text, why in (("", "x", "empty"), ("a", "{no}", "name"), ("Winda", "x", "taken")):
        with pytest.raises(Wrong) as error:
            short.keep("anna", title, text)
        assert error.value.key == f"answer.wrong-{why}"
    with db.conn:
        short.keep("anna", "Winda", "Inaczej", mine.id)
        short.remove("anna", everybodys.id)
    assert [one.text for one in short.of("anna")] == ["Inaczej", "Dzień dobry, {name}!"]


def test_history_is_searched_and_counted_and_forgotten(db: sqlite_utils.Database) -> None:
    room = Chats(db)
    for number, text in enumerate(("Zepsuta winda w klatce", "Saldo", "Pożółkłe ściany")):
        chat = begun(db, str(number), at=number, text=text)
        with db.conn:
            if number == 0:
                room.take(chat.id, "anna", "Anna", after(10))
                room.say(chat, Author.AGENT, "Anna", "Naprawimy", "1", after(30))
            end(db, chat.id, Ending.AGENT if number == 0 else Ending.LEFT, after(90), UTC)
    begun(db, "live", text="winda")

    def texts(**sought: str) -> list[str]:
        return [room.said(one.id)[0].text for one in found(db, Sought(**sought), 10)]

    assert texts() == ["Pożółkłe ściany", "Saldo", "Zepsuta winda w klatce"]
    assert texts(words="windy") == ["Zepsuta winda w klatce"]
    assert texts(words="naprawi") == ["Zepsuta winda w klatce"]
    assert texts(words="pozolkle sciana") == ["Pożółkłe ściany"]
    assert texts(words='"); DROP') == []
    assert texts(who="łoś", agent="anna", ending="agent") == ["Zepsuta winda w klatce"]
    assert texts(since=after(1).isoformat(timespec="milliseconds")) == ["Pożółkłe ściany", "Saldo"]
    assert len(found(db, Sought(), 1, before=3)) == 1
    sums = figures(db, Sought())
    assert (sums.chats, sums.answered, sums.tickets) == (3, 1, 2)
    assert sums.first_answer == pytest.approx(30, abs=0.1)
    assert sums.length == pytest.approx(90, abs=0.1)

    old = chats_of(Config())
    assert list(old.delete(Single(db), after(91), True)) == [3]
    assert sum(old.delete(Single(db), after(91), False)) == 3
    assert db.execute("SELECT count(*) FROM chat_messages").fetchone() == (1,)
    assert db.execute("SELECT count(*) FROM chat_words").fetchone() == (1,)


@pytest.mark.parametrize("language", ["pl", "en"])
def test_a_copy_has_all_that_was_said(db: sqlite_utils.Database, language: str) -> None:
    room, chat = Chats(db), begun(db, text="<b>Winda</b>")
    with db.conn:
        db.execute("UPDATE chats SET language = ?", [language])
        end(db, chat.id, Ending.LEFT, after(90), UTC)
        assert room.copied(chat.id)
        assert not room.copied(chat.id)
    over = room.find(chat.id)
    message = copy_of(Templates([TEXTS]), over, room.said(chat.id), UTC)
    assert message.to == "jan@example.com"
    assert "<b>Winda</b>" in message.text
    assert "&lt;b&gt;Winda&lt;/b&gt;" in message.html
    assert str(over.ticket) in message.text


def test_what_is_typed_is_taken_without_what_cannot_be_seen() -> None:
    assert taken("  a\r\nb\x00\u202ec \n\n") == "a\nb  c"
    assert len(taken("x" * 9000)) == 4000
