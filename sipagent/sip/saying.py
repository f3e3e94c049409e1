"""Prompts that a far end hears, once or repeated, and what it hears until they are made."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from sipagent import tasks
from sipagent.sip.keys import Keys
from sipagent.sip.lifetime import Lifetime
from sipagent.sip.mixer import Link
from sipagent.sip.players import Loop
from sipagent.sip.session import Session
from sipagent.telephony.leg import Clip, Detail, Prompt

#: A prompt that has not ended so long after its length is taken as ended.
_WATCHDOG = 1.0
#: Seconds of silence before a caller who waits for a prompt hears that it is being made, and
#: then from one such word to the next.
_SILENCE, _AGAIN = 1.5, 6.0


class Note(Protocol):
    """Writes into the timeline of the call."""

    def __call__(self, kind: str, **details: Detail) -> None:
        """Write an event."""


class Saying:
    """Says prompts to one far end; a key may cut them.

    Args:
        session: where they are played.
        lifetime: of the call.
        keys: those of the far end.
        note: writes what is said into the call's timeline.
    """

    def __init__(self, session: Session, lifetime: Lifetime, keys: Keys, note: Note) -> None:
        self._session = session
        self._thread = session.thread
        self._lifetime = lifetime
        self._keys = keys
        self._note = note
        #: When the first one began, on the monotonic clock; None: none has.
        self.began: float | None = None
        self._tokens = itertools.count(1)
        self._playing: tuple[int, asyncio.Future[bool]] | None = None

    async def say(self, prompt: Prompt, *, interruptible: bool) -> None:
        """Play a prompt to its end, or to the first digit where ``interruptible``."""
        self._lifetime.check()
        clip = await self._audio(prompt, interruptible)
        if clip is None:
            self._note("prompt", key=prompt.key, text=prompt.text, cut=True, seconds=0.0)
            return
        started = asyncio.get_running_loop().time()
        self._note("prompt", key=prompt.key, text=prompt.text)
        cut = True
        try:
            cut = await self.play(clip.path, clip.seconds, interruptible=interruptible)
        finally:
            heard = round(asyncio.get_running_loop().time() - started, 3)
            self._note("prompt-end", key=prompt.key, cut=cut, seconds=heard)

    async def play(self, path: Path, seconds: float, *, interruptible: bool = False) -> bool:
        """Play a WAV file of that length; return whether a key cut it."""
        self._lifetime.check()
        token = next(self._tokens)
        ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._playing = (token, ended)
        try:
            await self._thread.run(
                self._session.play, str(path), token, interruptible, self._keys.count
            )
            self._begins()
            return await self._lifetime.unless_over(ended, seconds + _WATCHDOG)
        except TimeoutError:
            self._note("lost-end", seconds=seconds)
            return False
        finally:
            self._playing = None
            self._thread.post(self._session.finish, token, True)

    @asynccontextmanager
    async def repeated(self, prompt: Prompt) -> AsyncIterator[None]:
        """Play a prompt again and again while a block lasts; see ``SipLeg.playing``."""
        self._lifetime.check()
        repeating = tasks.begin(self._repeat(prompt), f"playing-{self._session.name}")
        try:
            yield
        finally:
            await tasks.cancelled(repeating)

    def played(self, token: int, cut: bool) -> None:
        """Take it that the player with that token has ended."""
        if self._playing is not None and self._playing[0] == token:
            ended = self._playing[1]
            if not ended.done():
                ended.set_result(cut)

    async def _repeat(self, prompt: Prompt) -> None:
        """Let a prompt repeat until this is cancelled, or the call ends."""
        clip = await self._audio(prompt, interruptible=False)
        if clip is None:
            return
        loop = Loop(str(clip.path))
        link = Link(loop, self._session)
        began = asyncio.get_running_loop().time()
        self._note("prompt", key=prompt.key, text=prompt.text)
        try:
            await self._thread.run(self._session.repeat, loop, link)
            self._begins()
            await self._lifetime.wait_over()
        finally:
            self._thread.post(self._session.mixer.withdraw, link)
            heard = round(asyncio.get_running_loop().time() - began, 3)
            self._note("prompt-end", key=prompt.key, cut=True, seconds=heard)

    async def _audio(self, prompt: Prompt, interruptible: bool) -> Clip | None:
        """Return a prompt's audio; None where a key is there before it, and cuts it.

        While it is being made, the caller hears now and then that the line is still there.
        """
        making = asyncio.ensure_future(prompt.clip())
        silence = _SILENCE
        try:
            await asyncio.sleep(0)  # most clips are there already
            while not (interruptible and self._keys.ahead):
                try:
                    if making.done() or await self._made(making, silence, interruptible):
                        return making.result()
                except TimeoutError:
                    silence = _AGAIN
                    if clip := prompt.meanwhile():
                        self._note("wait", key=prompt.key)
                        await self.play(clip.path, clip.seconds, interruptible=interruptible)
            return None
        finally:
            making.cancel()

    async def _made(
        self, making: "asyncio.Future[Clip]", seconds: float, interruptible: bool
    ) -> bool:
        """Return whether it is made, as soon as it is, or where ``interruptible`` a key comes."""
        key = self._keys.another()
        awaited: list[asyncio.Future[Any]] = [making, key] if interruptible else [making]
        first = asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        try:
            await self._lifetime.unless_over(asyncio.ensure_future(first), seconds)
        finally:
            key.cancel()
        return making.done()

    def _begins(self) -> None:
        if self.began is None:
            self.began = time.monotonic()
