"""Making the call: the script is followed action by action, and everything is written down."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sipagent.errors import CallError, HungUp
from sipagent.phone import recording
from sipagent.phone.ear import Ear
from sipagent.phone.recording import Sound
from sipagent.phone.script import Action
from sipagent.sip.call import SipCall

#: Seconds between two looks at the level of what is heard.
_LOOK = 0.03
#: Seconds from one key to the next: PJSIP sends each for 0.2 s, and exchanges want a pause.
_KEY_SECONDS = 0.3
#: Seconds that BYE and its answer may take.
_GOODBYE = 5.0


class Voice(Protocol):
    """Speaks for the caller."""

    def __call__(self, text: str) -> Awaitable[Path]:
        """Return a WAV file of the text."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, ``at`` seconds after the call was connected."""

    at: float
    kind: str
    text: str = ""


@dataclass
class Phone:
    """Follows a script on a call.

    Args:
        call: dialled, not yet connected.
        folder: where recordings go.
        voice: speaks texts.
        tell: is told of each event as it happens.
    """

    call: SipCall
    folder: Path
    voice: Voice
    tell: Callable[[Event], None] = lambda event: None
    events: list[Event] = field(default_factory=list)
    sent: list[Sound] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        self._ear = Ear()
        self._hung_up_here = False

    @property
    def heard_file(self) -> Path:
        """What the far end said: mono WAV, 8 kHz."""
        return self.folder / "heard.wav"

    async def follow(self, script: tuple[Action, ...], answer_within: float) -> None:
        """Wait for the answer, follow the script, and hang up if nobody has.

        Raises:
            CallError: the call did not go as the script says; the text says how it went.
        """
        await self._connect(answer_within)
        listening = asyncio.create_task(self._listen())
        try:
            for action in script:
                await self._do(action)
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await self._leave()

    def now(self) -> float:
        """Return the seconds since the call was connected."""
        return self._clock() - self._began

    async def _connect(self, within: float) -> None:
        try:
            async with asyncio.timeout(within):
                await self.call.connected()
        except HungUp:
            _, code, reason = self.call.outcome or ("", 0, "")
            raise CallError(f"the call was not answered: {code} {reason}") from None
        except TimeoutError:
            await self.call.hangup()
            raise CallError(f"nobody answered within {within:g} s") from None
        await self.call.record(self.heard_file)
        self._began = self._clock()
        self._note("answered")

    async def _do(self, action: Action) -> None:
        doing = getattr(self, f"_{action.name.replace('-', '_')}")
        try:
            await doing(action)
        except HungUp:
            raise CallError(
                f"the far end hung up at +{self.now():.1f} s; the script was at {action.name!r}"
            ) from None

    async def _press(self, action: Action) -> None:
        for key in action.press or "":
            self._note("press", key)
            self.sent.append(Sound(self.now(), recording.tone(key)))
            await self.call.press(key)
            await self.call.pause(_KEY_SECONDS)
        self._ear.forget()

    async def _wait(self, action: Action) -> None:
        await self.call.pause(action.wait or 0)

    async def _silence(self, action: Action) -> None:
        enough = action.silence or 0
        await self._until(lambda: self._ear.silent_for(self.now()) >= enough, action)
        self._ear.forget()

    async def _speech(self, action: Action) -> None:
        await self._until(lambda: self._ear.heard, action)

    async def _say(self, action: Action) -> None:
        text = action.say or ""
        file = await self.voice(text)
        await self._send(file, "say", text)

    async def _play(self, action: Action) -> None:
        assert action.play is not None
        await self._send(action.play, "play", action.play.name)

    async def _hang_up(self, action: Action) -> None:
        await self._leave()

    async def _hung_up(self, action: Action) -> None:
        try:
            async with asyncio.timeout(action.within):
                await self.call.wait_over()
        except TimeoutError:
            raise CallError(f"the far end did not hang up within {action.within:g} s") from None
        self._note("hung up by the far end")

    async def _send(self, file: Path, kind: str, text: str) -> None:
        samples = recording.read(file)
        plain = self.folder / "sent.wav"
        recording.write(plain, samples)
        self._note(kind, text)
        self.sent.append(Sound(self.now(), samples))
        await self.call.play(plain, len(samples) / recording.RATE)
        self._ear.forget()

    async def _until(self, come: Callable[[], bool], action: Action) -> None:
        deadline = self._clock() + action.within
        while not come():
            if self._clock() > deadline:
                raise CallError(f"no {action.name} within {action.within:g} s")
            await self.call.pause(_LOOK)

    async def _listen(self) -> None:
        speaking = False
        while not self.call.over:
            self._ear.feed(await self.call.level(), self.now())
            if self._ear.speaking != speaking:
                speaking = self._ear.speaking
                self._note("hears speech" if speaking else "hears silence")
            await asyncio.sleep(_LOOK)

    async def _leave(self) -> None:
        if not self.call.over:
            self._note("hangs up")
            await self.call.hangup()
        try:
            async with asyncio.timeout(_GOODBYE):
                await self.call.wait_over()
        except TimeoutError:
            raise CallError("the far end does not answer the BYE") from None

    def _note(self, kind: str, text: str = "") -> None:
        event = Event(round(self.now(), 3), kind, text)
        self.events.append(event)
        self.tell(event)
