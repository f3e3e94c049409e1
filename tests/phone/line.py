"""A line to call, in a process of its own: who is called decides how it behaves.

    python line.py FOLDER

It prints its port, then one JSON line for each call that is over. ``infolinia`` plays a tone,
takes keys up to ``#``, plays another and hangs up; ``mute`` answers and says nothing; ``babble``
never stops; ``abrupt`` hangs up after its tone; ``busy`` refuses with 486; ``ringing`` never
answers; ``listener`` records what it hears into FOLDER; ``echo`` sends back what it hears. What
follows a hyphen only tells one call from another.
"""

import asyncio
import contextlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from sipagent.config import SipSection
from sipagent.errors import HungUp
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg
from sipagent.sip.mixer import Link
from sipagent.telephony.leg import Clip, Prompt

RATE = 8000
#: Hertz of what is played first, and after the keys.
FIRST, SECOND = 440, 660
SECONDS = 1.0


@dataclass(frozen=True)
class Tone:
    """A tone as a prompt and as its own clip."""

    path: Path
    seconds: float
    key: str = "tone"
    text: str = "tone"

    async def clip(self) -> Clip:
        """Return itself."""
        return self

    def meanwhile(self) -> None:
        """Nobody has to wait for it."""


def tone(folder: Path, hertz: int, seconds: float = SECONDS) -> Prompt:
    """Make a tone."""
    path = folder / f"{hertz}-{seconds}.wav"
    time = np.arange(round(seconds * RATE)) / RATE
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * hertz * time), RATE, subtype="PCM_16")
    return Tone(path, seconds)


async def talk(call: SipLeg, folder: Path) -> str:
    """Behave as whoever is called; return the keys that were pressed."""
    who = call.called.partition("-")[0]
    match who:
        case "busy":
            await call.refuse(486)
            return ""
        case "ringing":
            await call.wait_over()
            return ""
    await call.answer()
    match who:
        case "infolinia":
            keys = await call.ask(tone(folder, FIRST), digits=20, end="#", first=10)
            await call.say(tone(folder, SECOND))
            await call.hangup()
            return keys
        case "abrupt":
            await call.say(tone(folder, FIRST))
            await call.hangup()
        case "babble":
            await call.say(tone(folder, FIRST, 30.0))
        case "listener":
            await call.start_recording(folder / f"{call.called}.wav")
        case "echo":
            leg = call._session  # the house needs no echo, so there is no public way to it
            await leg.thread.run(leg.mixer.declare, Link(leg, leg))
    await call.wait_over()
    return ""


async def handle(call: SipLeg, folder: Path) -> None:
    """Take one call and say how it went."""
    keys = ""
    with contextlib.suppress(HungUp):
        keys = await talk(call, folder)
    await call.wait_over()
    told = {
        "called": call.called,
        "number": call.caller.number,
        "asserted": call.caller.asserted,
        "keys": keys,
        "ended_by": call.outcome[0] if call.outcome else "",
    }
    print(json.dumps(told), flush=True)


async def main() -> None:
    """Take calls until standard input is closed."""
    folder = Path(sys.argv[1])
    calls: set[asyncio.Task[None]] = set()

    def on_call(call: SipLeg) -> None:
        calls.add(asyncio.ensure_future(handle(call, folder)))

    sip = SipSection(address="127.0.0.1", port=0, max_calls=4, trusted=("127.0.0.1",))
    endpoint = Endpoint(sip, on_call=on_call)
    await endpoint.start()
    print(endpoint.port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await endpoint.stop()


if __name__ == "__main__":
    asyncio.run(main())
