"""Managers and estates of the infoline: their contracts, office hours, and who is shut out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

import sqlite_utils
from starlette.responses import Response

from sipagent.infoline.contact import Contact, ContactPlan, plan_of
from sipagent.infoline.contract import readers
from sipagent.infoline.managing import Office, edit_access, edit_contract
from sipagent.infoline.model import Contract, Estate, Manager, Owner
from sipagent.infoline.values import prompt_key
from sipagent.panel.deeds import Deed, concerning
from sipagent.panel.forms import edits
from sipagent.panel.forms.edits import Edit
from sipagent.panel.forms.fields import Check, Field, Select, Typed
from sipagent.panel.forms.hours import WeekField
from sipagent.panel.own import estate_of, office_of, offices_of
from sipagent.panel.people import note
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, moved

_PREVIEW = "/infoline/offices/hours"
_HOURS = WeekField("hours", preview=_PREVIEW)
_CONTACT = Select("contact")
_REST = (
    Select("outside_hours"),
    Field("phone", inputmode="tel"),
    Field("softphone"),
    Field("email", input="email"),
    Select("pin_login"),
    Field("office_address"),
    Field("office_phone"),
    Field("bank_account"),
    Field("payee"),
    Field("tax_number"),
    Field("payment_day", inputmode="numeric"),
    Select("sum_of_accounts"),
)
_MANAGER = (_CONTACT, _HOURS, *_REST)
_ESTATE = (
    *(Check("owner_access"), Field("access_reason")),
    *(_CONTACT, Check("own_hours"), _HOURS),
    *_REST,
)
#: Changes that a page shows.
_LATEST = 20
#: Hours of an estate that is always open, though its manager is not.
_ALWAYS = "mon-sun 00:00-24:00; holidays open"
#: Choices; the first one says nothing, so that an estate has what its manager has.
_CONTACTS, _YES_OR_NO = ("", *Contact), ("", "yes", "no")
_CHOICES = {
    "contact": _CONTACTS,
    "outside_hours": _CONTACTS,
    "pin_login": _YES_OR_NO,
    "sum_of_accounts": _YES_OR_NO,
}


@dataclass(frozen=True, slots=True)
class Place:
    """An estate in a list: how many owners it has, and what key 9 does there now."""

    estate: Estate
    owners: int
    plan: ContactPlan


@dataclass(frozen=True, slots=True)
class Shown:
    """A manager in a list; ``hours`` are those of the office as people read them."""

    office: Office
    plan: ContactPlan
    hours: str
    places: tuple[Place, ...]


def _list(visit: Visit) -> Response:
    def work(db: sqlite_utils.Database) -> tuple[list[Office], dict[int, int]]:
        counts = db.execute("SELECT estate_id, count(*) FROM owners GROUP BY estate_id").fetchall()
        return offices_of(visit, db), dict(counts)

    offices, counts = visit.house.data.read(work)
    return visit.page("infoline/offices.html", offices=[_shown(visit, o, counts) for o in offices])


def _shown(visit: Visit, office: Office, counts: Mapping[int, int]) -> Shown:
    places = (
        Place(one, counts.get(one.id, 0), _plan(visit, office.manager, one))
        for one in office.estates
    )
    hours = _HOURS.told(visit.words, office.manager.contract.hours)
    return Shown(office, _plan(visit, office.manager, Estate(0, "")), hours, tuple(places))


def _plan(visit: Visit, manager: Manager, estate: Estate) -> ContactPlan:
    return plan_of(Owner(0, "", "", manager, estate), visit.now, visit.zone)


def _manager(visit: Visit) -> Response:
    office = visit.house.data.read(lambda db: office_of(visit, db, visit.names["manager"]))
    return _manager_page(visit, office, Edit(_typed(office.manager.contract)))


def _manager_page(visit: Visit, office: Office, edit: Edit, status: int = 200) -> Response:
    manager = office.manager
    return visit.page(
        "infoline/contract.html",
        status,
        manager=manager,
        estate=None,
        path=f"/infoline/offices/managers/{manager.id}",
        plan=_plan(visit, manager, Estate(0, "")),
        deeds=_deeds(visit, manager.code, "contract-changed"),
        fields=edits.drawn(visit.words, "contract", _MANAGER, edit, _CHOICES),
        was=edits.shown(_typed(manager.contract)),
        edit=edit,
        done=visit.query.get("done", ""),
    )


def _save_manager(visit: Visit) -> Response:
    country = visit.house.config.line.country

    def work(db: sqlite_utils.Database) -> tuple[Office, Edit]:
        office = office_of(visit, db, visit.names["manager"])
        before = _typed(office.manager.contract)
        edit = edits.sent(_MANAGER, visit.form, before)
        changes, edit.wrong = _read(_MANAGER, edit.changed, country)
        if edit.good and changes:
            code = office.manager.code
            edit_contract(db, code, changes, country=country)
            kept = _said(office.manager.contract)
            _note(visit, db, "contract-changed", edits.told(code, kept, changes))
        return office, edit

    office, edit = visit.house.data.write(work)
    if not edit.good:
        return _manager_page(visit, office, edit, 409 if edit.theirs else 422)
    return moved(f"/infoline/offices/managers/{office.manager.id}?done=saved")


def _estate(visit: Visit) -> Response:
    office, estate = visit.house.data.read(lambda db: estate_of(visit, db, visit.names["estate"]))
    return _estate_page(visit, office, estate, Edit(_of_estate(office, estate)))


def _estate_page(
    visit: Visit, office: Office, estate: Estate, edit: Edit, status: int = 200
) -> Response:
    return visit.page(
        "infoline/contract.html",
        status,
        manager=office.manager,
        estate=estate,
        path=f"/infoline/offices/estates/{estate.id}",
        plan=_plan(visit, office.manager, estate),
        deeds=_deeds(visit, f"{office.manager.code}/{estate.code}", "estate-changed"),
        fields=edits.drawn(visit.words, "contract", _ESTATE, edit, _CHOICES),
        was=edits.shown(_of_estate(office, estate)),
        edit=edit,
        done=visit.query.get("done", ""),
    )


def _save_estate(visit: Visit) -> Response:
    country = visit.house.config.line.country

    def work(db: sqlite_utils.Database) -> tuple[Office, Estate, Edit]:
        office, estate = estate_of(visit, db, visit.names["estate"])
        edit = edits.sent(_ESTATE, visit.form, _of_estate(office, estate))
        changes, edit.wrong = _read(_ESTATE, edit.changed, country)
        if edit.good and changes:
            _keep(visit, db, office, estate, _with_hours(edit, changes))
        return office, estate, edit

    office, estate, edit = visit.house.data.write(work)
    if not edit.good:
        return _estate_page(visit, office, estate, edit, 409 if edit.theirs else 422)
    return moved(f"/infoline/offices/estates/{estate.id}?done=saved")


def _with_hours(edit: Edit, changes: Mapping[str, str]) -> dict[str, str]:
    """Return changes of an estate with its hours as they are kept; none of its own are empty."""
    hours = {"hours", "own_hours"}
    if not hours & changes.keys():
        return dict(changes)
    own = str(_HOURS.value(edit.typed["hours"])) or _ALWAYS
    others = {name: text for name, text in changes.items() if name not in hours}
    return {**others, "hours": own if edit.typed["own_hours"] else ""}


def _keep(
    visit: Visit,
    db: sqlite_utils.Database,
    office: Office,
    estate: Estate,
    changes: Mapping[str, str],
) -> None:
    code, country = office.manager.code, visit.house.config.line.country
    before = {**_access(estate), **_said(estate.contract)}
    now = {**before, **changes}
    is_open, reason = bool(now["owner_access"]), now["access_reason"]
    edit_access(db, code, estate.code, owner_access=is_open, reason=reason)
    contract = {name: text for name, text in changes.items() if name in asdict(Contract())}
    edit_contract(db, code, contract, estate=estate.code, country=country)
    about = edits.told(f"{code}/{estate.code}", before, changes)
    _note(visit, db, "estate-changed", about)


def _hours(visit: Visit) -> Response:
    """Return office hours that somebody types as a picture, a part of a page."""
    picture = _HOURS.picture(visit.words, _HOURS.sent(visit.query))
    return visit.page("exchange/week.html", picture=picture)


def _note(visit: Visit, db: sqlite_utils.Database, what: str, about: str) -> None:
    note(db, visit.now, visit.person.name, visit.address, what, about)


def _deeds(visit: Visit, subject: str, what: str) -> list[Deed]:
    return visit.house.data.read(lambda db: concerning(db, subject, (what,), _LATEST))


def _said(contract: Contract) -> dict[str, str]:
    return {name: value or "" for name, value in asdict(contract).items()}


def _typed(contract: Contract) -> dict[str, Typed]:
    return {**_said(contract), "hours": _HOURS.typed(contract.hours)}


def _access(estate: Estate) -> dict[str, str]:
    return {
        "owner_access": "on" if estate.owner_access else "",
        "access_reason": estate.access_reason,
    }


def _of_estate(office: Office, estate: Estate) -> dict[str, Typed]:
    own, all_of_them = estate.contract, office.manager.contract.changed(estate.contract)
    hours = {"own_hours": "on" if own.hours else "", "hours": _HOURS.typed(all_of_them.hours)}
    return {**_access(estate), **_typed(own), **hours}


def _read(
    fields: Iterable[Field], changed: Mapping[str, Typed], country: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Return fields as they are written in imports, and what is wrong with some of them."""
    read: dict[str, Callable[[str], str]] = {**readers(country), "access_reason": prompt_key}
    found: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for one in fields:
        if one.name not in changed:
            continue
        try:
            value = one.value(changed[one.name])
            text = ("on" if value else "") if isinstance(value, bool) else str(value)
            if text and one.name in read:  # an empty one takes a setting away
                read[one.name](text)
            found[one.name] = text
        except ValueError as error:
            wrong[one.name] = str(error)
    return found, wrong


_ALLOWED = Permission.INFOLINE
ROUTES = (
    Route("/infoline/offices", _ALLOWED, _list),
    Route(_PREVIEW, _ALLOWED, _hours),
    Route("/infoline/offices/managers/{manager}", _ALLOWED, _manager),
    Route("/infoline/offices/managers/{manager}", _ALLOWED, _save_manager, "POST"),
    Route("/infoline/offices/estates/{estate}", _ALLOWED, _estate),
    Route("/infoline/offices/estates/{estate}", _ALLOWED, _save_estate, "POST"),
)
