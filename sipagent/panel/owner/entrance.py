"""Owners come in and go out: the login, a code to an address on record or a PIN, the session."""

import time
from dataclasses import dataclass
from functools import partial

import sqlite_utils
import structlog
from starlette.background import BackgroundTask
from starlette.responses import Response

from sipagent.access.networks import network
from sipagent.errors import SipAgentError
from sipagent.infoline.directory import Directory
from sipagent.infoline.login import LONGEST_LOGIN, Verdict
from sipagent.infoline.model import Owner
from sipagent.infoline.notices import Notices
from sipagent.infoline.online import codes, contacts
from sipagent.infoline.online.changes import Change, State
from sipagent.infoline.online.contacts import ContactRefused, Contacts
from sipagent.infoline.online.letters import masked
from sipagent.infoline.online.login import subject
from sipagent.infoline.online.ways import Way, ways
from sipagent.infoline.pins import in_use
from sipagent.panel.guard import new_cookie
from sipagent.panel.owner.sending import send_code, tell
from sipagent.panel.owner.shown import page, refusal
from sipagent.panel.passes import digest
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, Work, missing, moved
from sipagent.threads import PINS, Threads

#: Threads of those who are not in: they never keep others from their pages.
STRANGERS = Threads("owners", 8, 100)
#: Seconds that an answer about a login takes.
_STEADY = 0.05

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Sought:
    """A login that was typed: who has it, and where codes of it seem to go."""

    login: str
    owner: Owner | None
    ways: list[Way]
    pins: bool


def _begin(visit: Visit) -> Response:
    if visit.owner_session is None:
        return page(visit, "login.html", login="", wrong="")
    today = visit.now.astimezone(visit.zone).date()
    told, waiting = visit.house.data.read(
        lambda db: (Notices(db).told(visit.owner, today), _contacts(visit, db).waiting(visit.owner))
    )
    return page(visit, "home.html", notices=len(told), waiting=waiting)


def _choose(visit: Visit) -> Response:
    """Show where a code can go; for a login that nobody has it looks the same."""
    sought = _sought(visit)
    if not sought.login:
        return page(visit, "login.html", 422, login="", wrong=visit.words("owners.no-login"))
    return page(visit, "ways.html", sought=sought, wrong="")


def _send(visit: Visit) -> Response:
    """Send a code, where there is whom to send it to; nobody is told whether."""
    sought = _sought(visit)
    way = next((one for one in sought.ways if one.tag == visit.form.get("way")), None)
    if not sought.login or way is None:
        return moved("/owner")
    code = visit.house.data.write(partial(_given, visit, sought, way))
    if code is None:
        wrong = visit.words("owners.too-many-codes")
        return page(visit, "ways.html", 429, sought=sought, wrong=wrong)
    if code and sought.owner is not None:
        # Nobody waits for it, not even the next request: that would tell that there is a letter.
        STRANGERS.begin(_post, visit, sought.owner, code, way.target)
    return page(visit, "code.html", login=sought.login, way=way, wrong="")


def _given(visit: Visit, sought: _Sought, way: Way, db: sqlite_utils.Database) -> str | None:
    """Return a code; empty: there is nowhere to send it to; None: there were too many."""
    asks = network(visit.address)
    if not codes.free(db, sought.login, asks, visit.now):
        return None
    if not codes.count(db, sought.login, asks, way.target, visit.now):
        return ""
    return codes.give(db, subject(sought.login, digest(visit.cookie)), visit.now)


def _post(visit: Visit, owner: Owner, code: str, target: str) -> None:
    try:
        send_code(visit.house, owner, code, target, "login", visit.language)
    except SipAgentError as error:
        log.warning("a code was not sent", reason=str(error))


def _enter(visit: Visit) -> Response:
    sought, code = _sought(visit), visit.form.get("code", "")
    if not sought.login:
        return moved("/owner")
    result = visit.house.owners.login.code(
        sought.login, digest(visit.cookie), code, browser=visit.address, now=visit.now
    )
    if result.verdict is Verdict.ACCEPTED and result.owner is not None:
        return _let_in(visit, result.owner)
    wrong = refusal(visit, result)
    if result.owner is not None:
        return page(visit, "shut.html", 403, wrong=wrong)
    way = next((one for one in sought.ways if one.tag == visit.form.get("way")), None)
    return page(visit, "code.html", 403, login=sought.login, way=way, wrong=wrong)


