"""Notices of answers, for whoever of the panel has asked."""

from sipagent.panel.notices import Corner
from sipagent.panel.own_tickets import asked_by
from sipagent.panel.permissions import Permission

CORNER = Corner("/helpdesk/notices", "/helpdesk/own", lambda visit: asked_by(visit.person))
ROUTES = CORNER.routes(Permission.ACCOUNT)
