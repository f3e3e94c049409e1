"""An attack: malformed datagrams of every kind, thrown at a line and at the calls on it."""

import json
import random
import re
import socket
import struct
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.calls.crowd import Held
from tests.calls.daemon import Daemon
from tests.calls.hostile_dialog import Victims, consent, goodbye, heard
from tests.calls.hostile_rtp import ALAW, MediaFuzz
from tests.calls.hostile_sip import SipFuzz

#: Where malformed traffic comes from: a neighbour who may call, not the address of the callers.
NEIGHBOUR = "127.0.0.3"
#: What a message leaves open until it is sent.
_PLACE = re.compile(rb"@([A-Z]+(?:-[A-Z]+)?\d*)@")
#: Seconds between two last BYEs.
_PACE = 0.003
#: What is remembered for a replay.
_LAST = 20_000
#: How often somebody tries to take a call's audio over.
_STEAL = 0.002
#: Goes on for ten minutes of silence, and for as long as keys are pressed.
_SCENARIO = """
name = "infolinia"
languages = ["pl", "en"]
start = "menu"
[steps.menu]
type = "menu"
prompt = "menu.intro"
repeat = 10
timeout = 60
on = { no-choice = "goodbye", wrong-choice = "menu" }
[steps.menu.keys.1]
prompt = "menu.balance"
next = "menu"
[steps.goodbye]
type = "hang-up"
"""


@dataclass(frozen=True)
class Shot:
    """One datagram.

    Args:
        kind: what it is a spoilt form of.
        sender: ``own``, the address of the live call; ``near``, another port of the same host;
            ``far``, another host.
        target: ``sip``, or ``rtp`` or ``rtcp`` of the live call.
        call: its number.
        data: with ``@NAMES@`` for what only the live call knows.
    """

    kind: str
    sender: str
    target: str
    call: int
    data: bytes

    def saved(self) -> str:
        """Return it as a line of JSON."""
        return json.dumps({**self.__dict__, "data": self.data.hex()})

    @classmethod
    def read(cls, line: str) -> "Shot":
        """Read such a line."""
        values = json.loads(line)
        return cls(**{**values, "data": bytes.fromhex(values["data"])})


def shots(seed: int, calls: int, victims: int = 0) -> Iterator[Shot]:
    """Yield datagrams without an end, the same ones for the same seed.

    Args:
        seed: of what is random.
        calls: live ones, which must not suffer.
        victims: dialogs of the attacker's own.
    """
    rng = random.Random(seed)
    sip, media = SipFuzz(rng, calls, victims), MediaFuzz(rng)
    while True:
        call = rng.randrange(calls) if calls else 0
        kind = rng.choices(("sip", "rtp", "event", "rtcp", "key"), (40, 25, 13, 15, 7))[0]
        if calls and rng.random() < _STEAL:
            yield from _theft(rng, call)
            continue
        if kind == "sip" or not calls:
            yield Shot("sip", "far", "sip", call, sip.message())
            continue
        sender = rng.choice(("own", "near", "far"))
        if kind == "key":  # from the caller's own address it would be a key
            sender = rng.choice(("near", "far"))
        target = "rtcp" if kind == "rtcp" else "rtp"
        if rng.random() < 0.03:
            target = rng.choice(("rtp", "rtcp", "sip"))
        make = {"rtp": media.rtp, "event": media.event, "rtcp": media.rtcp, "key": media.key}[kind]
        yield Shot(kind, sender, target, call, make())


def _theft(rng: random.Random, call: int) -> Iterator[Shot]:
    """Yield good audio of somebody else, faster than the caller's own, to have the line's."""
    sender, source = rng.choice(("near", "far")), rng.getrandbits(32)
    for number in range(40):
        head = struct.pack("!BBHII", 0x80, ALAW, number, number * 160, source)
        yield Shot("theft", sender, "rtp", call, head + b"\x2a" * 160)


def torture(folder: Path) -> list[Shot]:
    """Return the messages of a folder, such as those of RFC 4475."""
    files = sorted(path for path in folder.iterdir() if path.suffix in {".dat", ".txt", ".sip"})
    if not files:
        raise FileNotFoundError(f"{folder}: no messages (.dat, .txt, .sip) are there")
    return [Shot("torture", "far", "sip", 0, path.read_bytes()) for path in files]


