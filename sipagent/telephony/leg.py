"""A leg: what the house sees of one party of a telephone call.

``Leg`` is what a step talks to. The real one lives in ``sipagent.sip.leg``, the one for tests and
the simulator in ``sipagent.telephony.fake``; both keep the same promises.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from sipagent.telephony.outcome import Transferred
from sipagent.telephony.party import Caller

#: A value in a call's timeline: JSON can hold it.
Detail = str | int | float | bool | None


class Clip(Protocol):
    """A finished piece of audio: a mono 16-bit WAV file at 8 kHz."""

    @property
    def path(self) -> Path:
        """Where the file is."""

    @property
    def seconds(self) -> float:
        """Its length."""


class Prompt(Protocol):
    """Something that can be said: it knows its words at once and its audio a moment later."""

    @property
    def key(self) -> str:
        """The name under which the timeline knows it, such as ``menu.balance``."""

    @property
    def text(self) -> str:
        """The words as they are spoken."""

    async def clip(self) -> Clip:
        """Return the audio, rendering it if need be.

        Raises:
            SpeechError: it cannot be rendered.
        """

    def meanwhile(self) -> Clip | None:
        """Return what a caller hears who waits for the audio; None where there is nothing."""


class Conceal(StrEnum):
    """Which keys are nobody's business."""

    NONE = "none"
    #: Those that are typed ahead beyond a ``#`` which nobody has taken yet.
    AHEAD = "ahead"
    ALL = "all"


class Stop(StrEnum):
    """What ended a recording."""

    KEY = "key"
    SILENCE = "silence"
    LENGTH = "length"


class Timeline(Protocol):
    """Takes what happens in a call, in order; never blocks."""

    def note(self, kind: str, details: Mapping[str, Detail]) -> None:
        """Add an event of ``kind`` that happens now."""


class Leg(Protocol):
    """One party of a call, as an interface in the words of telephony.

    Digits that come while nobody asks are kept and answer the next ``ask`` (type-ahead), and a
    waiting digit cuts every prompt that may be interrupted: a caller who knows the way is fast.

    Every method raises HungUp once the call is over.
    """

    id: str
    caller: Caller
    #: User part of the request URI: the number or name that was called.
    called: str

    async def answer(self) -> None:
        """Send 200 OK and return when the call is confirmed (ACK) and its audio flows."""

    async def say(self, prompt: Prompt, *, interruptible: bool = True) -> None:
        """Play a prompt to its end, or to the first digit where ``interruptible``."""

    async def ask(
        self,
        prompt: Prompt | None,
        *,
        digits: int = 1,
        end: str = "",
        commands: str = "",
        first: float = 5.0,
        between: float = 3.0,
    ) -> str:
        """Play a prompt (None: nothing), collect digits, and return them.

        Collection ends after ``digits`` digits, at a key of ``end`` (not returned), or when the
        caller waits longer than ``first`` seconds before the first digit (counted from the end
        of the prompt) or ``between`` seconds before another; what was typed by then is returned,
        the empty string for silence. A key of ``commands`` ends it at once, drops what was typed
        before it, and is returned alone.
        """

    async def pause(self, seconds: float) -> None:
        """Stay silent, and listen; a digit does not end it."""

    async def record(
        self, path: Path, *, longest: float, silence: float, first: float, end: str = "#"
    ) -> Stop:
        """Write what the caller says to a mono 16-bit WAV file at 8 kHz.

        It ends at a key of ``end``, after ``longest`` seconds, after ``silence`` seconds without
        speech, or after ``first`` seconds in which there never was any. The file is complete
        when this returns, and also when it raises HungUp.
        """

    async def transfer(self, target: str, waiting: Prompt) -> Transferred:
        """Put the caller through to a number (E.164) or a SIP URI.

        ``waiting`` is played again and again until somebody answers. When this returns
        ``answered``, the conversation is over, or the peer has taken the caller away.
        """

    def conceal(self, keys: Conceal) -> None:
        """Keep the keys that come from now on out of records and logs, or no longer."""

    async def hangup(self, reason: str = "normal") -> None:
        """End the call (BYE, or a refusal before the answer); safe to call twice."""

    def note(self, kind: str, **details: Detail) -> None:
        """Write an event of ``kind`` into the call's timeline."""
