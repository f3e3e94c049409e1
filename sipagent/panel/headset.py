"""The way between a browser and its headset at the line: sound, buttons, words."""

import asyncio
import contextlib
import json
import os
import secrets
import socket
import time
from collections.abc import Callable
from pathlib import Path

from starlette.websockets import WebSocket, WebSocketDisconnect

from sipagent import tasks
from sipagent.control.wire import short
from sipagent.errors import SetupError
from sipagent.panel.web import Ask
from sipagent.rate import Limit
from sipagent.telephony.headset import FRAME, LONGEST, PACE, SOUND, pressed, presses

#: Seconds in which the line, which has said that it comes, has come.
_PATIENCE = 5.0
#: Who may use the socket: the user as whom the panel and the line run.
_MODE = 0o600
#: Frames that are on their way to a browser at the most: what comes later than 400 ms is of no use.
_UNDER_WAY = 20
#: Messages that a browser may send for each frame of sound, and at once.
_MESSAGES, _BURST = 2, 50
#: Buttons: how to listen, and the next call.
_BUTTONS = frozenset("456*")


def reached(ask: Ask, beside: Path, call: str, listener: str) -> socket.socket:
    """Have the line come to a socket, over which a call is heard; return our end of it. Blocks.

    Args:
        ask: the line.
        beside: the control socket of the line, beside which the two meet.
        call: the id of its record.
        listener: the user of the exchange who listens.

    Raises:
        SipAgentError: the line refuses, and why.
    """
    at = beside.with_name(f"{beside.name}.{secrets.token_hex(8)}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        # Before it has a name, so that nobody else comes in.
        os.fchmod(door.fileno(), _MODE)
        with short(at) as name:
            door.bind(name)
        try:
            door.listen(1)
            ask("calls.hear", call=call, listener=listener, at=str(at))
            door.settimeout(_PATIENCE)
            sound, _ = door.accept()
        except TimeoutError:
            raise SetupError("the line has not come; see its log") from None
        finally:
            at.unlink(missing_ok=True)
    sound.setblocking(False)
    return sound


class UnderWay:
    """Counts the frames of sound that a browser has not yet said to have.

    A network that is slower than sound would keep more and more of them; so those that come while
    too many are under way are left out.
    """

    def __init__(self) -> None:
        self._sent = self._had = 0

    def let_go(self) -> bool:
        """Return whether one more may be sent, which is then."""
        if self._sent - self._had >= _UNDER_WAY:
            return False
        self._sent += 1
        return True

    def has(self, count: int) -> None:
        """Take that a browser has so many of all that were sent."""
        if self._had < count <= self._sent:
            self._had = count


class Relay:
    """Carries what goes both ways until either end has gone.

    Args:
        browser: open.
        sound: the panel's end of the headset's socket.
        clock: in seconds.
    """

    def __init__(
        self,
        browser: WebSocket,
        sound: socket.socket,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._browser = browser
        self._sound = sound
        self._under_way = UnderWay()
        # A clock that counts what may pass meanwhile.
        self._pace = Limit(_BURST, lambda: _MESSAGES * PACE * clock())

    async def run(self) -> None:
        """Carry."""
        down = tasks.begin(self._down(), "sound-to-browser")
        up = tasks.begin(self._up(), "sound-to-line")
        try:
            await asyncio.wait((down, up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await tasks.cancelled(down, up)

    async def _down(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError, WebSocketDisconnect):
            while packet := await loop.sock_recv(self._sound, LONGEST):
                if not packet.startswith(SOUND):
                    await self._browser.send_text(packet.decode())
                elif self._under_way.let_go():
                    await self._browser.send_bytes(packet[len(SOUND) :])

    async def _up(self) -> None:
        while (message := await self._browser.receive())["type"] == "websocket.receive":
            if not self._pace.pass_one()[0]:
                continue
            sound, words = message.get("bytes"), message.get("text")
            if sound and len(sound) <= FRAME:
                self._tell(SOUND + sound)
            elif words:
                self._take(words)

    def _take(self, words: str) -> None:
        """Take what is no sound: a button, or how much has arrived."""
        if (key := pressed(words.encode())) in _BUTTONS:
            self._tell(presses(key))
        self._under_way.has(_count(words))

    def _tell(self, packet: bytes) -> None:
        """Send to the line what it takes just now; what it does not is too old a moment later."""
        with contextlib.suppress(OSError):
            self._sound.send(packet)


def _count(words: str) -> int:
    """Return how many frames a browser says to have; 0 where it does not say."""
    try:
        count = json.loads(words)["has"]
    except (ValueError, RecursionError, TypeError, LookupError):
        return 0
    return count if isinstance(count, int) else 0
