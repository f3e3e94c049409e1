"""What phones that register cost: processor time for each REGISTER, and a storm after a restart.

.venv/bin/python -m bench.registrations [--phones 10000] [--rate 500] [--seconds 20]

First all phones register at once as fast as they are answered, each with its challenge; then they
refresh at a steady rate. The endpoint runs in a process of its own, with accounts in memory; the
phones are one process, over UDP.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import resource
import signal
import socket
import statistics
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

from bench.machine import facts, used
from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint
from sipagent.telephony.accounts import Account
from sipagent.telephony.handsets import Handsets
from tests.calls.account import Registrant
from tests.calls.peer import Message

#: Requests under way at once in the storm.
WINDOW = 64
#: Seconds after which a phone sends again (T1, RFC 3261, section 17.1.2.2).
AGAIN = 0.5
PASSWORD = "tajne"


class Accounts:
    """So many accounts, all with the same password."""

    def __init__(self, count: int) -> None:
        self._all = {
            name: Account.of(name, PASSWORD, realm="sipagent", extension=name[1:])
            for name in map(user, range(count))
        }

    def find(self, account: str) -> Account | None:
        """See ``sipagent.telephony.accounts.Accounts``."""
        return self._all.get(account)


def user(number: int) -> str:
    """Return the name of an account."""
    return f"u{number}"


def serve(count: int, told: Connection) -> None:
    """Run an endpoint until it is ended."""

    async def run() -> None:
        settings = SipSection(address="127.0.0.1", port=0, max_calls=4)
        endpoint = Endpoint(settings, handsets=Handsets(Accounts(count)))
        await endpoint.start()
        endpoint.open()
        told.send(endpoint.port)
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await stop.wait()
        told.send(
            (endpoint.registrations.count(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        )
        await endpoint.stop()

    asyncio.run(run())


@contextlib.contextmanager
def served(count: int) -> Iterator[tuple[int, int, Connection]]:
    """Run an endpoint in a process of its own; yield its port, its pid and what it tells."""
    mine, other = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(count, other))
    process.start()
    try:
        assert process.pid
        yield mine.recv(), process.pid, mine
    finally:
        process.terminate()
        process.join()


class Crowd:
    """All phones behind one socket; whose an answer is, its To says."""

    def __init__(self, port: int, count: int) -> None:
        self._socket = socket.socket(type=socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind(("127.0.0.1", 0))
        self._line = ("127.0.0.1", port)
        self.phones: list[Registrant] = []
        for number in range(count):
            self.phones.append(Registrant(port, user(number), PASSWORD))
        self._by_name = {phone.user: phone for phone in self.phones}
        self.waits: list[float] = []
        self.again = 0

    def register(self, phones: list[Registrant], rate: float = 0.0) -> float:
        """Have phones register, so many a second (0: as fast as they are answered); the seconds."""
        began = time.monotonic()
        waiting: dict[str, tuple[float, bytes]] = {}
        sent = 0
        while sent < len(phones) or waiting:
            due = (time.monotonic() - began) * rate if rate else sent + WINDOW - len(waiting)
            while sent < min(len(phones), due):
                self._send(phones[sent], waiting)
                sent += 1
            self._take(waiting)
            for name, (at, data) in list(waiting.items()):
                if time.monotonic() - at > AGAIN:
                    self.again += 1
                    self._socket.sendto(data, self._line)
                    waiting[name] = time.monotonic(), data
        return time.monotonic() - began

    def _send(self, phone: Registrant, waiting: dict[str, tuple[float, bytes]]) -> None:
        fields = [f"Contact: {phone.contact}", "Expires: 3600", *phone.proof("REGISTER")]
        data = phone.request("REGISTER", *fields)
        waiting[phone.user] = time.monotonic(), data
        self._socket.sendto(data, self._line)

    def _take(self, waiting: dict[str, tuple[float, bytes]]) -> None:
        self._socket.settimeout(0.001)
        with contextlib.suppress(TimeoutError):
            while True:
                answer = Message(self._socket.recv(65536).decode())
                phone = self._by_name[answer.header("To").partition(":")[2].partition("@")[0]]
                if phone.user not in waiting or f"CSeq: {phone.cseq} " not in answer.text:
                    continue
                at, _ = waiting.pop(phone.user)
                self.waits.append(time.monotonic() - at)
                if answer.status == 401:
                    phone.take(answer)
                    self._send(phone, waiting)
                else:
                    assert answer.status == 200, answer.text


def main() -> None:
    """Measure, and print what was."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--phones", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=500, help="refreshes a second")
    parser.add_argument("--seconds", type=int, default=20, help="length of the refreshes")
    parser.add_argument("--every", type=int, default=300, help="seconds between two of a phone")
    options = parser.parse_args()
    print(", ".join(f"{name} {value}" for name, value in facts().items()))
    with served(options.phones) as (port, pid, told):
        crowd = Crowd(port, options.phones)
        before = used(pid)
        seconds = crowd.register(crowd.phones)
        cpu = used(pid) - before
        print(
            f"storm: {options.phones} phones in {seconds:.1f} s, two requests each, "
            f"{1e6 * cpu / options.phones:.0f} µs of processor a phone, sent again {crowd.again}"
        )
        crowd.waits.clear()
        wanted = int(options.rate * options.seconds)
        refreshing = (crowd.phones * (wanted // len(crowd.phones) + 1))[:wanted]
        before, at = used(pid), time.monotonic()
        time.sleep(5)
        idle = (used(pid) - before) / (time.monotonic() - at)
        before = used(pid)
        seconds = crowd.register(refreshing, options.rate)
        cpu = used(pid) - before - idle * seconds
        ranked = statistics.quantiles(crowd.waits, n=100)
        each = cpu / wanted
        print(f"idle with them: {100 * idle:.2f} % of a core")
        print(
            f"refreshes: {wanted / seconds:.0f} a second, {1e6 * each:.0f} µs of processor each, "
            f"answered in p50 {1e3 * ranked[49]:.1f} ms, p99 {1e3 * ranked[98]:.1f} ms"
        )
        share = 100 * (idle + each * options.phones / options.every)
        print(f"{options.phones} phones every {options.every} s: {share:.1f} % of a core")
    count, memory = told.recv()
    print(f"registered at the end: {count}; peak of memory {memory / 1024:.0f} MB")


if __name__ == "__main__":
    main()
