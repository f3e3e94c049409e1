"""Many who hear each other: the sound of a conference room, as the house sees it."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from sipagent.telephony.leg import Clip, Leg


class Seat(Protocol):
    """The place of one leg in a mix."""

    async def mute(self, *, on: bool) -> None:
        """Let nobody hear this one, who hears all the same; or no longer.

        It holds whatever holds, offers and codecs come.
        """

    async def quiet(self) -> float | None:
        """Return for how many seconds nothing was said here; None: there never was anything."""


class Mix(Protocol):
    """Legs that hear each other, and nobody himself.

    Each costs the same, however many they are. A leg that ends ends its sound and not its block;
    leaving a block leaves no link, however it is left.
    """

    def seated(self, leg: Leg, *, muted: bool = False) -> AbstractAsyncContextManager[Seat]:
        """Let a leg hear the others, and be heard, for the length of the block.

        One that holds is not heard, whatever it sends, such as music.

        Raises:
            HungUp: the leg is over.
        """

    async def play(self, clip: Clip) -> None:
        """Let all who are seated hear a clip, beside each other; return at its end."""

    def recorded(self, path: Path) -> AbstractAsyncContextManager[None]:
        """Write what all say, and what is played, to a mono 16-bit WAV file at 8 kHz.

        The file is complete when the block is left.

        Raises:
            CallError: the file cannot be made.
        """


class Mixes(Protocol):
    """Makes mixes. The real one is ``sipagent.sip.mixes``; ``telephony.fake_mix`` has another."""

    def mixing(self) -> AbstractAsyncContextManager[Mix]:
        """Return a mix of nobody yet, for the length of the block.

        Raises:
            CallError: there is no room for it.
        """
