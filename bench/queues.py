"""A queue under load: how soon a member who becomes free is rung, and whether anybody is lost.

    .venv/bin/python -m bench.queues --waiting 200 --members 50 --rate 5 --seconds 600

At first as many call as are to wait, and then so many a second; each talks for as long as it takes
that as many come as go. All hear music, and every 30 s their place. The daemon runs as it does
anywhere, with records and the trace of SIP; its phones are another process. A member is free once
its call has ended (BYE), and is rung when its next INVITE comes, by the kernel's clock.
"""

import argparse
import collections
import contextlib
import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.exchange import ranked, registered
from bench.handsets import Desk, Handset
from bench.machine import facts, go_first, resident, used
from sipagent.exchange.model import Exchange, User
from sipagent.exchange.model import Phone as Account
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.queues.schema import queues
from sipagent.exchange.softphone import hashes
from sipagent.store.database import open_database
from tests.calls.daemon import ROOT, Daemon
from tests.calls.firm import at_work
from tests.calls.peer import Message

QUEUE = "200"
#: Callers beyond those who wait and talk, so that one is always at rest.
SPARE = 30
#: Seconds in which whoever is left is served.
REST = 120.0


def main() -> None:
    """Measure, and print what was."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--waiting", type=int, default=200, help="who wait at a time")
    parser.add_argument("--members", type=int, default=50)
    parser.add_argument("--rate", type=float, default=5.0, help="calls a second")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--first", action="store_true", help="all go before other programs")
    options = parser.parse_args()
    print(", ".join(f"{name} {value}" for name, value in facts().items()))
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}; first: {options.first}")
    if options.first:
        go_first(os.getpid())
    count = options.members + options.waiting + options.members + SPARE
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        line = Daemon(Path(folder), ROOT / "data/cache", level="info", max_calls=4 * count, drain=0)
        with at_work(line, house(count, options.members)):
            if options.first:
                go_first(line.process.pid)
            with registered(line.port, count) as phones:
                measured(options, line, phones)


def house(count: int, members: int) -> Exchange:
    """Return an exchange of so many users with a phone each, the first of whom are members."""
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
        queues=(
            Queue.model_validate(
                {
                    "name": "All",
                    "number": QUEUE,
                    "members": [f"user:Nr {one}" for one in numbers[:members]],
                    "whisper": False,
                }
            ),
        ),
    )


@dataclass
class Day:
    """What comes to the phones, and what they do.

    Args:
        members: who are rung; they answer at once.
        idle: who can call.
        talk: seconds that each call lasts.
    """

    members: set[Handset]
    idle: "collections.deque[Handset]"
    talk: float
    #: When a member became free, and milliseconds until each was rung then.
    free: dict[Handset, float] = field(default_factory=dict)
    offered: list[float] = field(default_factory=list)
    #: Who talks, and until when; who has been called for.
    ends: "collections.deque[tuple[float, Handset]]" = field(default_factory=collections.deque)
    calls: int = 0
    over: int = 0
    refused: list[int] = field(default_factory=list)
    #: Members by the number that they see, which is that of their caller.
    talking: set[Handset] = field(default_factory=set)
    callers: dict[str, Handset] = field(default_factory=dict)

    def call(self) -> None:
        """Let one who is at rest call the queue."""
        caller = self.idle.popleft()
        self.callers[caller.user.partition("-")[0]] = caller
        self.calls += 1
        caller.call(QUEUE)

    def take(self, phone: Handset, at: float, message: Message) -> None:
        """Do what a phone does with what has come to it."""
        match message.status, message.method:
            case 0, "INVITE":
                if (since := self.free.pop(phone, None)) is not None:
                    self.offered.append(1000 * (at - since))
                phone.invite = message
                phone.respond(message, "180 Ringing")
                phone.answer_call()
                number = message.header("From").partition("<sip:")[2].partition("@")[0]
                self.ends.append((at + self.talk, self.callers[number]))
            case 200, "INVITE":
                phone.confirm(message)
            case 0, "BYE":
                phone.respond(message, "200 OK")
                if phone in self.members:
                    self.free[phone] = at
            case 200, "BYE":
                self.over += 1
                self.idle.append(phone)
            case status, "INVITE" if status >= 300:
                phone.confirm(message)
                self.refused.append(status)
                self.idle.append(phone)

    def part(self) -> None:
        """Let those hang up who have talked long enough."""
        while self.ends and self.ends[0][0] <= time.time():
            self.ends.popleft()[1].say_bye()


def measured(options: argparse.Namespace, line: Daemon, phones: list[Handset]) -> None:
    """Let them call, and print what came of it."""
    members, callers = phones[: options.members], phones[options.members :]
    day = Day(set(members), collections.deque(callers), options.members / options.rate)
    desk = Desk(phones)
    for _ in range(options.waiting + options.members):
        day.call()
        desk.serve(1 / 25, day.take)
        day.part()
    day.offered.clear()
    before, began, due = used(line.process.pid), time.monotonic(), 0.0
    while (now := time.monotonic() - began) < options.seconds:
        while due <= now and day.idle:
            day.call()
            due += 1 / options.rate
        desk.serve(0.01, day.take)
        day.part()
    cpu = 100 * (used(line.process.pid) - before) / options.seconds
    memory, last = resident(line.process.pid) / 1024, time.monotonic() + REST
    while day.over + len(day.refused) < day.calls and time.monotonic() < last:
        desk.serve(0.05, day.take)
        day.part()
    print(
        f"{day.calls} calls, {day.over} over after they were answered, refused {day.refused}, "
        f"lost {day.calls - day.over - len(day.refused)}\n"
        f"  {len(day.offered)} times free and rung again, {ranked(day.offered)}\n"
        f"  {cpu:.0f} % of a core, {memory:.0f} MB",
        flush=True,
    )
    with contextlib.closing(open_database(line.database, [queues])) as db:
        rows = db.execute("SELECT outcome, count(*), max(waited) FROM queue_calls GROUP BY outcome")
        print(f"  the journal: {rows.fetchall()}")


if __name__ == "__main__":
    main()
