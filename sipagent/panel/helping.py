"""Ways to get help, as the Help button of every page and the first page of help show them."""

from dataclasses import dataclass

from sipagent.panel.permissions import Permission
from sipagent.panel.web import Visit


@dataclass(frozen=True, slots=True)
class Way:
    """A page on which somebody is helped.

    Args:
        key: its name, ``help.KEY`` among the texts.
        path: where it stands.
        permission: what its route asks for.
    """

    key: str
    path: str
    permission: Permission


WAYS = (
    Way("chat", "/chat", Permission.ANYBODY),
    Way("ask", "/helpdesk/new", Permission.ACCOUNT),
    Way("history", "/helpdesk/own", Permission.ACCOUNT),
    Way("owners", "/owner", Permission.ANYBODY),
)


def ways(visit: Visit) -> list[Way]:
    """Return the ways that are open to who asks."""
    if visit.inside:
        return [one for one in WAYS if one.key != "owners" and _may(visit, one)]
    return [one for one in WAYS if one.permission is Permission.ANYBODY]


def _may(visit: Visit, way: Way) -> bool:
    return way.permission is Permission.ANYBODY or visit.may(way.permission)


def helps(visit: Visit) -> bool:
    """Whether who asks helps others, and so reads what is for staff only."""
    return visit.may(Permission.HELPDESK)
