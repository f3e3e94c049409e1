"""What becomes of calls to oneself: do not disturb, forwarding, when the mobile rings."""

from collections.abc import Mapping

import sqlite_utils
from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.exchange.model import Exchange
from sipagent.exchange.reaching import changing, kept
from sipagent.exchange.reaching.handling import (
    LONGEST,
    SHORTEST,
    USUAL,
    Follow,
    Handling,
    When,
)
from sipagent.panel.forms import pricing
from sipagent.panel.forms.entry_form import EntryForm
from sipagent.panel.forms.fields import Check, Field, Select, Typed
from sipagent.panel.own_number import Dialled, dialled, inside, own_user
from sipagent.panel.pages.entries import cost
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, moved

_FORM = EntryForm(
    "own",
    (
        Check("dnd"),
        *(field for when in When for field in (Dialled(f"to-{when}"), Check(f"in-groups-{when}"))),
        Field("seconds", inputmode="numeric"),
        Select("follow", values=tuple(Follow)),
        Field("follow-seconds", inputmode="numeric"),
    ),
)

#: Fields that only who has a mobile is shown.
_OF_MOBILES = ("follow", "follow-seconds")


def _show(
    visit: Visit,
    typed: Mapping[str, Typed] | None = None,
    status: int = 200,
    *,
    wrong: Mapping[str, str] | None = None,
    details: Mapping[str, str] | None = None,
    asks: bool = False,
) -> Response:
    user, stored = own_user(visit)
    there = stored.exchange
    if typed is None:
        typed = _typed(there, visit.house.data.read(kept.load).get(user.name, USUAL))
    country = visit.house.config.line.country
    drawn = _FORM.drawn(visit, there, typed, wrong, None, details)
    return visit.page(
        "own/calls.html",
        status,
        user=user,
        fields={one.field.name: one for one in drawn},
        inside=inside(visit, there),
        whens=[when.value for when in When],
        costs=pricing.drawn(visit.words, pricing.costs(there, _FORM.fields, typed, country)),
        asks=asks,
        trouble=bool(wrong),
        done=visit.query.get("done", ""),
    )


def _save(visit: Visit) -> Response:
    user, stored = own_user(visit)
    there, country = stored.exchange, visit.house.config.line.country
    typed = _FORM.sent(visit.form)
    before = _typed(there, visit.house.data.read(kept.load).get(user.name, USUAL))
    if not user.mobile:  # there is nothing that could follow, and no fields for it
        typed |= {name: before[name] for name in _OF_MOBILES}
    known = pricing.costs(there, _FORM.fields, before, country)
    if pricing.untold(pricing.costs(there, _FORM.fields, typed, country), visit.form, known):
        return _show(visit, typed, asks=True)
    try:
        visit.house.data.write(lambda db: _change(db, user.name, typed, before, country))
    except _Unfit as error:
        wrong = {error.field: visit.words(error.key)}
        return _show(visit, typed, 422, wrong=wrong, details={error.field: str(error)})
    visit.note("reaching", user.name)
    return moved("/own?done=changed")


class _Unfit(Exception):
    """Something cannot be: the field, and a key of ``panel/texts``."""

    def __init__(self, field: str, key: str, why: str) -> None:
        super().__init__(why)
        self.field = field
        self.key = key


def _change(
    db: sqlite_utils.Database,
    user: str,
    typed: Mapping[str, Typed],
    before: Mapping[str, Typed],
    country: str,
) -> None:
    """Change what somebody has changed in the form, all of it or nothing.

    Args:
        db: the database.
        user: whose calls.
        typed: what stands in the controls.
        before: what stood there for what is kept.
        country: where a number without prefix belongs.

    Raises:
        _Unfit: something cannot be.
    """
    seconds = _seconds("seconds", typed)
    for when in When:
        names = [f"to-{when}", f"in-groups-{when}"] + ["seconds"] * (when is When.NO_ANSWER)
        if all(before[name] == typed[name] for name in names):
            continue
        to, in_groups = str(typed[names[0]]), bool(typed[names[1]])
        rung = seconds if when is When.NO_ANSWER else None
        if not to:
            changing.forward_no_more(db, user, when)
            continue
        try:
            changing.forward(db, user, when, to, seconds=rung, in_groups=in_groups, country=country)
        except changing.NotAllowed as error:
            raise _Unfit(names[0], "own.not-allowed", str(error)) from None
        except DataError as error:
            raise _Unfit(names[0], "own.nobody", str(error)) from None
    if before["dnd"] != typed["dnd"]:
        changing.disturb(db, user, on=not typed["dnd"])
    if any(before[name] != typed[name] for name in _OF_MOBILES):
        changing.follow(db, user, _follow(typed), _seconds("follow-seconds", typed))


def _seconds(name: str, typed: Mapping[str, Typed]) -> int | None:
    text = str(typed[name])
    if text and not (text.isascii() and text.isdecimal() and SHORTEST <= int(text[:9]) <= LONGEST):
        raise _Unfit(name, "own.seconds", text)
    return int(text) if text else None


def _follow(typed: Mapping[str, Typed]) -> Follow:
    text = str(typed["follow"])
    if text not in set(Follow):
        raise _Unfit("follow", "form.wrong", text)
    return Follow(text)


def _typed(there: Exchange, handling: Handling) -> dict[str, Typed]:
    """Return what stands in the controls for what becomes of calls now."""
    found: dict[str, Typed] = {
        "dnd": "on" if handling.dnd else "",
        "seconds": str(USUAL.seconds),
        "follow": handling.follow.value,
        "follow-seconds": str(handling.seconds),
    }
    for when in When:
        forward = handling.forwards.get(when)
        found[f"to-{when}"] = dialled(there, forward.target) if forward else ""
        found[f"in-groups-{when}"] = "on" if forward and forward.in_groups else ""
        if forward and when is When.NO_ANSWER:
            found["seconds"] = str(forward.seconds)
    return found


ROUTES = (
    Route("/own", Permission.OWN, _show),
    Route("/own", Permission.OWN, _save, "POST"),
    Route("/own/cost", Permission.OWN, cost),
)
