"""A real call, as the asyncio loop sees it: the leg itself lives in the PJSIP thread."""

import asyncio
import itertools
import secrets
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from sipagent.errors import HungUp
from sipagent.sip.digits import DigitCollector
from sipagent.sip.leg import Leg
from sipagent.sip.protocol import Caller, Detail, Prompt, Timeline

Result = TypeVar("Result")

#: A prompt that has not ended so long after its length is taken as ended.
_WATCHDOG = 1.0
#: Keys that are kept while nobody asks for them.
_TYPE_AHEAD = 64


def new_id() -> str:
    """Return a new call id: sortable by time, unique, short enough to read out."""
    return f"{time.time_ns() // 1_000_000:011x}{secrets.token_hex(3)}"


class NoTimeline:
    """Takes events of a call that nobody records."""

    def note(self, kind: str, details: Mapping[str, Detail]) -> None:
        """Forget the event."""


class SipCall:
    """One leg on the wire; keeps the promises of ``sipagent.sip.protocol.Call``."""

    def __init__(self, leg: Leg, caller: Caller, called: str, sip_id: str) -> None:
        self.id = new_id()
        self.caller = caller
        self.called = called
        #: Call-ID header, to find the call in a capture.
        self.sip_id = sip_id
        self.timeline: Timeline = NoTimeline()
        #: Who ended the call, with which SIP code and reason; None while it lasts.
        self.outcome: tuple[str, int, str] | None = None
        loop = leg.thread.loop  # a call is born in the PJSIP thread
        self._leg = leg
        self._thread = leg.thread
        self._confirmed: asyncio.Future[None] = loop.create_future()
        self._over: asyncio.Future[None] = loop.create_future()
        self._keys: deque[str] = deque(maxlen=_TYPE_AHEAD)
        self._keys_known = 0
        self._key_came = asyncio.Event()
        self._tokens = itertools.count(1)
        self._playing: tuple[int, asyncio.Future[bool]] | None = None
        leg.events = self

    # What a step does

    async def answer(self) -> None:
        """Send 200 OK and return when ACK is there and audio flows."""
        self._alive()
        await self._thread.run(self._leg.accept)
        await self.connected()
        self.note("answer")

    async def connected(self) -> None:
        """Return when the call is confirmed and audio flows, whoever answered it."""
        await self._unless_over(self._confirmed)

    async def say(self, prompt: Prompt, *, interruptible: bool = True) -> None:
        """Play a prompt to its end, or to the first digit where ``interruptible``."""
        self._alive()
        if interruptible and self._keys:
            self.note("prompt", key=prompt.key, text=prompt.text, cut=True, seconds=0.0)
            return
        clip = await self._unless_over(asyncio.ensure_future(prompt.clip()))
        started = asyncio.get_running_loop().time()
        self.note("prompt", key=prompt.key, text=prompt.text)
        cut = True
        try:
            cut = await self.play(clip.path, clip.seconds, interruptible=interruptible)
        finally:
            heard = round(asyncio.get_running_loop().time() - started, 3)
            self.note("prompt-end", key=prompt.key, cut=cut, seconds=heard)

    async def play(self, path: Path, seconds: float, *, interruptible: bool = False) -> bool:
        """Play a WAV file of that length; return whether a key cut it."""
        self._alive()
        token = next(self._tokens)
        ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._playing = (token, ended)
        await self._thread.run(self._leg.play, str(path), token, interruptible, self._keys_known)
        try:
            return await self._unless_over(ended, seconds + _WATCHDOG)
        except TimeoutError:
            self.note("lost-end", seconds=seconds)
            return False
        finally:
            self._playing = None
            self._thread.post(self._leg.finish, token, True)

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
        """Play a prompt, collect digits and return them."""
        collector = DigitCollector(digits, end, commands)
        if prompt is not None:
            await self.say(prompt)
        while True:
            try:
                key = await self._next_key(first if collector.empty else between)
            except TimeoutError:
                return collector.expire()
            result = collector.feed(key)
            if result is not None:
                return result

    async def pause(self, seconds: float) -> None:
        """Stay silent, and listen; a digit does not end it."""
        self._alive()
        await self._unless_over(asyncio.ensure_future(asyncio.sleep(seconds)))

    async def hangup(self, reason: str = "normal") -> None:
        """End the call; safe to call twice."""
        if not self._over.done():
            self.note("hangup", reason=reason)
            await self._thread.run(self._leg.end)

    async def refuse(self, code: int, retry_after: int | None = None) -> None:
        """Answer an INVITE with a failure code."""
        await self._thread.run(self._leg.refuse, code, retry_after)

    def note(self, kind: str, **details: Detail) -> None:
        """Write an event into the call's timeline."""
        self.timeline.note(kind, details)

    # What a calling party does besides

    async def press(self, digit: str) -> None:
        """Send one key as telephone-event; PJSIP takes 200 ms for it."""
        self._alive()
        await self._thread.run(self._leg.press, digit)

    async def record(self, path: Path) -> None:
        """Write what the far end says to a WAV file until the call ends."""
        await self._thread.run(self._leg.record, str(path))

    async def level(self) -> int:
        """Return the level of what the far end sends just now, 0 (silence) to 100."""
        return await self._thread.run(self._leg.level)

    async def wait_over(self) -> None:
        """Return when the call is over."""
        await asyncio.shield(self._over)

    @property
    def over(self) -> bool:
        """Whether the call is over."""
        return self._over.done()

    # What the leg tells

    def confirmed(self) -> None:
        """See LegEvents."""
        if not self._confirmed.done():
            self._confirmed.set_result(None)

    def key(self, digit: str) -> None:
        """See LegEvents."""
        self._keys_known += 1
        self._keys.append(digit)
        self._key_came.set()
        self.note("digit", digit=digit)

    def played(self, token: int, cut: bool) -> None:
        """See LegEvents."""
        if self._playing is not None and self._playing[0] == token:
            ended = self._playing[1]
            if not ended.done():
                ended.set_result(cut)

    def ended(self, by_far_end: bool, code: int, reason: str) -> None:
        """See LegEvents."""
        self.outcome = ("caller" if by_far_end else "agent", code, reason)
        if by_far_end:
            self.note("hung-up", code=code, reason=reason)
        self._over.set_result(None)

    # Waiting

    def _alive(self) -> None:
        if self._over.done():
            raise HungUp("the call is over")

    async def _next_key(self, seconds: float) -> str:
        while not self._keys:
            self._key_came.clear()
            await self._unless_over(asyncio.ensure_future(self._key_came.wait()), seconds)
        return self._keys.popleft()

    async def _unless_over(
        self, awaited: "asyncio.Future[Result]", seconds: float | None = None
    ) -> Result:
        """Wait for a result, but not beyond the end of the call.

        Raises:
            HungUp: the call ended first.
            TimeoutError: neither came in time.
        """
        try:
            await asyncio.wait(
                (awaited, self._over), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if self._over.done():
                raise HungUp("the call is over")
            if not awaited.done():
                raise TimeoutError
            return awaited.result()
        finally:
            if not awaited.done():
                awaited.cancel()
