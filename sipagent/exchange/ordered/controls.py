"""What can be asked of a running line: to call somebody, and then somebody else for them."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from sipagent.control.control import Control, Wish
from sipagent.e164 import to_e164
from sipagent.errors import DataError, SetupError
from sipagent.exchange.attendant import LEADS
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.ordered.desk import OrderDesk
from sipagent.exchange.ordered.orders import Order, Way
from sipagent.exchange.ordered.permission import orderable
from sipagent.exchange.ordered.words import why_not
from sipagent.exchange.switchboard import Switchboard
from sipagent.exchange.values import Kind, Ref

_Words = Annotated[str, Field(max_length=100)]


class CallWish(Wish):
    """Whom to call first, whom then, and the number that the second one sees."""

    first: _Words
    second: _Words
    shown: _Words = ""


def controls(board: Switchboard, desk: OrderDesk) -> Mapping[str, Control[Any]]:
    """Return what can be asked about calls that are ordered."""

    async def order(wish: CallWish) -> int:
        wanted = _order(board.now, wish, board.country)
        kept = await desk.put(wanted)
        try:
            why = await desk.begin(kept)
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise SetupError("the line is being closed; it makes the call when it runs") from None
        if why:
            raise DataError(why_not(why))
        return kept.id

    return {"calls.order": Control(CallWish, order)}


def _order(there: Snapshot, wish: CallWish, country: str) -> Order:
    """Return what is wanted.

    Raises:
        DataError: one of the two is nobody, or a number is none.
    """
    user, number, person = _person(there, wish.first, country)
    target = _target(there, wish.second, country)
    try:
        shown = to_e164(wish.shown, country) if wish.shown else ""
    except ValueError as error:
        raise DataError(f"shown: {error}") from None
    return Order(Way.COMMAND, user, number, person, target, shown)


def _person(there: Snapshot, text: str, country: str) -> tuple[str, str, str]:
    """Return whose call it is, the authorised number where it is one, and who is called first."""
    ref = Ref.of(text) if text.startswith(f"{Kind.USER}:") else there.extension(text)
    if ref is not None and ref.kind is Kind.USER:
        if there.exchange.find("users", ref.name) is None:
            raise DataError(f"there is no user {ref.name!r}")
        return ref.name, "", str(ref)
    number = _number(text, country)
    for one in there.exchange.authorised:
        if one.number == number:
            return one.user, number, number
    for user in there.exchange.users:
        if user.mobile and user.mobile == number:
            return user.name, "", number
    raise DataError(
        f"{text!r} is nobody's telephone: name a user by internal number or as user:NAME, the "
        "mobile of one, or an authorised number (sipagent authorised list)"
    )


def _target(there: Snapshot, text: str, country: str) -> str:
    try:
        target = _named(Ref.of(text)) if ":" in text else orderable(there, text, country)
    except ValueError as error:
        raise DataError(str(error)) from None
    if target is None:
        raise DataError(f"{text!r} is nobody who can be called")
    return str(target)


def _named(ref: Ref) -> Ref | None:
    return ref if ref.kind in LEADS else None


def _number(text: str, country: str) -> str:
    try:
        return to_e164(text, country)
    except ValueError:
        return ""
