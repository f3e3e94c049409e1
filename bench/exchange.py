"""Calls through the exchange: what they cost, how soon phones ring, and 500 phones at once.

    .venv/bin/python -m bench.exchange --pairs 50,150 [--asterisk ROOT] [--first]
    .venv/bin/python -m bench.exchange --setup 20 [--seconds 20]
    .venv/bin/python -m bench.exchange --ring 500

The daemon runs as it does anywhere, with records and the trace of SIP; its phones are another
process, and their audio a third one (bench/talkers.c). Who is called answers at once. With
Asterisk beside it (bench/asterisk.py) the same phones talk turn and turn about through the one and
the other, of which only one has calls at a time.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.asterisk import Asterisk
from bench.handsets import Desk, Handset, Heard, Numbers, connected, parted, talk
from bench.machine import facts, go_first, used
from sipagent.exchange.model import Exchange, Group, User
from sipagent.exchange.model import Phone as Account
from sipagent.exchange.softphone import hashes
from tests.calls.daemon import ROOT, Daemon
from tests.calls.firm import at_work
from tests.calls.peer import Message

HERE = Path(__file__).resolve().parent
GROUP = "200"
ELSEWHERE = "completed elsewhere"
#: Phones between which calls are set up: each of them is free again by its next turn.
SETTING_UP = 100
#: Seconds until nothing more comes of what has happened.
PAUSE = 3.0


@dataclass(frozen=True)
class Side:
    """An exchange, and the pairs of phones that are registered at it."""

    name: str
    pairs: list[tuple[Handset, Handset]]
    cpu: Callable[[], float]


def main() -> None:
    """Measure, and print what was."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", help="how many talk at once; several with commas")
    parser.add_argument("--setup", type=float, metavar="RATE", help="calls set up a second")
    parser.add_argument("--ring", type=int, metavar="PHONES", help="that ring at once")
    parser.add_argument("--seconds", type=int, default=10, help="of each turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--asterisk", type=Path, metavar="ROOT", help="a Debian with it inside")
    parser.add_argument("--first", action="store_true", help="all go before other programs")
    options = parser.parse_args()
    print(", ".join(f"{name} {value}" for name, value in facts().items()))
    load = os.getloadavg()[0]
    print(f"load of the machine before: {load:.1f}; before other programs: {options.first}")
    if options.first:
        go_first(os.getpid())
    if options.pairs:
        talking(options, [int(count) for count in options.pairs.split(",")])
    if options.setup:
        setting_up(options)
    if options.ring:
        for _ in range(options.turns):
            ringing(options)


# An exchange with phones


def house(count: int) -> Exchange:
    """Return an exchange of so many users with a phone each, who are all in one group."""
    numbers = [str(1000 + one) for one in range(count)]
    return Exchange(
        users=tuple(User(name=f"Nr {number}", number=number) for number in numbers),
        phones=tuple(
            Account(
                account=f"{number}-1",
                user=f"Nr {number}",
                **hashes(f"{number}-1", "tajne", "sipagent"),
            )
            for number in numbers
        ),
        groups=(
            Group(name="All", number=GROUP, members=tuple(f"user:Nr {one}" for one in numbers[1:])),
        ),
    )


