"""What lamps cost: many phones that each watch some others, while people are called and talk.

.venv/bin/python -m bench.lamps [--phones 500] [--lamps 20] [--seconds 15]

Each phone subscribes to so many others; then somebody's state changes at a steady rate, and at the
end that of everybody at once, twice. The endpoint runs in a process of its own, the phones are
another, with a socket each over UDP.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import re
import secrets
import selectors
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

from bench.machine import facts, used
from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint
from sipagent.telephony.accounts import Account
from sipagent.telephony.handsets import Handsets
from sipagent.telephony.lamps import Lamp, Messages
from tests.calls.watcher import Watcher

#: Changes a second.
RATES = (5, 20, 50)
#: Seconds until the transactions of what was sent are forgotten (64 * T1).
FORGOTTEN = 35
_REPEATED = re.compile(rb"(?:Via|From|To|Call-ID|CSeq):")


class House:
    """So many users with a phone each, whose lamps are switched from outside."""

    def __init__(self, count: int) -> None:
        self.numbers = [str(1000 + number) for number in range(count)]
        self._accounts = {
            one: Account.of(one, "tajne", realm="sipagent", extension=one) for one in self.numbers
        }
        self._lamps = dict.fromkeys(self.numbers, Lamp.IDLE)
        self._told: Callable[[str], None] = print

    def find(self, account: str) -> Account | None:
        """See ``telephony.accounts.Accounts``."""
        return self._accounts.get(account)

    def lamp(self, dialled: str) -> Lamp | None:
        """See ``telephony.lamps.Lamps``."""
        return self._lamps.get(dialled)

    def messages(self, account: str) -> Messages:
        """See ``telephony.lamps.Lamps``."""
        return Messages()

    def follow(self, lamp: Callable[[str], None], messages: Callable[[str], None]) -> None:
        """See ``telephony.lamps.Lamps``."""
        self._told = lamp

    def switch(self, number: str, lamp: Lamp) -> None:
        """Let somebody do something else."""
        self._lamps[number] = lamp
        self._told(number)


def serve(count: int, pipe: Connection) -> None:
    """Run an endpoint; switch the lamps that come through the pipe, until there is none."""

    async def run() -> None:
        house = House(count)
        settings = SipSection(address="127.0.0.1", port=0, max_calls=4)
        endpoint = Endpoint(settings, handsets=Handsets(house, lamps=house))
        await endpoint.start()
        endpoint.open()
        pipe.send(endpoint.port)
        over = asyncio.Event()

        def take() -> None:
            while pipe.poll():
                if (given := pipe.recv()) is None:
                    over.set()
                    return
                house.switch(*given)

        asyncio.get_running_loop().add_reader(pipe.fileno(), take)
        await over.wait()
        asyncio.get_running_loop().remove_reader(pipe.fileno())
        pipe.send(endpoint.registrations.subscriptions())
        await endpoint.stop()

    asyncio.run(run())


class Crowd:
    """All phones; what they are told is answered and counted."""

    def __init__(self) -> None:
        self._sockets = selectors.DefaultSelector()
        self.told = 0

    def add(self, port: int, user: str, others: list[str]) -> None:
        """Have one more phone watch others."""
        phone = Watcher(port, "", user)
        for number in others:
            phone.whom, phone.line_tag, phone.target = number, "", ""
            phone.tag, phone.call_id = secrets.token_hex(4), secrets.token_hex(8)
            assert phone.subscribe(3600).status == 200
        socket = phone._socket
        socket.setblocking(False)
        self._sockets.register(socket, selectors.EVENT_READ)

    def answer(self, seconds: float) -> None:
        """Answer whatever comes for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self._sockets.select(left):
                with contextlib.suppress(BlockingIOError):
                    while True:
                        self._take(key.fileobj)

    def _take(self, socket: object) -> None:
        data = socket.recv(65536)  # type: ignore[attr-defined]
        if data.startswith(b"NOTIFY "):
            self.told += 1
            lines = [line for line in data.split(b"\r\n") if _REPEATED.match(line)]
            answer = [b"SIP/2.0 200 OK", *lines, b"Content-Length: 0", b"", b""]
            socket.send(b"\r\n".join(answer))  # type: ignore[attr-defined]


def main() -> None:
    """Measure, and print what was."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--phones", type=int, default=500)
    parser.add_argument("--lamps", type=int, default=20, help="that each phone watches")
    parser.add_argument("--seconds", type=int, default=15, help="length of each rate")
    options = parser.parse_args()
    print(", ".join(f"{name} {value}" for name, value in facts().items()))
    mine, other = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(options.phones, other))
    process.start()
    assert process.pid
    pid, port, crowd = process.pid, mine.recv(), Crowd()
    numbers = House(options.phones).numbers
    before, at = used(pid), time.monotonic()
    for place, user in enumerate(numbers):
        watched = [numbers[(place + 25 * one) % len(numbers)] for one in range(options.lamps)]
        crowd.add(port, user, watched)
    count = options.phones * options.lamps
    print(
        f"{count} subscriptions in {time.monotonic() - at:.1f} s, "
        f"{1e6 * (used(pid) - before) / count:.0f} µs of processor each, with the first NOTIFY"
    )
    crowd.answer(FORGOTTEN)
    before = used(pid)
    crowd.answer(10)
    print(f"idle with them: {10 * (used(pid) - before):.1f} % of a core")
    changes = 0
    for rate in RATES:
        crowd.told, before, at = 0, used(pid), time.monotonic()
        for one in range(rate * options.seconds):
            changes += 1
            lamp = list(Lamp)[changes // len(numbers) % 3]
            mine.send((numbers[changes % len(numbers)], lamp))
            crowd.answer(at + (one + 1) / rate - time.monotonic())
        crowd.answer(1)
        cpu = used(pid) - before
        share = 100 * cpu / (time.monotonic() - at)
        print(
            f"{rate} changes a second: {crowd.told / options.seconds:.0f} NOTIFY a second, "
            f"{share:.1f} % of a core, {1e6 * cpu / max(crowd.told, 1):.0f} µs each"
        )
    crowd.told, before, at = 0, used(pid), time.monotonic()
    for lamp in (Lamp.RINGING, Lamp.TALKING):
        for number in numbers:
            mine.send((number, lamp))
    while crowd.told < count and time.monotonic() - at < FORGOTTEN:
        crowd.answer(0.1)
    print(
        f"all at once, twice: {crowd.told} NOTIFY in {time.monotonic() - at:.1f} s, "
        f"{used(pid) - before:.1f} s of processor"
    )
    mine.send(None)
    print(f"subscriptions at the end: {mine.recv()}")
    process.join()


if __name__ == "__main__":
    main()
