"""Breaking off what takes too long: a socket's own time-out begins anew with every byte."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def within(seconds: float, abort: Callable[[], None]) -> Iterator[None]:
    """Have the block broken off after so many seconds.

    Args:
        seconds: for the block as a whole.
        abort: breaks it off; called in another thread.
    """
    watch = threading.Timer(seconds, abort)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
        watch.join()


def shut(line: socket.socket | None) -> None:
    """Have whoever reads from a socket or writes to it fail at once, in whichever thread."""
    if line is not None:
        with contextlib.suppress(OSError):
            # Not ``line.shutdown``: on TLS that takes away what the other thread reads from.
            socket.socket.shutdown(line, socket.SHUT_RDWR)
