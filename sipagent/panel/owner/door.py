"""The door of owners: who of them is in, and where to go who is not."""

from datetime import datetime

from starlette.responses import Response

from sipagent.config import LoginSection
from sipagent.infoline.online.login import OnlineLogin
from sipagent.panel.owner.sessions import OwnerSessions
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Visit, moved
from sipagent.panel.words import LANGUAGES
from sipagent.store.data import Data

#: Below it stands what pages ask for by themselves: nobody has clicked, no session goes on by it.
UNASKED = "/owner/answers"


class OwnersDoor:
    """Decides who of the owners is in.

    Args:
        data: the database; what is asked here blocks.
        settings: how often somebody may err.
    """

    def __init__(self, data: Data, settings: LoginSection) -> None:
        self.login = OnlineLogin(data, settings)
        self.sessions = OwnerSessions()
        self._data = data

    def admit(self, visit: Visit, permission: Permission) -> Response | None:
        """Find out which owner asks; return where to go instead who has to come in first."""
        if visit.cookie:
            found = self._data.read(lambda db: self.sessions.find(db, visit.cookie, visit.now))
            visit.owner_session = found
        if (session := visit.owner_session) is not None:
            visit.language = session.language
            clicked = not visit.path.startswith(f"{UNASKED}/")
            if clicked and self.sessions.stale(session, visit.now):
                self._data.write(lambda db: self.sessions.touch(db, session, visit.now))
            return None
        chosen = visit.form.get("language", visit.query.get("language"))
        visit.language = chosen if chosen in LANGUAGES else visit.language
        if permission is Permission.ANYBODY:
            return None
        return moved("/owner", script=visit.by_script)

    def still_in(self, visit: Visit, now: datetime) -> bool:
        """Whether the owner who has opened a page, and stays on it, is in at another moment."""
        return self._data.read(lambda db: self.sessions.find(db, visit.cookie, now)) is not None
