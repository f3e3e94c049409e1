"""The owners of the infoline: searching them, their data, PINs, test calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import sqlite_utils
from starlette.background import BackgroundTask
from starlette.responses import Response

from sipagent.access.pins import generate, hashed, keep_pin
from sipagent.access.pins import remove_pin as drop_pin
from sipagent.e164 import to_e164
from sipagent.errors import DataError
from sipagent.infoline import trials, values
from sipagent.infoline.directory import Directory
from sipagent.infoline.editing import Changes, edit_owner
from sipagent.infoline.login import standing
from sipagent.infoline.managing import Office
from sipagent.infoline.model import Account, Estate, Owner, PremisesCharges
from sipagent.infoline.online import contacts
from sipagent.infoline.online.changes import Change, journal, selected
from sipagent.infoline.online.imports import left_out
from sipagent.infoline.pins import allows, has_pin, subject_of
from sipagent.infoline.search import Found, Key, Wanted, page
from sipagent.infoline.transfer.cells import members
from sipagent.infoline.trials import Trial
from sipagent.panel.deeds import Deed, concerning
from sipagent.panel.forms import edits
from sipagent.panel.forms.edits import Edit
from sipagent.panel.forms.entries import number_of
from sipagent.panel.forms.fields import Check, Field, Lines, Typed
from sipagent.panel.own import offices_of, owner_of
from sipagent.panel.owner.sending import tell
from sipagent.panel.people import note
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, moved
from sipagent.threads import PINS

#: Owners on a page.
_PAGE = 50
#: Estates that can be chosen from a list; of more, one is chosen where they are listed.
_CHOICES = 200
#: What is done about an owner, and how much of it the page shows.
_DEEDS = (
    *("owner-changed", "change-stopped", "pin-set", "pin-removed"),
    *("trial-allowed", "trial-ended"),
)
_LATEST = 20
_FIELDS = (
    Field("name", needed=True),
    Lines("phones"),
    Lines("emails"),
    Check("blocked"),
    Check("web_access"),
)


@dataclass(frozen=True, slots=True)
class Record:
    """All that is known of an owner."""

    owner: Owner
    accounts: list[Account]
    premises: list[PremisesCharges]
    pin: bool
    trials: list[Trial]
    deeds: list[Deed]
    #: What the owner has changed on their page, and what imports bring that is left out for it.
    changes: list[Change]
    left_out: dict[str, list[str]]


def _list(visit: Visit) -> Response:
    text, estate = visit.query.get("q", "").strip(), visit.query.get("estate", "")
    wanted = Wanted(text, visit.person.manager, number_of(estate) if estate else None)
    after = _key(visit.query.get("after", ""))

    def work(db: sqlite_utils.Database) -> tuple[list[Found], list[tuple[Office, Estate]]]:
        estates = [(one, place) for one in offices_of(visit, db) for place in one.estates]
        return page(db, wanted, _PAGE + 1, after), estates

    found, estates = visit.house.data.read(work)
    if len(estates) > _CHOICES:
        estates = [pair for pair in estates if pair[1].id == wanted.estate]
    more = len(found) > _PAGE
    found = found[:_PAGE]
    given = {name: value for name, value in (("q", text), ("estate", estate)) if value}
    key = "~".join(map(str, reversed(found[-1].key))) if more else ""
    return visit.page(
        "infoline/owners.html",
        owners=found,
        estates=estates,
        text=text,
        estate=estate,
        given=given,
        first=after is None,
        newest=f"/infoline/owners?{urlencode(given)}",
        following=f"/infoline/owners?{urlencode({**given, 'after': key})}" if more else "",
    )


def _key(text: str) -> Key | None:
    number, mark, name = text.partition("~")
    return (name, number_of(number)) if mark else None


def _show(visit: Visit) -> Response:
    record = visit.house.data.read(lambda db: _record(visit, db))
    return _page(visit, record, Edit(_typed(record.owner)))


def _page(
    visit: Visit, record: Record, edit: Edit, status: int = 200, **values: object
) -> Response:
    shown = {"pin_now": "", "pin_wrong": "", "trial_wrong": "", "number": "", **values}
    return visit.page(
        "infoline/owner.html",
        status,
        record=record,
        deeds=record.deeds,
        owner=record.owner,
        standing=standing(record.owner).value,
        pins_count=allows(record.owner),
        fields=edits.drawn(visit.words, "owner", _FIELDS, edit),
        was=edits.shown(_typed(record.owner)),
        edit=edit,
        done=visit.query.get("done", ""),
        **shown,
    )


def _record(visit: Visit, db: sqlite_utils.Database) -> Record:
    """Return an owner whom somebody may see.

    Raises:
        Refused: there is none, or they are somebody else's.
    """
    owner = owner_of(visit, db, visit.names["login"])
    directory = Directory(db)
    return Record(
        owner,
        directory.accounts(owner.id),
        directory.charges(owner.id),
        has_pin(db, owner),
        trials.running(db, owner, visit.now),
        concerning(db, owner.login, _DEEDS, _LATEST),
        journal(db, owner.id, _LATEST),
        left_out(db, owner.id),
    )


def _typed(owner: Owner) -> dict[str, Typed]:
    return {
        "name": owner.name,
        "phones": "\n".join(owner.phones),
        "emails": "\n".join(owner.emails),
        "blocked": "on" if owner.blocked else "",
        "web_access": "on" if owner.web_access else "",
    }


def _save(visit: Visit) -> Response:
    """Change an owner, as far as nobody else has changed the same meanwhile."""
    country = visit.house.config.line.country

    def work(db: sqlite_utils.Database) -> tuple[Record, Edit]:
        record = _record(visit, db)
        before = _typed(record.owner)
        edit = edits.sent(_FIELDS, visit.form, before)
        changes, edit.wrong = _changes(edit.changed, country)
        if edit.good and edit.changed:
            edit_owner(db, record.owner.login, Changes(**changes), country)
            about = edits.told(record.owner.login, edits.shown(before), edits.shown(edit.changed))
            note(db, visit.now, visit.person.name, visit.address, "owner-changed", about)
        return record, edit

    record, edit = visit.house.data.write(work)
    if not edit.good:
        return _page(visit, record, edit, 409 if edit.theirs else 422)
    return moved(f"/infoline/owners/{record.owner.login}?done=saved")


def _changes(changed: Mapping[str, Typed], country: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what fields are to be, and what is wrong with some of them."""
    read: dict[str, Callable[[Any], Any]] = {
        "name": values.name,
        "phones": lambda text: [to_e164(one, country) for one in members(text)],
        "emails": lambda text: [values.email(one) for one in members(text)],
        "blocked": bool,
        "web_access": bool,
    }
    found: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, text in changed.items():
        try:
            found[name] = read[name](text)
        except ValueError as error:
            wrong[name] = str(error)
    return found, wrong


