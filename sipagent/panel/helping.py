"""Ways to get help, as the Help button of every page and the first page of help show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sipagent.helpdesk.support import MailAddress, Support
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


WAYS: Sequence[Way] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """How else somebody is reached, and when.

    Args:
        hours: of support, as they are shown; empty: always.
        is_open: whether it is within them now.
        phone: E.164; empty: nobody is told to call.
        addresses: each with what it is for.
    """

    hours: str
    is_open: bool
    phone: str
    addresses: Sequence[MailAddress]


def ways(visit: Visit) -> list[Way]:
    """Return the ways that are open to who asks."""
    return [
        one for one in WAYS if one.permission is Permission.ANYBODY or visit.may(one.permission)
    ]


def contact(visit: Visit) -> Contact:
    """Return how else who asks gets help."""
    config = visit.house.config
    support = Support(config)
    return Contact(
        config.helpdesk.hours,
        support.open_at(visit.now),
        support.phone,
        support.addresses(visit.language),
    )


def helps(visit: Visit) -> bool:
    """Whether who asks helps others, and so reads what is for staff only."""
    return visit.may(Permission.HELPDESK)
