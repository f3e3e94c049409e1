"""Coming in and going out: name and password, the second proof, the link of who is new."""

from functools import partial

import sqlite_utils
from starlette.background import BackgroundTask
from starlette.responses import Response

from sipagent.errors import DataError
from sipagent.panel import one_time, people
from sipagent.panel.guard import new_cookie, own_path
from sipagent.panel.login import Verdict
from sipagent.panel.passes import Pass, holder
from sipagent.panel.people import Person
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.threads import PINS


def _login(visit: Visit) -> Response:
    if visit.inside:
        return moved("/")
    return visit.page("login.html", name="", wrong="")


def _log_in(visit: Visit) -> Response:
    name, password = visit.form.get("name", "").strip(), visit.form.get("password", "")
    verdict = visit.house.login.password(name, password, visit.address, visit.now)
    if verdict.person is None:
        return visit.page("login.html", 403, name=name, wrong=_wrong(visit, verdict))
    return _let_in(visit, verdict.person)


def _code(visit: Visit) -> Response:
    if visit.session is None or visit.session.proved:
        return moved("/login")
    return visit.page("code.html", wrong="")


def _prove(visit: Visit) -> Response:
    if visit.session is None or visit.session.proved:
        return moved("/login")
    code = visit.form.get("code", "")
    verdict = visit.house.login.second_proof(visit.person, code, visit.address, visit.now)
    if verdict.person is None:
        return visit.page("code.html", 403, wrong=_wrong(visit, verdict))
    return _let_in(visit, verdict.person, proved=True)


def _mail(visit: Visit) -> Response:
    texts = bool(visit.house.config.texts.url)
    return visit.page("mail.html", name="", sent=False, wrong="", texts=texts)


def _send_code(visit: Visit) -> Response:
    """Send a one-time password, where there is whom to send it to; nobody is told whether."""
    name = visit.form.get("name", "").strip()
    response = visit.page("mail.html", name=name, sent=True, wrong="")
    # Once the answer is out: it takes as long for a name that nobody has.
    way = one_time.by_text if visit.form.get("way") == "text" else one_time.by_mail
    response.background = BackgroundTask(one_time.send, visit, name, way)
    return response


def _take_code(visit: Visit) -> Response:
    name, code = visit.form.get("name", "").strip(), visit.form.get("code", "")
    verdict = visit.house.login.mailed(name, code, visit.address, visit.now)
    if verdict.person is None:
        return visit.page("mail.html", 403, name=name, sent=True, wrong=_wrong(visit, verdict))
    return _let_in(visit, verdict.person)


def _welcome(visit: Visit) -> Response:
    person = _invited(visit)
    return visit.page("welcome.html", person=person, wrong="", shortest=people.SHORTEST)


def _choose(visit: Visit) -> Response:
    person = _invited(visit)
    password = visit.form.get("password", "")
    wrong = "" if password == visit.form.get("again") else "password.differs"
    if not wrong:
        try:
            kept = people.hashed(password, person.name)
        except DataError as error:
            wrong = str(error)
    if wrong:
        return visit.page(
            "welcome.html", 422, person=person, wrong=wrong, shortest=people.SHORTEST
        )  # fmt: skip

    def choose(db: sqlite_utils.Database) -> None:
        if _holder(visit, db) != person.id:  # meanwhile the link was used
            raise missing("refused.link")
        people.set_password(db, person.id, kept)

    visit.house.data.write(choose)
    return _let_in(visit, person)


def _log_out(visit: Visit) -> Response:
    if (session := visit.session) is not None:
        sessions = visit.house.sessions
        visit.house.data.write(lambda db: sessions.end(db, session.person, session.id))
    visit.keep = new_cookie()
    return moved("/login")


def _let_in(visit: Visit, person: Person, *, proved: bool = False) -> Response:
    """Begin a session, with another number than the browser had before."""
    proved = proved or not person.two_proofs
    sessions, before = visit.house.sessions, visit.session

    def begin(db: sqlite_utils.Database) -> str:
        if before is not None:
            sessions.end(db, before.person, before.id)
        if proved:
            people.note(db, visit.now, person.name, visit.address, "login")
        return sessions.begin(
            db, person, visit.now, proved=proved, address=visit.address, browser=visit.browser
        )

    visit.keep = visit.house.data.write(begin)
    return moved(own_path(visit.query.get("next")) if proved else "/login/code")


def _invited(visit: Visit) -> Person:
    """Return whose link it is.

    Raises:
        Refused: it was used, or has run out.
    """
    key = visit.house.data.read(partial(_holder, visit))
    person = None if key is None else visit.house.data.read(partial(people.of_id, key=key))
    if person is None:
        raise missing("refused.link")
    return person


def _holder(visit: Visit, db: sqlite_utils.Database) -> int | None:
    return holder(db, Pass.LINK, visit.names["token"], visit.now)


def _wrong(visit: Visit, verdict: Verdict) -> str:
    """Return what is said to whom nothing was right; nobody learns what was wrong."""
    if verdict.wait is None:
        return visit.words("login.wrong")
    minutes = -(-int(verdict.wait.total_seconds()) // 60)
    return visit.words.count("login.wait", max(1, minutes))


_ANYBODY = Permission.ANYBODY
ROUTES = (
    Route("/login", _ANYBODY, _login),
    Route("/login", _ANYBODY, _log_in, "POST", PINS),
    Route("/login/code", _ANYBODY, _code),
    Route("/login/code", _ANYBODY, _prove, "POST"),
    Route("/login/mail", _ANYBODY, _mail),
    Route("/login/mail", _ANYBODY, _send_code, "POST"),
    Route("/login/mail/code", _ANYBODY, _take_code, "POST"),
    Route("/welcome/{token}", _ANYBODY, _welcome),
    Route("/welcome/{token}", _ANYBODY, _choose, "POST", PINS),
    Route("/logout", _ANYBODY, _log_out, "POST"),
)
