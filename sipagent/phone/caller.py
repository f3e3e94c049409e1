"""Making the call: the script is followed action by action, and everything is written down."""

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from sipagent import tasks
from sipagent.errors import CallError, HungUp
from sipagent.phone import recording
from sipagent.phone.recording import Sound
from sipagent.phone.script import Action
from sipagent.sip.ear import Ear
from sipagent.sip.leg import SipLeg
from sipagent.telephony.outcome import Status
from sipagent.threads import FILES

#: Seconds between two looks at the level of what is heard.
_LOOK = 0.03
#: Seconds that BYE and its answer may take.
_GOODBYE = 5.0


class Voice(Protocol):
    """Speaks for the caller."""

    def __call__(self, text: str, language: str | None) -> Awaitable[Path]:
        """Return a WAV file of the text; None stands for the caller's usual language."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, ``at`` seconds after the call was connected; before that, after dialling."""

    at: float
    kind: str
    text: str = ""


class Outside(Protocol):
    """Whom a phone can call besides."""

    def uri(self, number: str) -> str:
        """Return the SIP URI of a number, or of a URI."""

    def dial(self, uri: str) -> Awaitable[SipLeg]:
        """Return a call to a SIP URI that is about to be connected."""


@dataclass
class Phone:
    """Follows a script on a call.

    Args:
        call: dialled, not yet connected; while somebody else is consulted, the call to them.
        folder: where recordings go; what is heard in a second call is not recorded.
        voice: speaks texts.
        tell: is told of each event as it happens.
        outside: whom it can call besides, or put the far end through to; None: nobody.
    """

    call: SipLeg
    folder: Path
    voice: Voice
    tell: Callable[[Event], None] = lambda event: None
    outside: Outside | None = None
    events: list[Event] = field(default_factory=list)
    sent: list[Sound] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        self._ear = Ear()
        self._last = ""
        #: The call that waits while somebody else is consulted.
        self._waiting: SipLeg | None = None

    @property
    def heard_file(self) -> Path:
        """What the far end said: mono WAV, 8 kHz."""
        return self.folder / "heard.wav"

    async def follow(
        self, script: tuple[Action, ...], answer_within: float, within: float = 600.0
    ) -> None:
        """Wait for the answer, follow the script, and hang up if nobody has.

        Args:
            script: what to do.
            answer_within: seconds until the answer.
            within: seconds for all of it.

        Raises:
            CallError: the call did not go as the script says; the text says how it went.
        """
        try:
            async with asyncio.timeout(within):
                if script[0].refused is not None:
                    await self._refusal(script[0], answer_within)
                else:
                    await self._connect(answer_within)
                    await self._talk(script)
        except TimeoutError:
            self._note("failed", f"the script was not done within {within:g} s")
            raise CallError(self.events[-1].text) from None
        except CallError as error:
            self._note("failed", str(error))
            raise

    def now(self) -> float:
        """Return the seconds since the call was connected."""
        return self._clock() - self._began

    def keep(self) -> None:
        """Write the timeline, and where the call was answered the recording in stereo.

        To be called when the endpoint has stopped: what was heard is complete then.
        """
        events = [asdict(event) for event in self.events]
        text = json.dumps(events, ensure_ascii=False, indent=2)
        (self.folder / "phone.json").write_text(text + "\n", "utf-8")
        if self.heard_file.exists():
            heard = recording.read(self.heard_file)
            recording.compose(self.folder / "call.wav", self.sent, heard)

    async def _answer(self, within: float) -> None:
        """Return when the far end has answered.

        Raises:
            HungUp: it has refused.
            CallError: it did neither in time.
        """
        try:
            async with asyncio.timeout(within):
                await self.call.connected()
        except TimeoutError:
            await self.call.hangup()
            raise CallError(f"nobody answered within {within:g} s") from None

    async def _connected(self, within: float) -> None:
        try:
            await self._answer(within)
        except HungUp:
            raise CallError(f"the call was not answered: {self._refused_with()}") from None

    async def _connect(self, within: float) -> None:
        await self._connected(within)
        # Taken before the command, as with every sound that is sent: what the way into the bridge
        # takes cancels out, and both sides of the recording are aligned to a frame (20 ms).
        self._began = self._clock()
        await self.call.start_recording(self.heard_file)
        self._note("answered")

    async def _refusal(self, action: Action, within: float) -> None:
        try:
            await self._answer(within)
        except HungUp:
            _, code, _ = self.call.outcome or ("", 0, "")
            if code != action.refused:
                raise CallError(
                    f"the call was refused with {self._refused_with()}, not with {action.refused}"
                ) from None
            self._note("refused", self._refused_with())
        else:
            await self._leave()
            raise CallError(f"the call was answered; it should be refused with {action.refused}")

    def _refused_with(self) -> str:
        _, code, reason = self.call.outcome or ("", 0, "")
        return f"{code} {reason}".strip()

    async def _talk(self, script: tuple[Action, ...]) -> None:
        listening = tasks.begin(self._listen(), "listen")
        try:
            for action in script:
                await self._do(action)
        finally:
            await tasks.cancelled(listening)
            await self._leave()

    async def _do(self, action: Action) -> None:
        if action.note:
            self._note("note", action.note)
        doing = getattr(self, f"_{action.name.replace('-', '_')}")
        try:
            await doing(action)
        except HungUp:
            raise CallError(
                f"the far end hung up at +{self.now():.1f} s; the script was at {action.name!r}"
                + (f", after {self._last}" if self._last else "")
            ) from None
        self._last = action.name

    async def _press(self, action: Action) -> None:
        for key in action.press or "":
            if self.call.over:
                raise HungUp("the call is over")
            self._note("press", key)
            self.sent.append(Sound(self.now(), recording.tone(key)))
            await self.call.press(key)
            with contextlib.suppress(HungUp):  # after the last key that may well be
                await self.call.pause(action.gap)
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
        file = await self.voice(text, action.language)
        await self._send(file, "say", text)

    async def _play(self, action: Action) -> None:
        assert action.play is not None
        await self._send(action.play, "play", action.play.name)

    async def _hang_up(self, action: Action) -> None:
        if self.call.over:
            raise HungUp("the call is over")
        await self._leave()

    async def _hung_up(self, action: Action) -> None:
        try:
            async with asyncio.timeout(action.within):
                await self.call.wait_over()
        except TimeoutError:
            raise CallError(f"the far end did not hang up within {action.within:g} s") from None

    async def _hold(self, action: Action) -> None:
        self._note("holds")
        await self.call.let_wait()

    async def _resume(self, action: Action) -> None:
        self._note("is back")
        await self.call.be_back()
        self._ear.forget()

    async def _transfer(self, action: Action) -> None:
        number = action.transfer or ""
        self._note("transfers", number)
        await self._handed_over(self.call.refer(self._others().uri(number)), action)

    async def _consult(self, action: Action) -> None:
        number = action.consult or ""
        await self._hold(action)
        self._note("consults", number)
        others = self._others()
        self._waiting, self.call = self.call, await others.dial(others.uri(number))
        await self._connected(action.within)
        self._note("answered")
        self._ear.forget()

    def _others(self) -> Outside:
        if self.outside is None:
            raise CallError("this phone knows nobody else")
        return self.outside

    async def _join(self, action: Action) -> None:
        assert self._waiting is not None
        self._note("joins the two")
        await self._handed_over(self._waiting.put_through(self.call), action)
        await self._end(self.call)
        self.call, self._waiting = self._waiting, None

    async def _back(self, action: Action) -> None:
        assert self._waiting is not None
        await self._end(self.call)
        self.call, self._waiting = self._waiting, None
        await self._resume(action)

    async def _handed_over(self, statuses: AsyncGenerator[Status, None], action: Action) -> None:
        """See that a REFER comes to its end, and a good one."""
        try:
            async with (
                asyncio.timeout(action.within),
                contextlib.aclosing(statuses) as told,
            ):
                async for code, reason in told:
                    self._note("is told", f"{code} {reason}".strip())
                    if code >= 300:
                        raise CallError(f"the transfer has failed: {code} {reason}".strip())
                    if code >= 200:
                        return
        except TimeoutError:
            raise CallError(f"the transfer is not done within {action.within:g} s") from None

    async def _send(self, file: Path, kind: str, text: str) -> None:
        samples = await FILES.run(recording.read, file)
        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder) / "sent.wav"  # whatever it was, it is 8 kHz mono now
            await FILES.run(recording.write, plain, samples)
            self._note(kind, text)
            self.sent.append(Sound(self.now(), samples))
            await self.call.play(plain, len(samples) / recording.RATE)
        self._ear.forget()

    async def _until(self, come: Callable[[], bool], action: Action) -> None:
        deadline = self._clock() + action.within
        while not come():
            if self._clock() > deadline:
                raise CallError(self._missed(action))
            await self.call.pause(_LOOK)

    def _missed(self, action: Action) -> str:
        after = f" after {self._last}" if self._last else ""
        if self._ear.heard:
            return f"the far end did not fall silent within {action.within:g} s{after}"
        return f"the far end was not heard within {action.within:g} s{after}"

    async def _listen(self) -> None:
        """Follow what is heard until the last call is over."""
        speaking = False
        while not self.call.over or self._waiting is not None:
            if not self.call.over:
                self._ear.feed(await self.call.level(), self.now())
            if self._ear.speaking != speaking:
                speaking = self._ear.speaking
                self._note("hears speech" if speaking else "hears silence")
            await asyncio.sleep(_LOOK)

    async def _leave(self) -> None:
        """See the calls end; whoever has not hung up yet is this phone."""
        if self._waiting is not None:
            await self._end(self._waiting)
        await self._end(self.call)
        if self.call.outcome and self.call.outcome[0] == "caller":
            self._note("hung up by the far end")

    async def _end(self, call: SipLeg) -> None:
        """See a call end.

        Raises:
            CallError: the far end does not agree.
        """
        if not call.over:
            self._note("hangs up")
            await call.hangup()
        try:
            async with asyncio.timeout(_GOODBYE):
                await call.wait_over()
        except TimeoutError:
            raise CallError("the far end does not answer the BYE") from None

    def _note(self, kind: str, text: str = "") -> None:
        event = Event(round(self.now(), 3), kind, text)
        self.events.append(event)
        self.tell(event)
