"""How questions and answers are written: one line of JSON each, over a socket of the machine.

A question is ``{"do": "rooms.mute", "with": {...}}``; the answer to it is ``{"answer": ...}`` or
``{"error": {"code": "data", "text": "..."}}``. A connection carries any number, one after another.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sipagent.errors import DataError, SipAgentError

#: Bytes of a question, and of an answer, at the most.
QUESTION, ANSWER = 1 << 16, 1 << 24


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked."""

    do: str
    wanted: dict[str, Any]

    @classmethod
    def read(cls, line: bytes) -> "Question":
        """Return the question that a line asks.

        Raises:
            DataError: it asks none.
        """
        try:
            asked = json.loads(line)
            do, wanted = asked["do"], asked.get("with", {})
        except (ValueError, RecursionError, TypeError, LookupError, AttributeError):
            raise DataError('a question is a line such as {"do": "calls.live"}') from None
        if not isinstance(do, str) or not isinstance(wanted, dict):
            raise DataError('"do" is a name, and "with" belongs to it')
        return cls(do, wanted)

    def written(self) -> bytes:
        """Return the line that asks it."""
        return json.dumps({"do": self.do, "with": self.wanted}).encode() + b"\n"


def answered(answer: object) -> bytes:
    """Return the line of an answer."""
    return json.dumps({"answer": answer}, ensure_ascii=False).encode() + b"\n"


def refused(error: SipAgentError) -> bytes:
    """Return the line that says why not."""
    said = {"error": {"code": error.code, "text": str(error)}}
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


@contextlib.contextmanager
def short(path: Path) -> Iterator[str]:
    """Yield another name of a socket, short enough for an address (107 bytes) whatever the path.

    Raises:
        OSError: its directory cannot be opened.
    """
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
