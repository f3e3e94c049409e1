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
    #: Listening to recordings of calls: all of them, or one's own.
    RECORDINGS = "recordings"
    #: Counts of calls, queues and the infoline: all of them, or one's own.
    STATISTICS = "statistics"
    #: What calls have cost, by who pays.
    BILLS = "bills"
    #: Issuing and correcting them.
    BILLING = "billing"
    #: The data of the exchange: users, phones, queues, schedules, numbers.
    EXCHANGE = "exchange"
    #: What callers are led through.
    SCENARIOS = "scenarios"
    #: Owners, estates and requests: all of them, or one's own.
    INFOLINE = "infoline"
    #: Listening in on calls that go on; a user needs the right to do so, too (``Person.may``).
    LISTEN = "listen"
    #: Writing the articles of the help.
    KNOWLEDGE = "knowledge"
    #: Tokens by which programs get in.
    PROGRAMS = "programs"
    #: One's own number, of who has one: messages, redirects, phones.
    OWN = "own"
    #: Working on tickets: all, those of one's own owners, or as an agent (``Person.agent``).
    HELPDESK = "helpdesk"
    #: Answering in chats, as an administrator or an agent.
    CHATS = "chats"
    #: What an owner of the infoline sees of their own; nobody of the panel is one.
    OWNER = "owner"


_EVERYBODY = frozenset({Permission.ANYBODY, Permission.ACCOUNT, Permission.HISTORY})
_MANAGING = frozenset(
    {Permission.STATISTICS, Permission.BILLS, Permission.INFOLINE, Permission.HELPDESK}
)
_AS_USER = frozenset({Permission.OWN, Permission.LISTEN, Permission.HELPDESK, Permission.CHATS})
_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission) - {Permission.OWNER},
    Role.USER: _EVERYBODY | _AS_USER,
    Role.MANAGER: _EVERYBODY | _MANAGING,
}


def may(role: Role, permission: Permission) -> bool:
    """Whether somebody of a role may do something."""
    return permission in _PERMISSIONS[role]
