"""The chat as its visitors see it: asking, waiting, talking; whoever they are."""

import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping

import sqlite_utils
from starlette.responses import Response

from sipagent.access.networks import network
from sipagent.domains import composed
from sipagent.e164 import dear, to_e164
from sipagent.helpdesk.chat import afterwards
from sipagent.helpdesk.chat.chats import Chats
from sipagent.helpdesk.chat.ending import end
from sipagent.helpdesk.chat.letters import copy_of
from sipagent.helpdesk.chat.model import Author, Chat, Ending, State
from sipagent.helpdesk.chat.words import LONGEST, LONGEST_NAME, taken
from sipagent.messages.address import checked
from sipagent.messages.templates import Templates
from sipagent.panel.chat_asker import (
    OF_OWNERS,
    PLACE,
    asker,
    is_stranger,
    known,
    place_of,
    token_of,
)
from sipagent.panel.chat_news import Conversation, done, key_of, news, said_in, sent_files
from sipagent.panel.contact import presence
from sipagent.panel.enclosures import given_out, given_small, told
from sipagent.panel.forms.entries import number_of
from sipagent.panel.guard import Door, Refused
from sipagent.panel.live_chats import BREATH, CHATS
from sipagent.panel.mailing import outbox_of
from sipagent.panel.owner import shown
from sipagent.panel.pages.now import AGAIN, event
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Stream, Visit, Way, as_json, missing, moved
from sipagent.text import printable
from sipagent.threads import FILES
from sipagent.tickets.kinds import ACCEPTED
from sipagent.tickets.model import Asker, Entry
from sipagent.tickets.unfit import Unfit

#: Chats that wait at the most; more are asked to come later.
_MOST_WAITING = 500
#: Messages of a visitor within a minute.
_MOST_SAID = 30
#: Files of a visitor in a chat.
_MOST_FILES = 20
#: What stands in the controls of who asks.
_FIELDS = ("name", "phone", "email", "question")


class _Twice(Exception):
    """It was done before."""


def _own(visit: Visit) -> Chat:
    """Return the latest chat of who asks.

    Raises:
        Refused: they have none.
    """
    found = visit.house.data.read(lambda db: Chats(db).last_of(token_of(visit)))
    if found is None:
        raise missing()
    return found


def _page(visit: Visit, template: str, status: int, **values: object) -> Response:
    """Return a page of the chat, laid out as all pages of who asks."""
    values["place"] = place_of(visit)
    if visit.door is Door.OWNERS:
        return shown.page(visit, template, status, **values)
    return visit.page(f"helpdesk/{template}", status, layout="base.html", **values)


# Asking


def _show(visit: Visit) -> Response:
    chats = visit.house.data.read(lambda db: Chats(db).last_of(token_of(visit)))
    if chats is None or (not chats.live and "new" in visit.query):
        return _ask(visit, {**known(visit), "question": ""})
    if chats.live:
        visit.house.data.write(lambda db: Chats(db).loaded(chats.id, visit.now))
    return _conversation(visit, chats)


