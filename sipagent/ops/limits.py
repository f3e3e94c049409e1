"""Limits of the operating system that a line full of calls would meet."""

import resource

#: Descriptors of the daemon itself: database, log, workers, transports.
_BASE = 256
#: RTP and RTCP sockets, the player's file, a recording, and a TCP connection of the caller's.
_PER_CALL = 6


def raise_descriptors(calls: int) -> int:
    """Raise the soft limit of open files to what so many calls need; return the limit then.

    The hard limit is the administrator's word: it is never exceeded, only used up.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _BASE + _PER_CALL * calls
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return soft


def enough_descriptors(calls: int, limit: int) -> bool:
    """Return whether a limit lets so many calls have all their files and sockets."""
    return limit == resource.RLIM_INFINITY or limit >= _BASE + _PER_CALL * calls
