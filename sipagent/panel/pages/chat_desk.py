"""The chat as agents see it: who waits, several conversations at once, and what is done there."""

import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlite_utils
from starlette.responses import Response

from sipagent.errors import DataError, SetupError
from sipagent.exchange.outward.costs import Cost, cost_of
from sipagent.exchange.reading import load
from sipagent.helpdesk.chat.agents import Agents
from sipagent.helpdesk.chat.answers import ShortAnswer, ShortAnswers
from sipagent.helpdesk.chat.chats import Chats
from sipagent.helpdesk.chat.model import Author, Chat, Ending, State
from sipagent.helpdesk.chat.words import LONGEST, taken
from sipagent.panel import people
from sipagent.panel.chat_news import DESK, Conversation, done, key_of, news, said_in, sent_files
from sipagent.panel.enclosures import given_out, given_small, told
from sipagent.panel.forms import pricing
from sipagent.panel.forms.entries import number_of
from sipagent.panel.live_chats import BREATH, CHATS
from sipagent.panel.own_number import own_user
from sipagent.panel.pages.now import AGAIN, event
from sipagent.panel.people import Person
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Stream, Visit, as_json, missing, moved
from sipagent.threads import FILES
from sipagent.tickets.kinds import ACCEPTED
from sipagent.tickets.unfit import Unfit

#: Seconds between two lists of all chats that a desk is sent; conversations come at once.
_LIST_EVERY = 1.0


def shown_name(agent: Person) -> str:
    """Return the name that visitors see of an agent."""
    return agent.user or agent.name


def _chat(visit: Visit) -> Chat:
    """Return the chat that the path names.

    Raises:
        Refused: there is none.
    """
    try:
        return visit.house.data.read(lambda db: Chats(db).find(number_of(visit.names["chat"])))
    except LookupError:
        raise missing() from None


def _my_chat(visit: Visit) -> Chat:
    """Return the chat that the path names, where who asks has it.

    Raises:
        Refused: they have not, or it is over.
    """
    chat = _chat(visit)
    if chat.state is not State.OPEN or chat.agent != visit.person.name:
        raise missing("refused.not-your-chat")
    return chat


# What is shown


@dataclass
class Desk:
    """All chats as one agent sees them.

    Args:
        chats: those that go on, who waits for an answer longest first.
        there: agents who are there.
        away: whether who looks at it has gone away.
        me: by the name in the panel.
    """

    chats: list[Chat]
    there: list[str]
    away: bool
    me: str

    @classmethod
    def of(cls, visit: Visit) -> "Desk":
        """Read them."""
        me = visit.person.name

        def work(db: sqlite_utils.Database) -> Desk:
            agents = Agents(db)
            return cls(Chats(db).live(), agents.there(datetime.now(UTC)), agents.away(me), me)

        return visit.house.data.read(work)

    @property
    def waiting(self) -> list[Chat]:
        """Those that nobody has."""
        return [one for one in self.chats if one.state is State.WAITING]

    @property
    def mine(self) -> list[Chat]:
        """Those that who looks at it has."""
        return [one for one in self.chats if one.agent == self.me]

    @property
    def others(self) -> list[Chat]:
        """Those of others."""
        return [one for one in self.chats if one.agent not in ("", self.me)]

    @property
    def calls(self) -> int:
        """How many want something of who looks at it."""
        return len(self.waiting) + sum(one.asked is not None for one in self.mine)


def _show(visit: Visit) -> Response:
    visit.house.data.write(lambda db: Agents(db).seen([visit.person.name], visit.now))
    desk = Desk.of(visit)
    panels = [_panel(visit, one) for one in desk.mine]
    return visit.page(
        "helpdesk/chat_desk.html", desk=desk, panels=panels, again=AGAIN, **_words(visit)
    )


def _one(visit: Visit) -> Response:
    """Show one chat, whoever has it; of one's own, that it was read."""
    chat = _chat(visit)
    if chat.agent == visit.person.name:
        visit.house.data.write(lambda db: Chats(db).read(chat.id, Author.AGENT, _ALL))
        visit.house.chats.tell(chat.id)
    return visit.page("helpdesk/chat_one.html", **_panel_values(visit, chat))


def _words(visit: Visit) -> dict[str, Any]:
    return {"me": visit.person.name, "longest": LONGEST}