def _ask(
    visit: Visit,
    typed: Mapping[str, str],
    status: int = 200,
    wrong: Mapping[str, str] | None = None,
    key: str = "",
) -> Response:
    return _page(
        visit,
        "chat_ask.html",
        status,
        typed=typed,
        wrong={**dict.fromkeys(_FIELDS, ""), **(wrong or {})},
        mistyped=bool(wrong),
        key=key or secrets.token_hex(16),
        presence=presence(visit),
        minutes=-(-visit.house.config.helpdesk.chat.wait // 60),
        longest=LONGEST,
        longest_name=LONGEST_NAME,
    )


def _begin(visit: Visit) -> Response:
    """Begin a chat; where nobody is there, it becomes a ticket at once."""
    typed = {name: visit.form.get(name, "") for name in _FIELDS}
    visitor, question, wrong = _read(visit, typed)
    if wrong:
        return _ask(visit, typed, 422, wrong, visit.form.get("key", ""))
    key = key_of(visit, question)
    house, there = visit.house, presence(visit)

    def work(db: sqlite_utils.Database) -> Chat:
        chats = Chats(db)
        if (own := chats.live_of(token_of(visit))) is not None:
            # A second window has asked: it is one visitor, and both questions are wanted.
            chats.say(own, Author.VISITOR, "", question, key, visit.now)
            return own
        if (again := chats.of_key(token_of(visit), key)) is not None:
            return again
        _require_room(visit, chats)
        chat = chats.begin(
            token_of(visit), visitor, question, visit.now, address=network(visit.address), key=key
        )
        if not there.there:
            ending = Ending.NOBODY if there.is_open else Ending.CLOSED
            end(db, chat.id, ending, visit.now, visit.zone)
        return chat

    chat = house.data.write(work, durable=True)
    house.chats.tell(chat.id)
    return moved(place_of(visit))


def _require_room(visit: Visit, chats: Chats) -> None:
    """See that one more can be begun.

    Raises:
        Refused: too many by who asks, or from a stranger's address, or too many of all.
    """
    most = visit.house.config.helpdesk.chat.per_address
    address = network(visit.address) if is_stranger(visit) else ""
    if chats.begun(token_of(visit), address, visit.now) >= most:
        raise Refused(429, "refused.chats")
    if len(chats.waiting()) >= _MOST_WAITING:
        raise Refused(503, "refused.busy")


def _read(visit: Visit, typed: Mapping[str, str]) -> tuple[Asker, str, dict[str, str]]:
    """Return who asks, what, and by field what is wrong with it (keys of texts)."""
    wrong: dict[str, str] = {}
    name = " ".join(printable(typed["name"]).split())[:LONGEST_NAME]
    question = taken(typed["question"])
    wrong |= {"name": "chat.wrong-name"} if not name else {}
    wrong |= {"question": "chat.wrong-question"} if not question else {}
    phone = email = ""
    try:
        phone = to_e164(typed["phone"].strip(), visit.house.config.line.country)
        # Whoever writes here decides whom an agent calls at one click.
        if dear(phone):
            raise ValueError("dear")
    except ValueError:
        wrong["phone"] = "chat.wrong-phone"
    try:
        email = checked(typed["email"]) if typed["email"].strip() else ""
    except ValueError:
        wrong["email"] = "chat.wrong-email"
    return asker(visit, name, phone, email), question, wrong


# Talking


def _conversation(
    visit: Visit, chat: Chat, status: int = 200, text: str = "", wrong: str = ""
) -> Response:
    def work(db: sqlite_utils.Database) -> tuple[Conversation, list[Entry]]:
        return Conversation.of(db, chat, Author.VISITOR), afterwards.later(db, chat)

    conversation, later = visit.house.data.read(work)
    return _page(
        visit,
        "chat.html",
        status,
        **conversation.values(visit),
        later=later,
        text=text,
        wrong=wrong,
        accepted=ACCEPTED,
        key=secrets.token_hex(16),
        again=AGAIN,
        longest=LONGEST,
    )


def _news(visit: Visit) -> Response:
    """Return what is new, for a browser that has no events."""
    chat, after = _own(visit), number_of(visit.query.get("after", ""))
    visit.house.data.write(lambda db: Chats(db).seen([chat.id], visit.now))
    return as_json(news(visit, chat.id, Author.VISITOR, after)[0])


async def _events(visit: Visit) -> AsyncIterator[str]:
    """Yield what is new, numbered by the last message that was said."""
    live = visit.house.chats
    chat = await CHATS.run(_own, visit)
    known = number_of(visit.last_event or visit.query.get("after", ""))
    before: Mapping[str, object] = {}
    yield f"retry: {1000 * AGAIN}\n\n"
    with live.window(chat.id), live.hearing(chat.id) as hearer:
        while True:
            _, typed = hearer.taken()
            told, known = await CHATS.run(news, visit, chat.id, Author.VISITOR, known)
            if told["said"] or told != before:
                yield event(json.dumps(told), known)
                before = {**told, "said": ""}
            if typed:
                yield "event: types\ndata:\n\n"
            if not told["live"]:
                return
            if not await hearer.hears(BREATH):
                yield "event: breath\ndata:\n\n"


def _say(visit: Visit) -> Response:
    """Take a message; of a chat that has become a ticket, it is the next word about that."""
    chat, text = _own(visit), taken(visit.form.get("text", ""))
    key = key_of(visit, text)

    def work(db: sqlite_utils.Database) -> bool:
        chats = Chats(db)
        if chats.has_key(chat.id, key):
            return True
        now = chats.find(chat.id)
        said = chats.said_since(chat.id, visit.now) + afterwards.said_since(db, now, visit.now)
        if said >= _MOST_SAID:
            raise Refused(429, "refused.chats")
        if now.ticket is not None:
            return afterwards.go_on(db, now, text, key, visit.now)
        return chats.say(chat, Author.VISITOR, "", text, key, visit.now)

    if text and not visit.house.data.write(work, durable=True):
        return _conversation(visit, _own(visit), 409, text)
    visit.house.chats.tell(chat.id)
    return done(visit, f"{place_of(visit)}#end")


def _may_send(visit: Visit) -> Chat:
    """Return the chat of who may send files now: somebody talks with them, and they are few.

    Raises:
        Refused: they may not.
    """
    chat = _own(visit)
    sent = visit.house.data.read(lambda db: Chats(db).attached(chat.id))
    if chat.state is not State.OPEN or sent >= _MOST_FILES:
        raise Refused(429, "refused.files")
    return chat


def _send_files(visit: Visit) -> Response:
    chat = _may_send(visit)
    try:
        sent_files(visit, chat, Author.VISITOR, "")
    except Unfit as error:
        return _conversation(visit, chat, 422, wrong=told(visit, error))
    return moved(place_of(visit))


def _file(visit: Visit) -> Response:
    return given_out(visit, said_in(visit, _own(visit)))


def _small(visit: Visit) -> Response:
    return given_small(visit, said_in(visit, _own(visit)))


def _has_read(visit: Visit) -> Response:
    chat, upto = _own(visit), number_of(visit.form.get("upto", ""))
    if visit.house.data.write(lambda db: Chats(db).read(chat.id, Author.VISITOR, upto)):
        visit.house.chats.tell(chat.id)
    return done(visit, place_of(visit))


def _types(visit: Visit) -> Response:
    visit.house.chats.types(_own(visit).id, Author.VISITOR)
    return done(visit, place_of(visit))


def _end(visit: Visit) -> Response:
    """End a chat; who has not been answered may leave the question as a ticket."""
    ending = Ending.LATER if visit.form.get("deed") == "later" else Ending.VISITOR
    visit.house.chats.end(_own(visit).id, ending, visit.now)
    return moved(place_of(visit))


def _copy(visit: Visit) -> Response:
    """Send the visitor a copy of a chat that was answered and is over, once."""
    chat, house = _own(visit), visit.house
    if not chat.copies:
        raise missing()
    said = house.data.read(lambda db: Chats(db).said(chat.id))
    templates = Templates(composed().texts, house.config.paths.templates)

    def once(db: sqlite_utils.Database) -> None:
        if not Chats(db).copied(chat.id):
            raise _Twice

    with contextlib.suppress(_Twice):
        outbox_of(house).put(copy_of(templates, chat, said, visit.zone), beside=once)
    return moved(place_of(visit))


def _routes(place: str, permission: Permission) -> tuple[Way, ...]:
    return (
        Route(place, permission, _show),
        Route(f"{place}/begin", permission, _begin, "POST"),
        Route(f"{place}/say", permission, _say, "POST"),
        Route(f"{place}/read", permission, _has_read, "POST"),
        Route(f"{place}/types", permission, _types, "POST"),
        Route(f"{place}/end", permission, _end, "POST"),
        Route(f"{place}/copy", permission, _copy, "POST"),
        Route(
            *(f"{place}/files", permission, _send_files, "POST", FILES),
            attachments=True,
            admit=_may_send,
        ),
        Route(f"{place}/files/{{file}}", permission, _file),
        Route(f"{place}/files/{{file}}/small", permission, _small),
        Route(f"{place}/news", permission, _news),
        Stream(f"{place}/events", permission, _events, _own, strangers=True),
    )


ROUTES = (*_routes(PLACE, Permission.ANYBODY), *_routes(OF_OWNERS, Permission.OWNER))
