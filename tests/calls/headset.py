"""A headset without a browser: it asks the line for a call, hears it, and speaks."""

import secrets
import socket
import threading
import time
from collections.abc import Iterable
from typing import Self

from sipagent.config import Config
from sipagent.control.client import ask
from sipagent.telephony import headset
from tests.patience import PATIENCE
from tests.phone_tones import Signal, coded, decoded, sine


class Headset:
    """Whoever listens to a call over a socket of their own.

    Args:
        settings: of the line.
        call: the id of its record.
        listener: who has the right.
        hertz: the tone that it sends while it talks.
    """

    def __init__(self, settings: Config, call: str, listener: str, hertz: float) -> None:
        at = settings.paths.control.with_name(f"{secrets.token_hex(4)}.sound")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
            door.bind(str(at))
            door.listen(1)
            #: What the line has answered.
            self.answer = ask(settings, "calls.hear", call=call, listener=listener, at=str(at))
            self._sound, _ = door.accept()
        at.unlink()
        self._hertz = hertz
        self._changed = threading.Condition()
        self._words: list[bytes] = []
        self._heard: bytearray | None = None
        #: Whether the line has ended it.
        self.over = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Go, as when a browser is closed."""
        self._sound.shutdown(socket.SHUT_RDWR)
        self._reader.join(PATIENCE)
        self._sound.close()

    def press(self, key: str) -> None:
        """Press a button."""
        self._sound.send(headset.presses(key))

    def told(self, *words: str) -> None:
        """Return once the line has told something with all these words in it."""
        self._until(lambda: any(all(w in one.decode() for w in words) for one in self._words))

    def ended(self) -> None:
        """Return once the line has ended it."""
        self._until(lambda: self.over)

    def talk(self, seconds: float) -> Signal:
        """Send its tone in real time, and return what is heard meanwhile."""
        audio = coded(sine(self._hertz, seconds, -10))
        self._heard = bytearray()
        began = time.monotonic()
        for number, frame in enumerate(_frames(audio)):
            self._sound.send(headset.SOUND + frame)
            time.sleep(max(0.0, began + (number + 1) / headset.PACE - time.monotonic()))
        return decoded(bytes(self._heard), "A")

    def _read(self) -> None:
        while packet := self._sound.recv(headset.LONGEST):
            with self._changed:
                if not packet.startswith(headset.SOUND):
                    self._words.append(packet)
                elif self._heard is not None:
                    self._heard += packet[1:]
                self._changed.notify_all()
        with self._changed:
            self.over = True
            self._changed.notify_all()

    def _until(self, there: object) -> None:
        with self._changed:
            assert self._changed.wait_for(there, PATIENCE), self._words  # type: ignore[arg-type]


def _frames(audio: bytes) -> Iterable[bytes]:
    return (audio[at : at + headset.FRAME] for at in range(0, len(audio), headset.FRAME))
