"""One core for the threads that take turns at the interpreter; all others run where they like.

Only one of them can run at a time, whatever the cores. Where each has another core, every turn
wakes one, and finds what the last one has worked on in another's cache: on a line that sets up
calls all the time that was a third of the processor time of a call. See
``docs/decisions/034-one-core-for-python.md``.
"""

import contextlib
import os
from collections.abc import Iterator

#: Where the process may run, as systemd or its operator wants it.
_ALLOWED = frozenset(os.sched_getaffinity(0))
#: Where the threads of the interpreter run.
_home = _ALLOWED


def share() -> None:
    """Choose a core, and keep this thread there, with those that it begins.

    Where the system does not allow it, all is as before.
    """
    global _home  # noqa: PLW0603  it is that of the process
    cores = sorted(_ALLOWED)
    chosen = frozenset({cores[os.getpid() % len(cores)]})
    if _keep_to(chosen):
        _home = chosen


def stay() -> None:
    """Keep this thread, which needs the interpreter, where the others are that do."""
    if _home != _ALLOWED:
        _keep_to(_home)


def roam() -> None:
    """Let this thread, and those that it begins, run on any core."""
    if _home != _ALLOWED:
        _keep_to(_ALLOWED)


@contextlib.contextmanager
def roaming() -> Iterator[None]:
    """Let processes and threads that are begun in a block run on any core."""
    roam()
    try:
        yield
    finally:
        stay()


def _keep_to(where: frozenset[int]) -> bool:
    """Keep this thread to some cores; False where the system forbids it, or has taken them away."""
    try:
        os.sched_setaffinity(0, where)
    except OSError:
        return False
    return True
