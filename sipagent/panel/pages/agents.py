"""Agents: which users of the exchange work on tickets."""

from starlette.responses import Response

from sipagent.panel import people
from sipagent.panel.permissions import Permission, Role
from sipagent.panel.web import Route, Visit, moved

_PATH = "/helpdesk/agents"


def _list(visit: Visit) -> Response:
    found = [one for one in visit.house.data.read(people.listed) if one.role is Role.USER]
    return visit.page("helpdesk/agents.html", found=found, done=visit.query.get("done", ""))


def _mark(visit: Visit) -> Response:
    name, agent = visit.form.get("name", ""), visit.form.get("agent") == "yes"
    visit.house.data.write(lambda db: people.mark(db, name, agent=agent))
    visit.note("agent" if agent else "no-agent", name)
    return moved(f"{_PATH}?done=kept")


ROUTES = (
    Route(_PATH, Permission.EXCHANGE, _list),
    Route(_PATH, Permission.EXCHANGE, _mark, "POST"),
)
