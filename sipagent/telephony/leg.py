"""A leg: what the house sees of one party of a telephone call.

``Leg`` is what a step talks to. The real one lives in ``sipagent.sip.leg``, the one for tests and
the simulator in ``sipagent.telephony.fake``; both keep the same promises.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from sipagent.telephony.outcome import Cause, Ended, Status
from sipagent.telephony.party import Caller
from sipagent.telephony.quality import Quality
from sipagent.telephony.recorder import Recorder

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


@dataclass(frozen=True, slots=True)
class Referral:
    """What a far end asks by REFER (RFC 3515): to put the one that it talks to through.

    Args:
        number: tells it apart from others.
        target: whom it refers to: the user of a SIP URI, or a number.
        replaces: the Call-ID of the dialog of ours that is to be replaced (RFC 3891), empty where
            there is no such dialog; None: it asks for no more than a call.
    """

    number: int
    target: str
    replaces: str | None = None


class Timeline(Protocol):
    """Takes what happens in a call, in order; never blocks."""

    def note(self, kind: str, details: Mapping[str, Detail]) -> None:
        """Add an event of ``kind`` that happens now."""


class NoTimeline:
    """Takes events of a call that nobody records."""

    def note(self, kind: str, details: Mapping[str, Detail]) -> None:
        """Forget the event."""


class Leg(Protocol):
    """One party of a call, as an interface in the words of telephony.

    Digits that come while nobody asks are kept and answer the next ``ask`` (type-ahead), and a
    waiting digit cuts every prompt that may be interrupted: a caller who knows the way is fast.

    Every coroutine raises HungUp once the leg is over, ``wait_over`` and ``hangup`` apart.
    """

    id: str
    caller: Caller
    #: User part of the request URI: the number or name that was called.
    called: str
    #: Name of the trunk that it goes over; empty for a direct one.
    trunk: str
    #: Its Call-ID.
    sip_id: str
    #: Whether the far end says that it understands REFER.
    refers: bool
    #: The URI that whom we called has sent us on to (3xx), known once it is over; empty: none.
    moved_to: str
    #: Codecs that the far end takes (``PCMA``, ``G722``, ``OPUS``), the preferred one first; the
    #: one in use alone, once there is audio. Empty: not known.
    codecs: Sequence[str]
    #: Whether whom we call was told to ring (18x), or a network has said so.
    alerting: bool
    #: How its audio arrived; known once it is over, None where there never was any.
    quality: Quality | None

    @property
    def over(self) -> bool:
        """Whether it is over."""

    @property
    def answered(self) -> bool:
        """Whether it is connected, or was."""

    @property
    def outcome(self) -> Ended | None:
        """How it ended; None while it lasts."""

    async def ring(self) -> None:
        """Tell the far end of a call that came in that it rings here (180)."""

    async def answer(self) -> None:
        """Send 200 OK and return when the call is confirmed (ACK) and its audio flows.

        One that is connected stays as it is: whoever has something to say may ask for it.
        """

    def prefer(self, codecs: Sequence[str]) -> None:
        """Answer with the first of these that the far end has offered, if it has any of them."""

    async def connected(self) -> None:
        """Return when both sides agree and audio flows, whoever has answered the call."""

    async def progressed(self) -> None:
        """Return when the far end has answered the INVITE in any way, 100 included: it is there."""

    async def audible(self) -> None:
        """Return when the far end is heard, even before it has answered (early media)."""

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

    def playing(self, prompt: Prompt) -> AbstractAsyncContextManager[None]:
        """Let the far end hear a prompt again and again, without gaps, for the length of the block.

        For ringback and music: it begins as soon as its audio is there, no digit cuts it, and
        nothing else is said meanwhile. A leg that ends ends the sound and not the block; leaving
        the block ends it at once.
        """

    def joined(self, other: "Leg") -> AbstractAsyncContextManager[None]:
        """Let the two far ends hear each other for the length of the block.

        It holds whatever holds, offers and codecs come; a far end that holds sends what it sends.
        Keys are not heard by the other (``next_key`` and ``press`` hand them on). A leg that ends
        ends the sound and not the block; leaving the block leaves no link, however it is left.
        """

    def recorder(self, path: Path) -> AbstractAsyncContextManager[Recorder]:
        """Write two voices to a WAV file of two channels while a block lasts; nobody's at first.

        16 bits at 8 kHz. The file is complete when the block is left, however it is left, and
        outlasts the leg. A full disk makes it short, and ends nothing.

        Raises:
            CallError: the file cannot be made.
        """

    def hearing(self, other: "Leg") -> AbstractAsyncContextManager[None]:
        """Let this far end hear another one for the length of the block, which does not hear it.

        It waits while either of them holds, and is there again after that, as after other offers
        and codecs. A leg that ends ends the sound and not the block; leaving the block leaves no
        link, however it is left.
        """

    async def next_key(self, seconds: float | None = None) -> str:
        """Return the next key that the far end presses.

        Raises:
            TimeoutError: none came in time; the time does not run while the far end holds.
        """

    async def press(self, digit: str) -> None:
        """Send one key to the far end.

        Raises:
            CallError: the far end takes none, or has no audio just now.
        """

    def refer(self, uri: str) -> AsyncGenerator[Status, None]:
        """Ask the far end to call a SIP URI in place of us (REFER, RFC 3515).

        Yields what becomes of it: the first status of 300 or more without any before it is a
        refusal of the request itself; after a final one (200 or more) nothing comes. It may stay
        silent for ever: whoever asks has a time-out of their own.
        """

    async def next_referral(self) -> Referral:
        """Return what the far end asks next by REFER, which is taken (202).

        While nobody waits for it, a REFER is declined. One that has come is returned also where
        the far end has hung up since.
        """

    def tell(self, referral: Referral, code: int) -> None:
        """Tell the far end how it goes with what it has asked, in codes of SIP; from 200 on final.

        It may be told so after the end of the leg; nothing happens where it does not listen.
        """

    @property
    def holds(self) -> bool:
        """Whether the far end holds (RFC 3264, section 8.4)."""

    async def hold_turned(self) -> None:
        """Return when ``holds`` has changed."""

    async def sends(self, within: float) -> bool:
        """Whether any audio comes from the far end in that time; one that holds need not send."""

    def conceal(self, keys: Conceal) -> None:
        """Keep the keys that come from now on out of records and logs, or no longer."""

    async def hangup(self, reason: str = "normal", cause: Cause | None = None) -> None:
        """End the leg (BYE, CANCEL, or a refusal before the answer); safe to call twice.

        Args:
            reason: for the timeline.
            cause: what the far end is told of it (RFC 3326).
        """

    async def refuse(self, code: int) -> None:
        """Decline a call that came in and was not answered (RFC 3261, section 21.4 to 21.6)."""

    async def wait_over(self) -> None:
        """Return when the leg is over."""

    def note(self, kind: str, **details: Detail) -> None:
        """Write an event of ``kind`` into the call's timeline."""


@contextmanager
def concealing(leg: Leg, keys: Conceal) -> Iterator[None]:
    """Keep keys that come within a block out of records and logs."""
    leg.conceal(keys)
    try:
        yield
    finally:
        leg.conceal(Conceal.NONE)
