"""Conference rooms: what mixing costs, by links of the bridge and by the mixer in C.

    .venv/bin/python -m bench.rooms [--rooms 10x10,1x50,1x100] [--ways links,mixer] [--seconds 10]

All who are in a room speak at once. The endpoint is this process; the audio of the phones is
another one (bench/talkers.c). ``alone`` is the same calls without a room, of which each hears
music: what they cost by themselves. Figures are processor time in per cent of one core, and
milliseconds between packets that phones hear.
"""

import argparse
import asyncio
import contextlib
import itertools
import os
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.machine import facts, used
from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg
from sipagent.speech.tones import Tones
from tests.calls.farend import FarEnd

HERE = Path(__file__).resolve().parent
#: Seconds until all links are made, and jitter buffers have settled.
SETTLING = 3.0


class Line:
    """An endpoint that answers every call."""

    def __init__(self, calls: int) -> None:
        self.legs: list[SipLeg] = []
        self._answers: set[asyncio.Task[None]] = set()
        settings = SipSection(address="127.0.0.1", port=0, max_calls=calls)
        self.endpoint = Endpoint(settings, on_call=self._take)

    def _take(self, leg: SipLeg) -> None:
        self.legs.append(leg)
        self._answers.add(asyncio.ensure_future(leg.answer()))


@dataclass(frozen=True)
class Cost:
    """What was measured: per cent of a core, and ranks of milliseconds between packets."""

    cpu: float
    p99: float
    most: float


def main() -> None:
    """Measure, and print what was."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rooms", default="10x10,1x50,1x100", help="ROOMSxPEOPLE, with commas")
    parser.add_argument("--ways", default="links,mixer", help="alone, links, mixer; with commas")
    parser.add_argument("--seconds", type=int, default=10, help="of each")
    options = parser.parse_args()
    print(", ".join(f"{name} {value}" for name, value in facts().items()))
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        program = Path(folder) / "talkers"
        subprocess.run(["cc", "-O2", "-o", program, HERE / "talkers.c"], check=True)
        for text in options.rooms.split(","):
            rooms, people = map(int, text.split("x"))
            for way in ("alone", *options.ways.split(",")):
                cost = asyncio.run(measured(program, rooms, people, way, options.seconds))
                print(
                    f"{rooms:3} x {people:3} {way:6} {cost.cpu:6.1f} % of a core; "
                    f"packets p99 {cost.p99:.1f}, at the most {cost.most:.1f} ms",
                    flush=True,
                )


async def measured(program: Path, rooms: int, people: int, way: str, seconds: int) -> Cost:
    """Let all talk in one way, and return what that costs."""
    async with calling(rooms * people) as (line, phones), contextlib.AsyncExitStack() as stack:
        groups = [line.legs[at : at + people] for at in range(0, len(line.legs), people)]
        for group in groups:
            await stack.enter_async_context(_WAYS[way](line, group))
        await asyncio.sleep(SETTLING)
        return await asyncio.to_thread(talk, program, phones, seconds)


@contextlib.asynccontextmanager
async def calling(count: int) -> AsyncIterator[tuple[Line, Sequence[FarEnd]]]:
    """Have so many phones call a line."""
    line = Line(count)
    await line.endpoint.start()
    line.endpoint.open()
    try:
        with contextlib.ExitStack() as stack:
            phones = [
                stack.enter_context(FarEnd(line.endpoint.port, f"+4860{number:07}"))
                for number in range(count)
            ]
            for phone in phones:
                answer = await asyncio.to_thread(phone.call, phone.sdp())
                assert answer.status == 200, answer.text
            yield line, phones
            for phone in phones:
                await asyncio.to_thread(phone.hang_up)
    finally:
        await line.endpoint.stop()


def talk(program: Path, phones: Sequence[FarEnd], seconds: int) -> Cost:
    """Let phones talk, and return what the line needs meanwhile."""
    places = [(phone._rtp.fileno(), phone._media[1]) for phone in phones if phone._media]
    lines = [str(seconds), *(f"{handle} {port}" for handle, port in places)]
    talking = subprocess.Popen(
        [program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[handle for handle, _ in places],
    )
    assert talking.stdin
    assert talking.stdout
    talking.stdin.write("\n".join(lines).encode())
    talking.stdin.close()
    time.sleep(1)
    before, began = used(os.getpid()), time.monotonic()
    time.sleep(seconds - 1.5)
    cpu = 100 * (used(os.getpid()) - before) / (time.monotonic() - began)
    gaps, *_ = map(int, talking.stdout.readline().split())
    values = np.frombuffer(talking.stdout.read())[:gaps]
    talking.wait()
    return Cost(cpu, float(np.quantile(values, 0.99)), float(values.max()))


@contextlib.asynccontextmanager
async def alone(line: Line, legs: Sequence[SipLeg]) -> AsyncIterator[None]:
    """Let each hear music."""
    with tempfile.TemporaryDirectory() as folder:
        music = Tones(Path(folder)).music
        async with contextlib.AsyncExitStack() as stack:
            for leg in legs:
                await stack.enter_async_context(leg.playing(music))
            yield


@contextlib.asynccontextmanager
async def links(line: Line, legs: Sequence[SipLeg]) -> AsyncIterator[None]:
    """Join each with each."""
    async with contextlib.AsyncExitStack() as stack:
        for one, other in itertools.combinations(legs, 2):
            await stack.enter_async_context(one.joined(other))
        yield


@contextlib.asynccontextmanager
async def mixer(line: Line, legs: Sequence[SipLeg]) -> AsyncIterator[None]:
    """Seat all in a room."""
    async with line.endpoint.mixes.mixing() as mix, contextlib.AsyncExitStack() as stack:
        for leg in legs:
            await stack.enter_async_context(mix.seated(leg))
        yield


_WAYS = {"alone": alone, "links": links, "mixer": mixer}

if __name__ == "__main__":
    main()
