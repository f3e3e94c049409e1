"""Managers and estates of the infoline: their contracts, office hours, and who is shut out."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import sqlite_utils
from starlette.responses import Response

from sipagent.infoline.contact import Contact, ContactPlan, plan_of
from sipagent.infoline.contract import readers
from sipagent.infoline.managing import Office, edit_access, edit_contract
from sipagent.infoline.model import Contract, Estate, Manager, Owner
from sipagent.infoline.values import prompt_key
from sipagent.panel.forms import edits
from sipagent.panel.forms.edits import Edit
from sipagent.panel.forms.fields import Check, Field, Select, Typed
from sipagent.panel.own import estate_of, office_of, offices_of
from sipagent.panel.people import note
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, moved

_CONTRACT = (
    Select("contact"),
    Field("hours"),
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
_ESTATE = (Check("owner_access"), Field("access_reason"), *_CONTRACT)
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
    """A manager in a list."""

    office: Office
    plan: ContactPlan
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
    return Shown(office, _plan(visit, office.manager, Estate(0, "")), tuple(places))


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
        path=f"/infoline/managers/{manager.id}",
        plan=_plan(visit, manager, Estate(0, "")),
        fields=edits.drawn(visit.words, "contract", _CONTRACT, edit, _CHOICES),
        was=_typed(manager.contract),
        edit=edit,
        done=visit.query.get("done", ""),
    )


def _save_manager(visit: Visit) -> Response:
    country = visit.house.config.line.country

    def work(db: sqlite_utils.Database) -> tuple[Office, Edit]:
        office = office_of(visit, db, visit.names["manager"])
        before = _typed(office.manager.contract)
        edit = edits.sent(_CONTRACT, visit.form, before)
        edit.wrong = _wrong(edit.changed, country)
        if edit.good and edit.changed:
            code = office.manager.code
            edit_contract(db, code, _texts(edit.changed), country=country)
            _note(visit, db, "contract-changed", edits.told(code, before, edit.changed))
        return office, edit

    office, edit = visit.house.data.write(work)
    if not edit.good:
        return _manager_page(visit, office, edit, 409 if edit.theirs else 422)
    return moved(f"/infoline/managers/{office.manager.id}?done=saved")


def _estate(visit: Visit) -> Response:
    office, estate = visit.house.data.read(lambda db: estate_of(visit, db, visit.names["estate"]))
    return _estate_page(visit, office, estate, Edit(_of_estate(estate)))


def _estate_page(
    visit: Visit, office: Office, estate: Estate, edit: Edit, status: int = 200
) -> Response:
    return visit.page(
        "infoline/contract.html",
        status,
        manager=office.manager,
        estate=estate,
        path=f"/infoline/estates/{estate.id}",
        plan=_plan(visit, office.manager, estate),
        fields=edits.drawn(visit.words, "contract", _ESTATE, edit, _CHOICES),
        was=_of_estate(estate),
        edit=edit,
        done=visit.query.get("done", ""),
    )


def _save_estate(visit: Visit) -> Response:
    country = visit.house.config.line.country

    def work(db: sqlite_utils.Database) -> tuple[Office, Estate, Edit]:
        office, estate = estate_of(visit, db, visit.names["estate"])
        before = _of_estate(estate)
        edit = edits.sent(_ESTATE, visit.form, before)
        edit.wrong = _wrong(edit.changed, country)
        if edit.good and edit.changed:
            code = office.manager.code
            texts = _texts(edit.changed)
            access = {**_texts(before), **texts}
            edit_access(
                db,
                code,
                estate.code,
                owner_access=bool(access["owner_access"]),
                reason=access["access_reason"],
            )
            contract = {name: text for name, text in texts.items() if name in asdict(Contract())}
            edit_contract(db, code, contract, estate=estate.code, country=country)
            about = edits.told(f"{code}/{estate.code}", before, edit.changed)
            _note(visit, db, "estate-changed", about)
        return office, estate, edit

    office, estate, edit = visit.house.data.write(work)
    if not edit.good:
        return _estate_page(visit, office, estate, edit, 409 if edit.theirs else 422)
    return moved(f"/infoline/estates/{estate.id}?done=saved")


def _note(visit: Visit, db: sqlite_utils.Database, what: str, about: str) -> None:
    note(db, visit.now, visit.person.name, visit.address, what, about)


def _typed(contract: Contract) -> dict[str, Typed]:
    return {name: value or "" for name, value in asdict(contract).items()}


def _of_estate(estate: Estate) -> dict[str, Typed]:
    access = {
        "owner_access": "on" if estate.owner_access else "",
        "access_reason": estate.access_reason,
    }
    return {**access, **_typed(estate.contract)}


def _texts(typed: Mapping[str, Typed]) -> dict[str, str]:
    return {name: str(value) for name, value in typed.items()}


def _wrong(changed: Mapping[str, Typed], country: str) -> dict[str, str]:
    """Return what is wrong with fields of a contract, or of an estate."""
    read: dict[str, Callable[[str], str]] = {
        **readers(country), "owner_access": str, "access_reason": prompt_key,
    }  # fmt: skip
    wrong: dict[str, str] = {}
    for name, text in _texts(changed).items():
        try:
            if text:  # an empty one takes a setting away
                read[name](text)
        except ValueError as error:
            wrong[name] = str(error)
    return wrong


_ALLOWED = Permission.INFOLINE
ROUTES = (
    Route("/infoline/offices", _ALLOWED, _list),
    Route("/infoline/managers/{manager}", _ALLOWED, _manager),
    Route("/infoline/managers/{manager}", _ALLOWED, _save_manager, "POST"),
    Route("/infoline/estates/{estate}", _ALLOWED, _estate),
    Route("/infoline/estates/{estate}", _ALLOWED, _save_estate, "POST"),
)
