"""One's own account: language and looks, the second proof, where one is logged in."""

from functools import partial

import segno
from markupsafe import Markup
from starlette.responses import Response

from sipagent.panel import people, totp
from sipagent.panel.guard import own_path
from sipagent.panel.pages.notices import CORNER
from sipagent.panel.permissions import Permission, Role
from sipagent.panel.web import Route, Visit, moved
from sipagent.panel.words import LANGUAGES
from sipagent.threads import PINS

THEMES = ("auto", "light", "dark")


def _first(visit: Visit) -> Response:
    return moved("/live" if visit.person.role is Role.ADMINISTRATOR else "/calls")


def _account(visit: Visit, status: int = 200, **values: object) -> Response:
    sessions = visit.house.data.read(
        lambda db: visit.house.sessions.of(db, visit.person, visit.now)
    )  # fmt: skip
    shown = {"secret": "", "code": "", "wrong": "", "done": visit.query.get("done", ""), **values}
    return visit.page(
        "account.html", status, sessions=sessions, current=visit.session, corner=CORNER, **shown
    )


def _prefer(visit: Visit) -> Response:
    allowed = {"language": LANGUAGES, "theme": THEMES}
    fields = {
        name: visit.form[name]
        for name, values in allowed.items()
        if visit.form.get(name) in values
    }  # fmt: skip
    visit.house.data.write(partial(people.prefer, person=visit.person.id, fields=fields))
    return moved(own_path(visit.form.get("back"), "/account"))


def _second_proof(visit: Visit) -> Response:
    """Show a new secret; it counts once a code of it was typed."""
    return _offer(visit, totp.new_secret(), "")


def _offer(visit: Visit, secret: str, wrong: str) -> Response:
    address = totp.uri(secret, visit.person.name)
    code = Markup(segno.make(address, error="m").svg_inline(omitsize=True))
    return _account(visit, 422 if wrong else 200, secret=secret, code=code, wrong=wrong)


def _confirm_proof(visit: Visit) -> Response:
    secret, code = visit.form.get("secret", ""), visit.form.get("code", "")
    period = totp.matching(secret, code, visit.now) if totp.valid(secret) else None
    if period is None:
        return _offer(visit, secret if totp.valid(secret) else totp.new_secret(), "totp.wrong")
    use = partial(totp.use, person=visit.person.id, secret=secret, period=period)
    if not visit.house.data.write(use):
        return moved("/account")  # who has another one drops that first, and knows the password
    visit.note("second-proof-on")
    return moved("/account?done=totp-on")


def _drop_proof(visit: Visit) -> Response:
    """Ask for no code any more, of who knows the password."""
    name, password = visit.person.name, visit.form.get("password", "")
    verdict = visit.house.login.password(name, password, visit.address, visit.now)
    if verdict.person is None:
        return _account(visit, 403, wrong="account.password-wrong")
    visit.house.data.write(partial(totp.drop, person=visit.person.id))
    visit.note("second-proof-off")
    return moved("/account?done=totp-off")


def _end_session(visit: Visit) -> Response:
    key = visit.form.get("session", "")
    visit.house.data.write(lambda db: visit.house.sessions.end(db, visit.person, key))
    return moved("/account?done=session")


def _end_others(visit: Visit) -> Response:
    session = visit.session
    assert session is not None  # the route asks for a permission
    visit.house.data.write(lambda db: visit.house.sessions.end_others(db, session))
    return moved("/account?done=session")


_ACCOUNT = Permission.ACCOUNT
ROUTES = (
    Route("/", _ACCOUNT, _first),
    Route("/account", _ACCOUNT, _account),
    Route("/account/preferences", _ACCOUNT, _prefer, "POST"),
    Route("/account/second-proof", _ACCOUNT, _second_proof, "POST"),
    Route("/account/second-proof/confirm", _ACCOUNT, _confirm_proof, "POST"),
    Route("/account/second-proof/drop", _ACCOUNT, _drop_proof, "POST", PINS),
    Route("/account/sessions/end", _ACCOUNT, _end_session, "POST"),
    Route("/account/sessions/end-others", _ACCOUNT, _end_others, "POST"),
)