@contextlib.contextmanager
def served(count: int, *, first: bool) -> Iterator[tuple[Daemon, list[Handset]]]:
    """Run a line with so many phones, all registered."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        line = Daemon(Path(folder), ROOT / "data/cache", level="info", max_calls=2 * count, drain=0)
        with at_work(line, house(count)):
            if first:
                go_first(line.process.pid)
            with registered(line.port, count) as phones:
                yield line, phones


@contextlib.contextmanager
def registered(port: int, count: int) -> Iterator[list[Handset]]:
    """Register so many phones."""
    phones = [Handset(port, f"{1000 + one}-1") for one in range(count)]
    try:
        for phone in phones:
            answer = phone.register()
            assert answer.status == 200, answer.text
        yield phones
    finally:
        for phone in phones:
            phone.close()


# Calls that last


def talking(options: argparse.Namespace, counts: Sequence[int]) -> None:
    """Let phones talk in pairs; print what that costs, and how they hear one another."""
    most = 2 * max(counts)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, contextlib.ExitStack() as all_:
        program = Path(folder) / "talkers"
        subprocess.run(["cc", "-O2", "-o", program, HERE / "talkers.c"], check=True)
        line, phones = all_.enter_context(served(most, first=options.first))
        pid = line.process.pid
        sides = [Side("sipagent", paired(phones), lambda: used(pid))]
        if options.asterisk:
            other = Asterisk(options.asterisk, [phone.user for phone in phones])
            all_.callback(other.stop)
            if options.first:
                go_first(other.pid)
            theirs = all_.enter_context(registered(other.port, most))
            sides.append(Side(other.version, paired(theirs), other.cpu))
        for side in sides:
            print(f"{side.name}, {most} phones and no call: {at_rest(side):.2f} % of a core")
        for count in counts:
            turns: dict[str, list[Heard]] = {side.name: [] for side in sides}
            for _ in range(options.turns):
                for side in sides:
                    chosen = side.pairs[:count]
                    connected(chosen)
                    heard = talk(program, chosen, options.seconds, side.cpu, first=options.first)
                    turns[side.name].append(heard)
                    parted(chosen)
            for name, heards in turns.items():
                print(f"{name}, {count} pairs: {told(heards, 2 * count)}", flush=True)


def paired(phones: Sequence[Handset]) -> list[tuple[Handset, Handset]]:
    """Return phones two by two."""
    return list(zip(phones[::2], phones[1::2], strict=True))


def at_rest(side: Side) -> float:
    """Return how much of a core an exchange takes while nobody calls, in percent."""
    before, began = side.cpu(), time.monotonic()
    time.sleep(5)
    return 100 * (side.cpu() - before) / (time.monotonic() - began)


def told(turns: Sequence[Heard], legs: int) -> str:
    """Return what calls of so many legs were like, in words."""
    shares = [100 * one.cpu / one.seconds for one in turns]
    gaps, delays = (np.concatenate([getattr(t, x) for t in turns]) for x in ("gaps", "delays"))
    sent, heard, lost, marks = (
        sum(getattr(one, name) for one in turns) for name in ("sent", "heard", "lost", "marks")
    )
    share = statistics.median(shares)
    return (
        f"CPU {share:.1f} % of a core ({min(shares):.1f} to {max(shares):.1f}), "
        f"{share / legs:.3f} % a leg\n"
        f"  RTP apart, {ranked(gaps)}\n"
        f"  in and out again, {ranked(delays)}, {marks - len(delays)} of {marks} not heard\n"
        f"  packets sent {sent}, heard {heard}, lost on the way out {lost}"
    )


def ranked(values: Numbers | Sequence[float]) -> str:
    """Return the middle and the end of milliseconds, in words."""
    p50, p99, p999 = np.percentile(values, [50, 99, 99.9])
    return f"p50 {p50:.1f}, p99 {p99:.1f}, p99.9 {p999:.1f}, at most {np.max(values):.1f} ms"


# Calls that begin


@dataclass
class Attempts:
    """Calls from phone to phone, each answered once it rings, and ended once it was answered."""

    pairs: list[tuple[Handset, Handset]]
    began: dict[Handset, float] = field(default_factory=dict)
    #: Milliseconds from INVITE until the other phone has its INVITE, and until 180 has come back.
    reached: list[float] = field(default_factory=list)
    ringing: list[float] = field(default_factory=list)
    over: int = 0
    refused: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._callers = {callee: caller for caller, callee in self.pairs}
        self._callees = dict(self.pairs)
        self._halves: set[Handset] = set()

    def begin(self, number: int) -> None:
        """Let the next phone call its pair."""
        caller, callee = self.pairs[number % len(self.pairs)]
        self.began[caller] = time.time()
        caller.call(callee.user.partition("-")[0])

    def take(self, phone: Handset, at: float, message: Message) -> None:
        """Go on with a call, by what has come to a phone."""
        match message.status, message.method:
            case 0, "INVITE":
                self.reached.append(1000 * (at - self.began[self._callers[phone]]))
                phone.invite = message
                phone.respond(message, "180 Ringing")
                self._ring(phone)
            case 180, _:
                self.ringing.append(1000 * (at - self.began[phone]))
                self._ring(self._callees[phone])
            case 200, "INVITE":
                phone.confirm(message)
                phone.say_bye()
            case 0, "BYE":
                phone.respond(message, "200 OK")
                self.over += 1
            case status, "INVITE" if status >= 300:
                phone.confirm(message)
                self.refused.append(status)

    def _ring(self, callee: Handset) -> None:
        """Answer once the one phone has its INVITE and the other one 180, in whatever order."""
        if callee in self._halves:
            callee.answer_call()
        self._halves ^= {callee}


def setting_up(options: argparse.Namespace) -> None:
    """Set calls up at a steady rate; print how soon phones ring."""
    with served(2 * SETTING_UP, first=options.first) as (line, phones):
        desk, attempts = Desk(phones), Attempts(paired(phones))
        count = round(options.setup * options.seconds)
        before, began = used(line.process.pid), time.monotonic()
        for number in range(count):
            attempts.begin(number)
            left = began + (number + 1) / options.setup - time.monotonic()
            desk.serve(max(left, 0.0), attempts.take)
        desk.until(lambda: attempts.over >= count, attempts.take)
        cpu = 1000 * (used(line.process.pid) - before) / count
    print(
        f"{count} calls, {options.setup:g} a second, {attempts.over} over, "
        f"refused {attempts.refused}, {cpu:.1f} ms of processor each\n"
        f"  INVITE to INVITE, {ranked(attempts.reached)}\n"
        f"  INVITE to 180, {ranked(attempts.ringing)}"
    )


# A group that rings


@dataclass
class Rings:
    """A call to a group whose phones all ring: when what came to each, and to the caller."""

    caller: Handset
    invited: dict[Handset, float] = field(default_factory=dict)
    told: dict[Handset, float] = field(default_factory=dict)
    without_reason: int = 0
    answered: float = 0.0

    def take(self, phone: Handset, at: float, message: Message) -> None:
        """Do what a phone does with what has come to it."""
        match message.status, message.method:
            case 0, "INVITE":
                self.invited.setdefault(phone, at)
                phone.invite = message
                phone.respond(message, "180 Ringing")
            case 0, "CANCEL":
                self.told.setdefault(phone, at)
                self.without_reason += ELSEWHERE not in message.header("Reason")
                phone.respond(message, "200 OK")
                phone.respond(phone.invite, "487 Request Terminated")
            case 200, "INVITE" if phone is self.caller:
                self.answered = self.answered or at
                phone.confirm(message)
            case 0, "BYE":
                phone.respond(message, "200 OK")


def ringing(options: argparse.Namespace) -> None:
    """Let many phones ring at once, and one answer; print how soon the others are told."""
    with served(options.ring + 1, first=options.first) as (line, phones):
        caller, *others = phones
        desk, rings = Desk(phones), Rings(caller)
        before, began = used(line.process.pid), time.time()
        caller.call(GROUP)
        desk.until(lambda: len(rings.invited) >= len(others), rings.take)
        desk.serve(PAUSE, rings.take)
        between, answer = used(line.process.pid), time.time()
        others[len(others) // 2].answer_call()
        desk.until(lambda: len(rings.told) >= len(others) - 1, rings.take)
        desk.serve(PAUSE, rings.take)
        after = used(line.process.pid)
        caller.say_bye()
        desk.serve(1, rings.take)
    invited, others_told = (
        [1000 * (at - since) for at in came.values()]
        for came, since in ((rings.invited, began), (rings.told, answer))
    )
    print(
        f"{len(invited)} of {len(others)} phones ring; INVITE to INVITE, {ranked(invited)}; "
        f"{between - before:.2f} s of processor\n"
        f"  one answers; {len(others_told)} others are told, {rings.without_reason} without a "
        f"reason; 200 to CANCEL, {ranked(others_told)}; {after - between:.2f} s of processor\n"
        f"  200 to the caller's 200: {1000 * (rings.answered - answer):.1f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
