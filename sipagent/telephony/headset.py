"""A headset at a browser: somebody who hears and is heard over a socket, and has no telephone.

The socket keeps packets apart (``SOCK_SEQPACKET``). A packet of sound is ``SOUND`` and A-law at
8 kHz, 20 ms from the line and no more than 200 ms to it. Any other one is JSON: from the line which
prompt it says (``{"says": "listening.waits"}``) and notes of the call (``{"notes": "listening",
...}``), to the line the keys that are pressed (``{"presses": "5"}``).
"""

import json
import socket
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sipagent.telephony.digits import KEYS
from sipagent.telephony.leg import Detail, Leg

#: What a packet of sound begins with.
SOUND = b"a"
#: Bytes of a packet at the most; a frame of sound, and how many of those pass in a second.
LONGEST, FRAME, PACE = 4096, 160, 50


class Headsets(Protocol):
    """Puts headsets on. The real one is ``sipagent.sip.headsets``."""

    def worn(self, call: Leg, sound: socket.socket) -> AbstractAsyncContextManager[Leg]:
        """Return somebody with a headset as a leg, for the length of the block.

        The leg ends with the socket. It hears others (``hearing``) and is heard by them; what is
        said to it is shown in place of that, and its notes stand in the record of a call.

        Args:
            call: of whose record the notes are.
            sound: the line's end of the socket; becomes the headset's own.

        Raises:
            CallError: there is no place for it.
        """


def said(prompt: str) -> bytes:
    """Return the packet that tells which prompt the line says, by its key."""
    return _written({"says": prompt})


def noted(kind: str, details: Mapping[str, Detail]) -> bytes:
    """Return the packet that tells of a note of the call."""
    return _written({**details, "notes": kind})


def presses(key: str) -> bytes:
    """Return the packet that presses a key."""
    return _written({"presses": key})


def pressed(packet: bytes) -> str:
    """Return the key that a packet presses; empty: it presses none."""
    try:
        key = json.loads(packet)["presses"]
    except (ValueError, RecursionError, TypeError, LookupError):
        return ""
    return key if isinstance(key, str) and len(key) == 1 and key in KEYS else ""


def _written(words: Mapping[str, object]) -> bytes:
    return json.dumps(words, ensure_ascii=False).encode()
