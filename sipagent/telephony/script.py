"""What a far end does that nobody has called: a script, taken act by act."""

import array
import math
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sipagent.telephony.leg import Stop


@dataclass(frozen=True, slots=True)
class Press:
    """The caller presses keys: when a key is waited for, or ``during`` the prompt of a key."""

    keys: str
    during: str | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """The caller lets one wait for a key run out."""


@dataclass(frozen=True, slots=True)
class Leave:
    """The caller hangs up: when a key is waited for, or ``during`` the prompt of a key."""

    during: str | None = None


@dataclass(frozen=True, slots=True)
class Speak:
    """The caller speaks into a recording for so many seconds, and then does what follows.

    ``then`` is what ends it: a key, silence, the length, or (None) hanging up.
    """

    seconds: float
    then: Stop | None = Stop.KEY


#: What the caller does next; a plain string is keys to press, the empty one is silence.
Act = str | Press | Silence | Leave | Speak


class Script:
    """What the far end does, one act after the other; when it has run out, nothing.

    Args:
        acts: all of them; one that is not a sequence, such as a terminal, is read only when
            something is waited for.
    """

    def __init__(self, acts: Iterable[Act]) -> None:
        self._acts = iter(acts)
        self._known_ahead = isinstance(acts, Sequence)
        self._next: Act | None = None

    def goes_on(self) -> bool:
        """Whether there is another act."""
        return self._peek() is not None

    def take(self) -> Act | None:
        """Return the next act, which is done with that."""
        act, self._next = self._peek(), None
        return act

    def speech(self) -> Speak:
        """Take what is spoken now; silence, where the next act is something else."""
        act = self._peek()
        if not isinstance(act, Speak):
            return Speak(0.0, Stop.SILENCE)
        self._next = None
        return act

    def interrupts(self, prompt: str) -> bool:
        """Whether the next act is for the middle of a prompt: ``key``, or ``key+key``."""
        act = self._peek() if self._known_ahead else None
        return isinstance(act, Press | Leave) and act.during in prompt.split("+")

    def _peek(self) -> Act | None:
        if self._next is None:
            self._next = next(self._acts, None)
        return self._next


def write_tone(path: Path, seconds: float, silence: float) -> None:
    """Write a WAV file with a tone that no exchange gives, and silence after it, in seconds."""
    tone = (round(8000 * math.sin(n * math.tau * 1000 / 8000)) for n in range(int(seconds * 8000)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(array.array("h", tone).tobytes() + bytes(int(silence * 8000) * 2))
