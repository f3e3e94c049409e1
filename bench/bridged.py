"""What a conversation costs in the bridge, its recording, and what a relay of packets could save.

    python -m bench.bridged --pairs 50

In one run, turn and turn about: calls that nobody is joined with, the same calls in pairs, those
recorded on two channels, and a relay in C of as many packets (bench/relay.c), which is the least
that can be had.
"""

import argparse
import asyncio
import re
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.machine import sample
from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg

ROOT = Path(__file__).resolve().parent
FRAME = 160
DICE = np.random.default_rng(50)


@dataclass
class Phone:
    """A far end that sends noise in A-law, to wherever ``media`` is."""

    sip: socket.socket
    rtp: socket.socket
    media: tuple[str, int]
    noise: bytes
    sequence: int = 0

    def send(self) -> None:
        """Send a packet of 20 ms."""
        head = struct.pack(
            "!BBHII", 0x80, 8, self.sequence & 0xFFFF, self.sequence * FRAME, id(self) & 0xFFFFFFFF
        )
        at = self.sequence * FRAME % (len(self.noise) - FRAME)
        self.rtp.sendto(head + self.noise[at : at + FRAME], self.media)
        self.sequence += 1


def called(port: int) -> Phone:
    """Call the line."""
    sip, rtp = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
    for used in (sip, rtp):
        used.bind(("127.0.0.1", 0))
        used.settimeout(10)
    here = f"127.0.0.1:{sip.getsockname()[1]}"
    body = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {rtp.getsockname()[1]} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
    )

    def send(method: str, to: str, text: str) -> None:
        kind = "Content-Type: application/sdp\r\n" if text else ""
        message = (
            f"{method} sip:line@127.0.0.1:{port} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK{time.monotonic_ns()};rport\r\n"
            f"Call-ID: {here}\r\nMax-Forwards: 70\r\nFrom: <sip:bench@{here}>;tag=1\r\n"
            f"Contact: <sip:bench@{here}>\r\nTo: {to}\r\nCSeq: 1 {method}\r\n{kind}"
            f"Content-Length: {len(text)}\r\n\r\n{text}"
        )
        sip.sendto(message.encode(), ("127.0.0.1", port))

    send("INVITE", "<sip:line@127.0.0.1>", body)
    while not (answer := sip.recv(8192).decode()).startswith("SIP/2.0 200"):
        pass
    found = re.search(r"^To: (.*?)\r$.*^m=audio (\d+)", answer, re.MULTILINE | re.DOTALL)
    if found is None:
        raise SystemExit(f"the line's answer cannot be read:\n{answer}")
    send("ACK", found[1], "")
    return Phone(sip, rtp, ("127.0.0.1", int(found[2])), DICE.bytes(FRAME * 50))


def talk(phones: list[Phone], seconds: float, process: int) -> float:
    """Let all send; return how much of a core the process takes meanwhile, in percent."""
    began = time.monotonic()
    for turn in range(round(seconds * 50)):
        if turn == 25:
            before = sample(process, [])
        for phone in phones:
            phone.send()
        time.sleep(max(0.0, began + (turn + 1) / 50 - time.monotonic()))
    after = sample(process, [])
    return 100 * (after.daemon - before.daemon) / (after.at - before.at)


def relayed(folder: str, phones: list[Phone]) -> tuple[subprocess.Popen[str], list[int]]:
    """Start the relay; return it, and the ports where it expects each phone."""
    program = Path(folder) / "relay"
    subprocess.run(["cc", "-O2", "-o", program, ROOT / "relay.c"], check=True)
    relay = subprocess.Popen(
        [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert relay.stdin is not None
    assert relay.stdout is not None
    ports = [phone.rtp.getsockname()[1] for phone in phones]
    for one, other in zip(ports[::2], ports[1::2], strict=True):
        relay.stdin.write(f"{one} {other}\n")
    relay.stdin.close()
    return relay, [int(port) for _ in ports[::2] for port in relay.stdout.readline().split()]


async def line(pairs: int, folder: str) -> None:
    """Answer calls; join, record or part each two when standard input says so."""
    legs: list[SipLeg] = []
    answers: set[asyncio.Task[None]] = set()

    def on_call(leg: SipLeg) -> None:
        legs.append(leg)
        answers.add(asyncio.ensure_future(leg.answer()))

    settings = SipSection(address="127.0.0.1", port=0, max_calls=2 * pairs + 5)
    endpoint = Endpoint(settings, on_call=on_call)
    await endpoint.start()
    print(endpoint.port, flush=True)
    conversations = AsyncExitStack()
    while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
        for number, (one, other) in enumerate(zip(legs[::2], legs[1::2], strict=True)):
            if word == "join":
                await conversations.enter_async_context(one.joined(other))
            elif word == "record":
                file = Path(folder) / f"{number}.wav"
                recorder = await conversations.enter_async_context(one.recorder(file))
                recorder.hear([one], [other])
        if word == "part":
            await conversations.aclose()
        print(word, flush=True)
    await endpoint.stop()


def main() -> None:
    """Print what a conversation costs in each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--line", metavar="FOLDER", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.line:
        asyncio.run(line(wanted.pairs, wanted.line))
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        report(measured(wanted.pairs, wanted.seconds, wanted.turns, folder), wanted.pairs)


def measured(pairs: int, seconds: float, turns: int, folder: str) -> dict[str, list[float]]:
    """Return what each way has taken in each turn, in percent of a core."""
    command = [sys.executable, "-m", "bench.bridged", "--line", folder, "--pairs", str(pairs)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdin is not None
    assert server.stdout is not None
    port = int(server.stdout.readline())
    phones = [called(port) for _ in range(2 * pairs)]
    media = [phone.media for phone in phones]
    relay, ports = relayed(folder, phones)
    costs: dict[str, list[float]] = {way: [] for way in ("part", "join", "record", "relay")}
    for _ in range(turns):
        for word in ("part", "join", "record"):
            print(word, file=server.stdin, flush=True)
            server.stdout.readline()
            costs[word].append(talk(phones, seconds, server.pid))
        for phone, place in zip(phones, ports, strict=True):
            phone.media = ("127.0.0.1", place)
        costs["relay"].append(talk(phones, seconds, relay.pid))
        for phone, at in zip(phones, media, strict=True):
            phone.media = at
    relay.kill()
    server.stdin.close()
    server.wait()
    return costs


def report(costs: dict[str, list[float]], pairs: int) -> None:
    """Print it."""
    for way, shares in costs.items():
        middle = statistics.median(shares)
        print(
            f"{way}: {middle:.1f} % of a core for {pairs} pairs "
            f"({min(shares):.1f} to {max(shares):.1f}), {middle / pairs:.3f} % each"
        )


if __name__ == "__main__":
    main()
