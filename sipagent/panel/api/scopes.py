"""What a token lets a program do."""

from enum import StrEnum


class Scope(StrEnum):
    """One kind of thing; a token has any number of them."""

    #: Owners with their phones, balances and charges; the whole directory as one document.
    OWNERS_READ = "owners:read"
    #: The import, and changes of single owners.
    OWNERS_WRITE = "owners:write"
    #: Tickets with their words and recordings.
    TICKETS_READ = "tickets:read"
    #: Answering and closing them.
    TICKETS_WRITE = "tickets:write"
    #: Calls, those that go on and those of the past.
    CALLS_READ = "calls:read"
    #: Making calls, and ending and transferring those that go on.
    CALLS_CONTROL = "calls:control"
    #: Recorded conversations; each use is on record.
    RECORDINGS_READ = "recordings:read"
    #: Who waits in queues, and what members do.
    QUEUES_READ = "queues:read"
    #: Logging members in and out, pauses, taking callers out.
    QUEUES_CONTROL = "queues:control"
    #: Who is in which room.
    ROOMS_READ = "rooms:read"
    #: Leading meetings, and calling people in.
    ROOMS_CONTROL = "rooms:control"


#: What can be given for the owners of one manager: all else knows no managers.
OF_A_MANAGER = frozenset(
    {
        Scope.OWNERS_READ,
        Scope.OWNERS_WRITE,
        Scope.TICKETS_READ,
        Scope.TICKETS_WRITE,
        Scope.CALLS_READ,
    }
)
