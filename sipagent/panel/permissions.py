"""Who may do what: roles, and the permissions that pages ask for."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody is to the line."""

    ADMINISTRATOR = "administrator"
    #: A user of the exchange: their own calls, phones and messages.
    USER = "user"
    #: A manager of the infoline: their own owners and estates.
    MANAGER = "manager"


class Permission(StrEnum):
    """What a page asks for."""

    #: Anybody may open it, also without having logged in.
    ANYBODY = "anybody"
    #: Whoever is in: their own account.
    ACCOUNT = "account"
    #: Calls, trunks, phones, queues and rooms as they are now.
    LIVE = "live"
    #: Ending calls, and whatever else changes what goes on.
    STEER = "steer"
    #: Calls of the past: all of them, or one's own (``Person.labels``).
    HISTORY = "history"
    #: SIP messages of calls.
    TRACE = "trace"
    #: Who and what is in the exchange: looking at it, and changing it.
    EXCHANGE = "exchange"
    #: Owners, estates, requests: all of them, or one's own (``panel.own``).
    INFOLINE = "infoline"


_EVERYBODY = frozenset({Permission.ANYBODY, Permission.ACCOUNT, Permission.HISTORY})
_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.USER: _EVERYBODY,
    Role.MANAGER: _EVERYBODY | {Permission.INFOLINE},
}


def may(role: Role, permission: Permission) -> bool:
    """Whether somebody of a role may do something."""
    return permission in _PERMISSIONS[role]
