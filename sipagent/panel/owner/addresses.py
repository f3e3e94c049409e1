"""Telephones and e-mails of an owner: each change is typed, proved by a code, and on record."""

from dataclasses import dataclass

import sqlite_utils
from starlette.background import BackgroundTask
from starlette.responses import Response

from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Owner
from sipagent.infoline.online import contacts
from sipagent.infoline.online.changes import Action, Change, Medium, journal
from sipagent.infoline.online.contacts import Asked, ContactRefused, Contacts, Wish, members
from sipagent.infoline.online.secret import written
from sipagent.infoline.online.ways import Way, known
from sipagent.messages.queue import OutboxLimit
from sipagent.panel.forms.entries import number_of
from sipagent.panel.owner.sending import send_code, tell
from sipagent.panel.owner.shown import page
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved

#: Changes that the page lists.
_LATEST = 10
#: What can be done here, by the last part of the path.
_ACTIONS = {one.value: one for one in Action if one is not Action.IMPORT}


@dataclass(frozen=True, slots=True)
class _Place:
    """What a page of one change is about: the address that the form names, if it names one."""

    medium: Medium
    action: Action
    which: str
    old: str
    proofs: list[Way]
    members: list[tuple[str, str]]


def _list(visit: Visit) -> Response:
    contacts.settle(visit.house.data, visit.now)

    def work(db: sqlite_utils.Database) -> dict[str, object]:
        owner = Directory(db).get(visit.owner.id) or visit.owner
        here = _contacts(visit, db)
        lists = {one.value: _tagged(db, owner, one) for one in Medium}
        waiting = [(one, contacts.link_of(db, one)) for one in here.waiting(owner)]
        return {
            "lists": lists,
            "waiting": waiting,
            "journal": journal(db, owner.id, _LATEST),
            "fresh": here.fresh(owner, visit.now),
        }

    values = visit.house.data.read(work)
    texts, done = bool(visit.house.config.texts.url), visit.query.get("done", "")
    return page(visit, "addresses.html", **values, texts=texts, most=contacts.MOST, done=done)


def _form(visit: Visit) -> Response:
    place = visit.house.data.read(lambda db: _place(visit, db, visit.query.get("which", "")))
    return page(visit, "address.html", place=place, typed="", wrong="")


def _ask(visit: Visit) -> Response:
    """Write a wish down, and send the code that makes it come true."""
    form = visit.form
    place = visit.house.data.read(lambda db: _place(visit, db, form.get("which", "")))
    proof = next((one.target for one in place.proofs if one.tag == form.get("proof")), "")
    first = [target for tag, target in place.members if tag == form.get("first")]
    rest = [target for _, target in place.members if target not in first]
    wish = Wish(
        place.medium,
        place.action,
        old=place.old,
        new=form.get("new", ""),
        order=[*first, *rest],
        proof=proof,
        browser=visit.address,
        language=visit.language,
    )

    def work(db: sqlite_utils.Database) -> Asked:
        owner = Directory(db).get(visit.owner.id) or visit.owner
        return _contacts(visit, db).ask(owner, wish, visit.now)

    try:
        asked = visit.house.data.write(work)
    except ContactRefused as error:
        wrong = visit.words(f"owners.refused-{error.key}")
        return page(visit, "address.html", 422, place=place, typed=wish.new, wrong=wrong)
    try:
        send_code(visit.house, visit.owner, asked.code, asked.target, "change", visit.language)
    except OutboxLimit:
        wrong = visit.words("owners.refused-too-many")
        return page(visit, "address.html", 429, place=place, typed=wish.new, wrong=wrong)
    return moved(f"/owner/addresses/code/{asked.change}")


def _code(visit: Visit) -> Response:
    change = visit.house.data.read(lambda db: _asked(visit, db))
    return page(visit, "address_code.html", change=change, wrong="")


def _prove(visit: Visit) -> Response:
    code, sessions = visit.form.get("code", ""), visit.house.owners.sessions

    def work(db: sqlite_utils.Database) -> tuple[Change, Change | None]:
        asked = _asked(visit, db)
        made = _contacts(visit, db).prove(visit.owner, asked.id, code, visit.now)
        if made is not None and asked.old:  # whoever has that telephone may be in by it
            sessions.end_others(db, visit.owner.id, visit.owner_session)
        return asked, made

    try:
        asked, made = visit.house.data.write(work, durable=True)
    except ContactRefused as error:
        raise missing(f"owners.refused-{error.key}") from None
    if made is None:
        wrong = visit.words("owners.wrong-code")
        return page(visit, "address_code.html", 422, change=asked, wrong=wrong)
    response = moved(f"/owner/addresses?done={made.state}")
    response.background = BackgroundTask(tell, visit.house)
    return response


def _place(visit: Visit, db: sqlite_utils.Database, which: str) -> _Place:
    """Return what a page is about.

    Raises:
        Refused: there is no such page, or no such address of this owner.
    """
    owner = Directory(db).get(visit.owner.id) or visit.owner
    medium, action = visit.names["medium"], visit.names["action"]
    if medium not in set(Medium) or action not in _ACTIONS:
        raise missing()
    there = _tagged(db, owner, Medium(medium))
    old = next((target for tag, target in there if tag == which), "")
    if not old and _ACTIONS[action] in (Action.REPLACE, Action.REMOVE):
        raise missing()
    proved_there = _ACTIONS[action] in (Action.ADD, Action.REPLACE)
    proofs = [] if proved_there else _proofs(visit, db, owner)
    return _Place(Medium(medium), _ACTIONS[action], which, old, proofs, there)


def _proofs(visit: Visit, db: sqlite_utils.Database, owner: Owner) -> list[Way]:
    fresh = _contacts(visit, db).fresh(owner, visit.now)
    return known(db, owner, texts=bool(visit.house.config.texts.url), fresh=fresh)


def _tagged(db: sqlite_utils.Database, owner: Owner, medium: Medium) -> list[tuple[str, str]]:
    return [(written(db, "way", owner.login, one), one) for one in members(owner, medium)]


def _asked(visit: Visit, db: sqlite_utils.Database) -> Change:
    """Return the change whose code is typed here.

    Raises:
        Refused: it is none of this owner's, or its code does not hold any longer.
    """
    number = number_of(visit.names["change"])
    try:
        return _contacts(visit, db).asked(visit.owner, number, visit.now)
    except ContactRefused as error:
        raise missing(f"owners.refused-{error.key}") from None


def _contacts(visit: Visit, db: sqlite_utils.Database) -> Contacts:
    config = visit.house.config
    return Contacts(db, texts=bool(config.texts.url), country=config.line.country)


_ALLOWED = Permission.OWNER
ROUTES = (
    Route("/owner/addresses", _ALLOWED, _list),
    Route("/owner/addresses/code/{change}", _ALLOWED, _code),
    Route("/owner/addresses/code/{change}", _ALLOWED, _prove, "POST"),
    Route("/owner/addresses/{medium}/{action}", _ALLOWED, _form),
    Route("/owner/addresses/{medium}/{action}", _ALLOWED, _ask, "POST"),
)