def _panel_values(visit: Visit, chat: Chat, **more: object) -> dict[str, Any]:
    def work(
        db: sqlite_utils.Database,
    ) -> tuple[Conversation, list[ShortAnswer], list[str], Cost | None]:
        shown = Conversation.of(db, chat, Author.AGENT)
        there = Agents(db).there(datetime.now(UTC))
        exchange, country = load(db).exchange, visit.house.config.line.country
        cost = cost_of(exchange, chat.visitor.phone, country)
        return shown, ShortAnswers(db).of(visit.person.name), there, cost

    shown, answers, there, cost = visit.house.data.read(work)
    named = {
        "name": chat.visitor.name,
        "phone": chat.visitor.phone,
        "agent": shown_name(visit.person),
    }
    return {
        **shown.values(visit),
        **_words(visit),
        "answers": [(one, one.filled(named)) for one in answers],
        "left": chat.state is State.OPEN and chat.agent not in (visit.person.name, *there),
        "colleagues": [one for one in there if one != visit.person.name],
        "key": secrets.token_hex(16),
        "done": visit.query.get("done", ""),
        "cost": "" if cost is None else pricing.sentence(visit.words, cost),
        "trouble": "",
        "wrong": "",
        "accepted": ACCEPTED,
        **more,
    }


def _panel(visit: Visit, chat: Chat) -> str:
    return visit.house.draw("helpdesk/chat_panel.html", visit, **_panel_values(visit, chat))


# Events


@dataclass
class _Sight:
    """What a desk shows: its chats with the latest message of each, and the list."""

    known: dict[int, int] = field(default_factory=dict)
    told: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    list: str = ""


def _look(visit: Visit, sight: _Sight, changed: set[int], with_list: bool) -> dict[str, Any]:
    """Return what is new at a desk, and note that it is shown; blocks."""
    desk = Desk.of(visit)
    mine = {one.id: one for one in desk.mine}
    gone = [chat for chat in sight.known if chat not in mine]
    for chat in gone:
        del sight.known[chat], sight.told[chat]
    found: list[Mapping[str, Any]] = []
    for chat, one in mine.items():
        if chat not in sight.known:
            told, sight.known[chat] = news(visit, chat, Author.AGENT, 0)
            found.append({"chat": chat, "panel": _panel(visit, one)})
        elif chat in changed:
            told, sight.known[chat] = news(visit, chat, Author.AGENT, sight.known[chat])
            if not told["said"] and told == sight.told[chat]:
                continue
            found.append(told)
        else:
            continue
        sight.told[chat] = {**told, "said": ""}
    shown = _list(visit, desk) if with_list else sight.list
    new = {"list": shown, "calls": desk.calls} if shown != sight.list else {}
    sight.list = shown
    return {"chats": found, "gone": gone, **new} if found or gone or new else {}


def _list(visit: Visit, desk: Desk) -> str:
    return visit.house.draw("helpdesk/chat_list.html", visit, desk=desk, **_words(visit))


def _part(visit: Visit) -> Response:
    """Return all that a desk shows, for a browser that has no events."""
    visit.house.data.write(lambda db: Agents(db).seen([visit.person.name], visit.now))
    return as_json(_look(visit, _Sight(), set(), True))


async def _events(visit: Visit) -> AsyncIterator[str]:
    """Yield what is new at a desk; what it shows already is there once more after a loss."""
    live, number, listed = visit.house.chats, int(time.time()), 0.0
    sight = _Sight()
    changed: set[int] = set()
    yield f"retry: {1000 * AGAIN}\n\n"
    with live.desk(visit.person.name), live.hearing() as hearer:
        while True:
            due = time.monotonic() - listed >= _LIST_EVERY
            new = await CHATS.run(_look, visit, sight, changed, due)
            if due:
                listed = time.monotonic()
            if new:
                number += 1
                yield event(json.dumps(new), number)
            more = BREATH if due else listed + _LIST_EVERY - time.monotonic()
            if not await hearer.hears(max(0.0, more)) and due:
                yield "event: breath\ndata:\n\n"
            changed, typed = hearer.taken()
            for chat in typed & sight.known.keys():
                yield f"event: types\ndata: {chat}\n\n"


# What is done


def _away(visit: Visit) -> Response:
    away = visit.form.get("away") == "1"
    visit.house.data.write(lambda db: Agents(db).be(visit.person.name, visit.now, away=away))
    visit.house.chats.tell()
    return moved(DESK)


def _say(visit: Visit) -> Response:
    chat, text = _my_chat(visit), taken(visit.form.get("text", ""))
    key = key_of(visit, text)

    def work(db: sqlite_utils.Database) -> bool:
        chats = Chats(db)
        chats.read(chat.id, Author.AGENT, _ALL)
        return chats.say(chat, Author.AGENT, shown_name(visit.person), text, key, visit.now)

    if text:
        visit.house.data.write(work, durable=True)
        visit.house.chats.tell(chat.id)
    return done(visit, f"{DESK}/{chat.id}#end")


def _send_files(visit: Visit) -> Response:
    chat = _my_chat(visit)
    try:
        sent_files(visit, chat, Author.AGENT, shown_name(visit.person))
    except Unfit as error:
        shown = _panel_values(visit, chat, wrong=told(visit, error))
        return visit.page("helpdesk/chat_one.html", 422, **shown)
    return moved(f"{DESK}/{chat.id}")


def _file(visit: Visit) -> Response:
    return given_out(visit, said_in(visit, _chat(visit)))


def _small(visit: Visit) -> Response:
    return given_small(visit, said_in(visit, _chat(visit)))


