"""One's own phones: given, set up, taken away."""

from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.exchange import editing
from sipagent.exchange.model import Phone
from sipagent.panel import softphones
from sipagent.panel.own_number import own_user
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved

#: Phones that somebody may have without asking an administrator.
_MOST = 5
_PATH = "/own/phones"


def _list(visit: Visit, status: int = 200, wrong: str = "") -> Response:
    return visit.page(
        "own/phones.html",
        status,
        phones=_phones(visit),
        most=_MOST,
        path=_PATH,
        wrong=wrong,
        done=visit.query.get("done", ""),
    )


def _phones(visit: Visit) -> list[Phone]:
    user, stored = own_user(visit)
    return [one for one in stored.exchange.phones if one.user == user.name]


def _own(visit: Visit) -> Phone:
    """Return the phone that the address names.

    Raises:
        Refused: there is none, or it is not theirs.
    """
    key = visit.query.get("key", "")
    found = next((one for one in _phones(visit) if one.account == key), None)
    if found is None:
        raise missing()
    return found


def _add(visit: Visit) -> Response:
    user, _ = own_user(visit)
    if len(_phones(visit)) >= _MOST:
        return _list(visit, 409, visit.words("own.many-phones"))
    label = visit.form.get("label", "").strip()
    try:
        return softphones.given(visit, user.name, label, _PATH)
    except DataError as error:
        return _list(visit, 422, str(error))


def _renew(visit: Visit) -> Response:
    return softphones.renewed(visit, _own(visit).account, _PATH)


def _link(visit: Visit) -> Response:
    return softphones.linked(visit, _own(visit).account, _PATH)


def _remove(visit: Visit) -> Response:
    account, by = _own(visit).account, visit.person.name
    visit.house.data.write(lambda db: editing.remove(db, "phones", account, by=by))
    return moved(f"{_PATH}?done=removed")


_OWN = Permission.OWN
ROUTES = (
    Route(_PATH, _OWN, _list),
    Route(_PATH, _OWN, _add, "POST"),
    Route(f"{_PATH}/renew", _OWN, _renew, "POST"),
    Route(f"{_PATH}/link", _OWN, _link, "POST"),
    Route(f"{_PATH}/remove", _OWN, _remove, "POST"),
)
