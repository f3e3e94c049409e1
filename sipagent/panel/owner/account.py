"""What an owner chooses for the page itself: language, size of letters, and who else is in."""

from starlette.responses import Response

from sipagent.panel.guard import own_path
from sipagent.panel.owner.answers import CORNER
from sipagent.panel.owner.sessions import SIZES
from sipagent.panel.owner.shown import page
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, moved
from sipagent.panel.words import LANGUAGES


def _show(visit: Visit) -> Response:
    sessions = visit.house.owners.sessions
    found = visit.house.data.read(lambda db: sessions.of(db, visit.owner, visit.now))
    return page(
        visit, "account.html", sessions=found, corner=CORNER, done=visit.query.get("done", "")
    )


def _prefer(visit: Visit) -> Response:
    session, sessions = visit.owner_session, visit.house.owners.sessions
    assert session is not None  # the route's permission was checked
    language = visit.form.get("language", session.language)
    size = visit.form.get("size", session.size)
    if language in LANGUAGES and size in SIZES:
        visit.house.data.write(lambda db: sessions.prefer(db, session, language, size))
    return moved(_back(visit))


def _stay(visit: Visit) -> Response:
    """Go on being in: that the page was asked for is what counts."""
    session, sessions = visit.owner_session, visit.house.owners.sessions
    assert session is not None  # the route's permission was checked
    visit.house.data.write(lambda db: sessions.touch(db, session, visit.now))
    return moved(_back(visit))


def _end(visit: Visit) -> Response:
    key, sessions = visit.form.get("session", ""), visit.house.owners.sessions
    visit.house.data.write(lambda db: sessions.end(db, visit.owner, key))
    return moved("/owner/account?done=ended")


def _end_others(visit: Visit) -> Response:
    sessions = visit.house.owners.sessions
    visit.house.data.write(lambda db: sessions.end_others(db, visit.owner.id, visit.owner_session))
    return moved("/owner/account?done=ended")


def _back(visit: Visit) -> str:
    """Return the page that somebody was on, where that is one of owners."""
    path = own_path(visit.form.get("back"), "/owner")
    return path if path.startswith("/owner") else "/owner"


_ALLOWED = Permission.OWNER
ROUTES = (
    Route("/owner/account", _ALLOWED, _show),
    Route("/owner/account/preferences", _ALLOWED, _prefer, "POST"),
    Route("/owner/account/stay", _ALLOWED, _stay, "POST"),
    Route("/owner/account/end", _ALLOWED, _end, "POST"),
    Route("/owner/account/end-others", _ALLOWED, _end_others, "POST"),
)