def _set_pin(visit: Visit) -> Response:
    """Give an owner a PIN, one by lot where none was typed; or take it away."""
    typed, take_away = visit.form.get("pin", "").strip(), visit.form.get("do") == "remove"
    record = visit.house.data.read(lambda db: _record(visit, db))
    login = record.owner.login
    pin = "" if take_away else typed or generate(login)
    try:
        kept = hashed(pin, login) if pin else ""
    except DataError as error:
        return _page(visit, record, Edit(_typed(record.owner)), 422, pin_wrong=str(error))
    done = "pin-set" if pin else "pin-removed"

    def work(db: sqlite_utils.Database) -> Record:
        subject = subject_of(owner_of(visit, db, login))
        if pin:
            keep_pin(db, subject, kept, login=login)
        else:
            drop_pin(db, subject)
        note(db, visit.now, visit.person.name, visit.address, done, login)
        return _record(visit, db)

    record = visit.house.data.write(work)
    if typed or take_away:
        return moved(f"/infoline/owners/{login}?done={done}")
    return _page(visit, record, Edit(_typed(record.owner)), pin_now=pin)


def _try(visit: Visit) -> Response:
    """Let a number count as the owner's until midnight."""
    number, config = visit.form.get("number", "").strip(), visit.house.config

    def work(db: sqlite_utils.Database) -> Trial:
        owner = owner_of(visit, db, visit.names["login"])
        trial = trials.allow(
            db, owner, number, now=visit.now, zone=visit.zone, country=config.line.country
        )
        about = f"{owner.login} {trial.number} {trial.until:%Y-%m-%d %H:%M}"
        note(db, visit.now, visit.person.name, visit.address, "trial-allowed", about)
        return trial

    try:
        visit.house.data.write(work)
    except DataError as error:
        record = visit.house.data.read(lambda db: _record(visit, db))
        edit = Edit(_typed(record.owner))
        return _page(visit, record, edit, 422, trial_wrong=str(error), number=number)
    return moved(f"/infoline/owners/{visit.names['login']}?done=trial")


def _stop_change(visit: Visit) -> Response:
    """Stop what an owner wants to change, as long as it waits; whoever is in as them is out."""

    def work(db: sqlite_utils.Database) -> None:
        owner = owner_of(visit, db, visit.names["login"])
        for one in selected(db, "id = ? AND owner_id = ?", visit.form.get("change"), owner.id):
            if contacts.stop(db, one, visit.now) is not None:
                visit.house.owners.sessions.end_others(db, owner.id, None)
                about = f"{owner.login} {one.new}"
                note(db, visit.now, visit.person.name, visit.address, "change-stopped", about)

    visit.house.data.write(work, durable=True)
    response = moved(f"/infoline/owners/{visit.names['login']}?done=change-stopped")
    response.background = BackgroundTask(tell, visit.house)
    return response


def _end_trial(visit: Visit) -> Response:
    number = visit.form.get("number", "")

    def work(db: sqlite_utils.Database) -> None:
        owner = owner_of(visit, db, visit.names["login"])
        trials.end(db, owner, number, visit.house.config.line.country)
        about = f"{owner.login} {number}"
        note(db, visit.now, visit.person.name, visit.address, "trial-ended", about)

    visit.house.data.write(work)
    return moved(f"/infoline/owners/{visit.names['login']}?done=trial-over")


_ALLOWED = Permission.INFOLINE
ROUTES = (
    Route("/infoline/owners", _ALLOWED, _list),
    Route("/infoline/owners/{login}", _ALLOWED, _show),
    Route("/infoline/owners/{login}", _ALLOWED, _save, "POST"),
    Route("/infoline/owners/{login}/pin", _ALLOWED, _set_pin, "POST", PINS),
    Route("/infoline/owners/{login}/trial", _ALLOWED, _try, "POST"),
    Route("/infoline/owners/{login}/stop", _ALLOWED, _stop_change, "POST"),
    Route("/infoline/owners/{login}/trial/end", _ALLOWED, _end_trial, "POST"),
)
