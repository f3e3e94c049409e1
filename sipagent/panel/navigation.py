"""Where one can go: the main menu, and those of the exchange and of the infoline."""

from typing import NamedTuple

from sipagent.panel.permissions import Permission


class Place(NamedTuple):
    """A page of a menu: its path, what it is called, and who may go there."""

    path: str
    key: str
    permission: Permission


MENU = (
    Place("/live", "nav.live", Permission.LIVE),
    Place("/calls", "nav.calls", Permission.HISTORY),
    Place("/exchange", "nav.exchange", Permission.EXCHANGE),
    Place("/infoline", "nav.infoline", Permission.INFOLINE),
)
#: The pages of the exchange; the first one is where its menu leads.
EXCHANGE = (
    Place("/exchange/users", "kind.users.many", Permission.EXCHANGE),
    Place("/exchange/changes", "changes.title", Permission.EXCHANGE),
)
#: The pages of the infoline; the first one is where its menu leads.
INFOLINE = (
    Place("/infoline/owners", "owner.many", Permission.INFOLINE),
    Place("/infoline/offices", "office.many", Permission.INFOLINE),
    Place("/infoline/requests", "request.many", Permission.INFOLINE),
    Place("/infoline/outbox", "outbox.title", Permission.INFOLINE),
    Place("/infoline/lockouts", "lockout.title", Permission.INFOLINE),
    Place("/infoline/import", "import.title", Permission.INFOLINE),
)