def _pin(visit: Visit) -> Response:
    """Ask for a PIN, and look at the one that was typed."""
    sought, pin = _sought(visit), visit.form.get("pin", "").strip()
    if not (sought.login and sought.pins):
        return moved("/owner")
    if not pin:
        return page(visit, "pin.html", login=sought.login, wrong="")
    result = visit.house.owners.login.pin(
        sought.login, pin, browser=visit.address, now=visit.now
    )  # fmt: skip
    if result.verdict is Verdict.ACCEPTED and result.owner is not None:
        return _let_in(visit, result.owner)
    wrong = refusal(visit, result)
    if result.owner is not None:
        return page(visit, "shut.html", 403, wrong=wrong)
    return page(visit, "pin.html", 403, login=sought.login, wrong=wrong)


def _let_in(visit: Visit, owner: Owner) -> Response:
    """Begin a session, with another number than the browser had before."""
    sessions, before = visit.house.owners.sessions, visit.owner_session

    def begin(db: sqlite_utils.Database) -> str:
        if before is not None:
            sessions.end(db, before.owner, before.id)
        return sessions.begin(
            db,
            owner,
            visit.now,
            address=visit.address,
            browser=visit.browser,
            language=visit.language,
        )

    visit.keep = visit.house.data.write(begin)
    log.info("an owner came in", login=owner.login)
    return moved("/owner")


def _log_out(visit: Visit) -> Response:
    if (session := visit.owner_session) is not None:
        sessions = visit.house.owners.sessions
        visit.house.data.write(lambda db: sessions.end(db, session.owner, session.id))
    visit.keep = new_cookie()
    return moved("/owner")


def _stop(visit: Visit) -> Response:
    """Show what the link of a letter would stop."""
    change = visit.house.data.read(lambda db: _of_link(visit, db))
    return page(visit, "stop.html", change=change, told=_told(change), stopped="")


def _stop_now(visit: Visit) -> Response:
    """Stop a change; whoever has asked for it may be a stranger, who is out then."""
    sessions, mine = visit.house.owners.sessions, visit.owner_session

    def work(db: sqlite_utils.Database) -> Change | None:
        change = _of_link(visit, db)
        stopped = contacts.stop(db, change, visit.now)
        if stopped is not None:
            keep = mine if mine is not None and mine.owner.id == change.owner_id else None
            sessions.end_others(db, change.owner_id, keep)
        return stopped

    stopped = visit.house.data.write(work, durable=True)
    change = visit.house.data.read(lambda db: _of_link(visit, db))
    how = "yes" if stopped is not None or change.state is State.STOPPED else "late"
    response = page(visit, "stop.html", change=change, told=_told(change), stopped=how)
    response.background = BackgroundTask(tell, visit.house)
    return response


def _of_link(visit: Visit, db: sqlite_utils.Database) -> Change:
    """Return the change that a link stops.

    Raises:
        Refused: nobody was given such a link.
    """
    try:
        return contacts.of_link(db, visit.names["token"])
    except ContactRefused:
        raise missing("owners.no-link") from None


def _told(change: Change) -> str:
    return masked(change.new, change.medium)


def _sought(visit: Visit) -> _Sought:
    """Return what is known of the login that was typed, blanks and hyphens left out."""
    typed = "".join(visit.form.get("login", "").split()).replace("-", "")
    login = typed if typed.isascii() and typed.isdecimal() else ""
    login = login if len(login) <= LONGEST_LOGIN else ""

    def work(db: sqlite_utils.Database) -> _Sought:
        owner = Directory(db).find(login)
        there = _contacts(visit, db)
        offered = ways(
            db,
            login,
            owner,
            texts=bool(visit.house.config.texts.url),
            fresh=there.fresh(owner, visit.now) if owner else frozenset(),
            replaced=there.replaced(owner, visit.now) if owner else (),
        )
        return _Sought(login, owner, offered, in_use(db))

    return visit.house.data.read(work)


def _contacts(visit: Visit, db: sqlite_utils.Database) -> Contacts:
    config = visit.house.config
    return Contacts(db, texts=bool(config.texts.url), country=config.line.country)


def _steady(work: Work) -> Work:
    """Have an answer take as long whoever has a login, or nobody has."""

    def steadily(visit: Visit) -> Response:
        until = time.monotonic() + _STEADY
        response = work(visit)
        time.sleep(max(0.0, until - time.monotonic()))
        return response

    return steadily


_ANYBODY = Permission.ANYBODY
ROUTES = (
    Route("/owner", _ANYBODY, _begin),
    Route("/owner/login", _ANYBODY, _steady(_choose), "POST", STRANGERS),
    Route("/owner/code", _ANYBODY, _steady(_send), "POST", STRANGERS),
    Route("/owner/enter", _ANYBODY, _steady(_enter), "POST", STRANGERS),
    Route("/owner/pin", _ANYBODY, _pin, "POST", PINS),
    Route("/owner/logout", _ANYBODY, _log_out, "POST"),
    Route("/owner/stop/{token}", _ANYBODY, _stop),
    Route("/owner/stop/{token}", _ANYBODY, _stop_now, "POST"),
)
