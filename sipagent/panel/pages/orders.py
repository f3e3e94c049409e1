"""Calls that the line makes for somebody: ordered here, and listed with what became of them."""

from collections.abc import Mapping
from functools import partial

import sqlite_utils
from starlette.responses import Response

from sipagent.errors import DataError, SetupError
from sipagent.exchange.ordered.orders import Order, Orders
from sipagent.exchange.reading import load
from sipagent.exchange.values import Kind, Ref
from sipagent.panel.forms import pricing
from sipagent.panel.forms.entry_form import EntryForm, Unreadable
from sipagent.panel.forms.fields import Field, Typed
from sipagent.panel.own_number import Dialled, inside, own_user
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, moved

#: Orders on a page.
_PAGE = 50
_SECOND = Dialled("second", needed=True)
_ALL = EntryForm("orders", (Dialled("first", needed=True), _SECOND, Field("shown", input="tel")))
_OWN = EntryForm("orders", (_SECOND,))


def _show(
    visit: Visit,
    form: EntryForm,
    typed: Mapping[str, Typed] | None = None,
    status: int = 200,
    *,
    wrong: Mapping[str, str] | None = None,
    trouble: str = "",
    asks: bool = False,
) -> Response:
    there = visit.house.data.read(load).exchange
    typed = typed or {one.name: "" for one in form.fields}
    user = own_user(visit)[0].name if form is _OWN else ""
    country = visit.house.config.line.country

    def work(db: sqlite_utils.Database) -> list[Order]:
        return Orders(db).listed(_PAGE, user)

    found = pricing.costs(there, form.fields, typed, country)
    return visit.page(
        "exchange/orders.html" if form is _ALL else "own/orders.html",
        status,
        fields=form.drawn(visit, there, typed, wrong),
        inside=inside(visit, there),
        orders=visit.house.data.read(work),
        costs=pricing.drawn(visit.words, found),
        trouble=trouble,
        asks=asks,
        done=visit.query.get("done", ""),
    )


def _order(visit: Visit, form: EntryForm) -> Response:
    """Have the line call somebody, and then somebody else for them."""
    typed = form.sent(visit.form)
    try:
        values = form.values(typed)
    except Unreadable as error:
        wrong = {name: visit.words(key) for name, key in error.wrong.items()}
        return _show(visit, form, typed, 422, wrong=wrong)
    there, country = visit.house.data.read(load).exchange, visit.house.config.line.country
    if pricing.untold(pricing.costs(there, form.fields, typed, country), visit.form, {}):
        return _show(visit, form, typed, asks=True)
    if form is _OWN:
        values["first"] = str(Ref(Kind.USER, own_user(visit)[0].name))
    try:
        order = visit.house.ask("calls.order", **values)
    except (DataError, SetupError) as error:
        return _show(visit, form, typed, 409, trouble=str(error))
    visit.note("call-ordered", str(order))
    return moved(f"{visit.path}?done=ordered")


ROUTES = (
    Route("/exchange/orders", Permission.EXCHANGE, partial(_show, form=_ALL)),
    Route("/exchange/orders", Permission.EXCHANGE, partial(_order, form=_ALL), "POST"),
    Route("/own/orders", Permission.OWN, partial(_show, form=_OWN)),
    Route("/own/orders", Permission.OWN, partial(_order, form=_OWN), "POST"),
)