def patient_line(folder: Path, cache: Path, **settings: Any) -> Daemon:
    """Return a line, not started, that talks to its callers until they hang up."""
    (folder / "scenarios").mkdir()
    (folder / "scenarios/infolinia.toml").write_text(_SCENARIO, "utf-8")
    return Daemon(folder, cache, scenarios=folder / "scenarios", **settings)


class Attacker:
    """Throws shots; knows the live calls and counts what came back to the wrong place."""

    def __init__(self, port: int, calls: list[Held], victims: Victims | None = None) -> None:
        self._line = ("127.0.0.1", port)
        self._calls = calls
        self._sockets = {"far": _socket(NEIGHBOUR), "near": _socket("127.0.0.1")}
        self._sip = _socket(NEIGHBOUR)
        mine = self._sip.getsockname()[1]
        self._names = {"LINE": str(port), "MINE": str(mine)}
        for call in calls:
            self._names |= {f"{name}{call.number}": text for name, text in call.dialog().items()}
        self._victims = victims
        self._number = 100
        #: Calls of malformed INVITEs that were taken.
        self._taken = 0
        #: The ends of all calls, to be said once more.
        self._farewells: list[bytes] = []
        self.last: deque[Shot] = deque(maxlen=_LAST)
        self.thrown: Counter[str] = Counter()
        #: Audio of live calls that came to us.
        self.stolen = 0

    def throw(self, shot: Shot) -> None:
        """Send one."""
        self.last.append(shot)
        self.thrown[shot.kind] += 1
        if shot.target == "sip":
            self._sip.sendto(self._filled(shot.data)[:65000], self._line)
        elif shot.sender == "own":
            call = self._calls[shot.call]
            if not call.hung_up:
                call.throw(shot.data, rtcp=shot.target == "rtcp")
        else:
            host, port = self._calls[shot.call].media
            address = (host, port + (shot.target == "rtcp"))
            self._sockets[shot.sender].sendto(shot.data, address)

    def throw_all(
        self,
        stream: Iterator[Shot],
        count: int,
        rate: float,
        over: Callable[[], bool] = lambda: False,
    ) -> None:
        """Send so many, ``rate`` a second, until it is ``over``."""
        began = time.monotonic()
        for number in range(count):
            self.throw(next(stream))
            if number % 20 == 0:
                if over():
                    return
                self.look()
                time.sleep(max(0.0, began + number / rate - time.monotonic()))

    def look(self) -> None:
        """Take what came back, and answer it; RTP that comes here belongs to somebody else."""
        for used in self._sockets.values():
            while packet := heard(used):
                self.stolen += packet[:1] == b"\x80"
        while packet := heard(self._sip):
            self._answer(packet)

    def _answer(self, packet: bytes) -> None:
        """Agree to everything; end every other call that was answered, and leave the others."""
        answers = [consent(packet)]
        if taken := goodbye(packet):
            self._taken += 1
            answers += taken if self._taken % 2 else []
            self._farewells.append(taken[-1])
        for answer in filter(None, answers):
            self._sip.sendto(answer, self._line)

    def part(self) -> None:
        """Say BYE in every call that was made once more: in a flood datagrams get lost."""
        for farewell in (*self._farewells, *(self._victims.farewells if self._victims else ())):
            self._sip.sendto(farewell, self._line)
            time.sleep(_PACE)
            self.look()

    def save(self, path: Path) -> None:
        """Write the last shots down, to be thrown again."""
        path.write_text("".join(shot.saved() + "\n" for shot in self.last), "utf-8")

    def close(self) -> None:
        """Give the sockets back."""
        for used in (*self._sockets.values(), self._sip):
            used.close()

    def _filled(self, data: bytes) -> bytes:
        return _PLACE.sub(lambda found: self._meant(found[1].decode()).encode("latin-1"), data)

    def _meant(self, name: str) -> str:
        """Return what a name in a message stands for."""
        if name == "N":
            self._number += 1
        if name in {"N", "SAME"}:
            return str(self._number)
        victims = self._victims.names if self._victims else {}
        return self._names.get(name) or victims.get(name, "nobody")


def _socket(host: str) -> socket.socket:
    made = socket.socket(type=socket.SOCK_DGRAM)
    made.bind((host, 0))
    made.setblocking(False)
    return made
