"""Notices of answers, for whoever of the panel has asked."""

from sipagent.panel.notices import Corner
from sipagent.panel.permissions import Permission
from sipagent.tickets.model import AskerKind

CORNER = Corner(
    "/helpdesk/notices", "/helpdesk/own", lambda visit: (AskerKind.USER, visit.person.name)
)
ROUTES = CORNER.routes(Permission.ACCOUNT)
