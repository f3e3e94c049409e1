"""Answers that pop up on pages of owners."""

from sipagent.panel.notices import Corner
from sipagent.panel.owner.door import UNASKED
from sipagent.panel.permissions import Permission
from sipagent.tickets.model import AskerKind

CORNER = Corner(
    UNASKED, "/owner/requests", lambda visit: (AskerKind.OWNER, visit.owner.login)
)  # fmt: skip
ROUTES = CORNER.routes(Permission.OWNER)