def _has_read(visit: Visit) -> Response:
    chat, upto = _my_chat(visit), number_of(visit.form.get("upto", ""))
    if visit.house.data.write(lambda db: Chats(db).read(chat.id, Author.AGENT, upto)):
        visit.house.chats.tell(chat.id)
    return done(visit, f"{DESK}/{chat.id}")


def _types(visit: Visit) -> Response:
    visit.house.chats.types(_my_chat(visit).id, Author.AGENT)
    return done(visit, DESK)


def _changed(visit: Visit, work: Callable[[Chats], bool], deed: str) -> Response:
    """Do something about a chat that others do something about at the same time."""

    def both(db: sqlite_utils.Database) -> tuple[bool, list[int]]:
        chats = Chats(db)
        return work(chats), chats.waiting()

    chat = number_of(visit.names["chat"])
    was_so, waiting = visit.house.data.write(both, durable=True)
    if not was_so:
        raise missing("refused.not-your-chat")
    visit.note(f"chat-{deed}", str(chat))
    visit.house.chats.tell(chat, *waiting)
    return moved(f"{DESK}/{chat}" if deed == "taken" and not _whole(visit) else DESK)


def _whole(visit: Visit) -> bool:
    """Whether something was done on the page of all chats."""
    return visit.form.get("from") == "desk"


def _take(visit: Visit) -> Response:
    """Take a chat that waits, or one whose agent has gone."""
    chat, me, shown = _chat(visit).id, visit.person.name, shown_name(visit.person)
    there = {me, *visit.house.data.read(lambda db: Agents(db).there(visit.now))}
    return _changed(visit, lambda chats: chats.take(chat, me, shown, visit.now, there), "taken")


def _hand_over(visit: Visit) -> Response:
    """Give a chat to a colleague who is there."""
    chat, me, to = _my_chat(visit).id, visit.person.name, visit.form.get("to", "")
    if to not in visit.house.data.read(lambda db: Agents(db).there(visit.now)):
        raise missing("refused.nobody-there")
    colleague = visit.house.data.read(lambda db: people.named(db, to))
    shown = shown_name(colleague)
    return _changed(
        visit, lambda chats: chats.hand_over(chat, me, to, shown, visit.now), "handed-over"
    )


def _put_back(visit: Visit) -> Response:
    chat, me = _my_chat(visit).id, visit.person.name
    return _changed(visit, lambda chats: chats.put_back(chat, me, visit.now), "put-back")


def _end(visit: Visit) -> Response:
    """End one's own chat: well, or as a ticket."""
    chat = _my_chat(visit).id
    ending = Ending.MADE if visit.form.get("deed") == "ticket" else Ending.AGENT
    visit.house.chats.end(chat, ending, visit.now)
    visit.note(f"chat-ended-{ending}", str(chat))
    return moved(f"{DESK}/{chat}")


def _call(visit: Visit) -> Response:
    """Have the line call the agent, and then the visitor for them; its cost stands beside it."""
    chat = _my_chat(visit)
    number = own_user(visit)[0].number
    try:
        order = visit.house.ask("calls.order", first=number, second=chat.visitor.phone)
    except (DataError, SetupError) as error:
        shown = _panel_values(visit, chat, trouble=str(error))
        return visit.page("helpdesk/chat_one.html", 409, **shown)
    visit.note("call-ordered", str(order))
    return moved(f"{DESK}/{chat.id}?done=called")


#: More messages than any chat has.
_ALL = 2**62
_ALLOWED = Permission.CHATS
_ONE = f"{DESK}/{{chat}}"
ROUTES = (
    Route(DESK, _ALLOWED, _show),
    Route(f"{DESK}/part", _ALLOWED, _part),
    Stream(f"{DESK}/events", _ALLOWED, _events),
    Route(f"{DESK}/away", _ALLOWED, _away, "POST"),
    Route(_ONE, _ALLOWED, _one),
    Route(f"{_ONE}/say", _ALLOWED, _say, "POST"),
    Route(
        *(f"{_ONE}/files", _ALLOWED, _send_files, "POST", FILES),
        attachments=True,
        admit=_my_chat,
    ),
    Route(f"{_ONE}/files/{{file}}", _ALLOWED, _file),
    Route(f"{_ONE}/files/{{file}}/small", _ALLOWED, _small),
    Route(f"{_ONE}/read", _ALLOWED, _has_read, "POST"),
    Route(f"{_ONE}/types", _ALLOWED, _types, "POST"),
    Route(f"{_ONE}/take", _ALLOWED, _take, "POST"),
    Route(f"{_ONE}/hand-over", _ALLOWED, _hand_over, "POST"),
    Route(f"{_ONE}/put-back", _ALLOWED, _put_back, "POST"),
    Route(f"{_ONE}/end", _ALLOWED, _end, "POST"),
    Route(f"{_ONE}/call", _ALLOWED, _call, "POST"),
)
