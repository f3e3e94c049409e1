"""How a worker process lives: a request a line on stdin, an answer a line on stdout, in JSON.

It ends when stdin does. Signals that end the daemon leave it alone, because the daemon still
lets live calls finish.
"""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO, TypeVar

_PR_SET_PDEATHSIG = 1

Loaded = TypeVar("Loaded")
Load = Callable[[dict[str, Any]], Loaded]
Answer = Callable[[Loaded, dict[str, Any]], dict[str, Any]]


def serve(load: Load[Loaded], answer: Answer[Loaded], nice: int) -> None:
    """Load what the first line says, then answer each line that follows.

    Args:
        load: returns what answers are made with.
        answer: returns the answer to a request; an error is answered as such.
        nice: how far this process steps back behind live media, once it is loaded: that is
            short work, and on a busy machine nobody could be served until it is done.
    """
    requests, answers = _take_over_streams()
    _die_with_parent()
    for line in _answers(load, answer, nice, requests):
        answers.write(json.dumps(line) + "\n")
        answers.flush()


def _answers(
    load: Load[Loaded], answer: Answer[Loaded], nice: int, requests: TextIO
) -> Iterator[dict[str, Any]]:
    try:
        loaded = load(json.loads(requests.readline() or "{}"))
    except Exception as error:  # whatever a library says of a broken file or machine
        yield {"error": _reason(error)}
        return
    os.nice(nice)
    yield {"ready": True}
    for line in requests:
        try:
            yield answer(loaded, json.loads(line))
        except Exception as error:  # one bad request must not end the process
            yield {"error": _reason(error)}


def _take_over_streams() -> tuple[TextIO, TextIO]:
    """Keep stdout for answers alone: what a library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    return os.fdopen(os.dup(0), encoding="utf-8"), answers


def _die_with_parent() -> None:
    """Have the kernel end this process with the daemon, even in the middle of its work."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'cache'}: {error.strerror}"
    return f"{type(error).__name__}: {error}"
