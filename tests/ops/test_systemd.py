"""Talking to systemd: what is said, and when the watchdog is no longer fed."""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipagent.config import SipSection
from sipagent.ops.systemd import Notifier, patience, watched
from sipagent.sip.endpoint import Endpoint

pytestmark = pytest.mark.unit

#: Seconds of the watchdog's patience in these tests.
PATIENCE = 0.15


class Manager:
    """The other end of $NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(5)

    def hears(self) -> list[str]:
        return self._socket.recv(4096).decode().splitlines()

    def silent_for(self, seconds: float) -> bool:
        """Return whether nothing comes, once what had come before is taken."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(4096):
                pass
        except BlockingIOError:
            pass
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(4096)
        except TimeoutError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def address(tmp_path: Path) -> str:
    return str(tmp_path / "notify")


@pytest.fixture
def manager(address: str) -> Iterator[Manager]:
    manager = Manager(address)
    yield manager
    manager.close()


def test_each_word_is_one_datagram(manager: Manager, address: str) -> None:
    notifier = Notifier.of({"NOTIFY_SOCKET": address})
    notifier.ready()
    assert manager.hears() == ["READY=1"]
    notifier.reloading()
    first, second = manager.hears()
    assert first == "RELOADING=1"
    assert int(second.removeprefix("MONOTONIC_USEC=")) > 0
    notifier.stopping(80)
    assert manager.hears() == ["STOPPING=1", "EXTEND_TIMEOUT_USEC=80000000"]
    notifier.status("line open")
    notifier.status("line open")
    notifier.status("draining")
    assert manager.hears() == ["STATUS=line open"]
    assert manager.hears() == ["STATUS=draining"], "what has not changed is not repeated"
    notifier.close()


def test_an_abstract_socket() -> None:
    name = f"sipagent-test-{os.getpid()}"
    manager = Manager(f"\0{name}")
    Notifier(f"@{name}").ready()
    assert manager.hears() == ["READY=1"]
    manager.close()


def test_nobody_listens() -> None:
    notifier = Notifier.of({})
    assert not notifier.heard
    notifier.ready()


def test_a_manager_that_is_gone_costs_nothing(tmp_path: Path) -> None:
    Notifier(str(tmp_path / "gone")).ready()


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "10000000"}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}, 10.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_for_one_process(environ: dict[str, str], seconds: float | None) -> None:
    assert patience(environ) == seconds


async def test_a_blocked_pjsip_thread_is_not_fed_for(manager: Manager, address: str) -> None:
    endpoint = Endpoint(SipSection(address="127.0.0.1", port=0, max_calls=1))
    await endpoint.start()
    release, blocked = threading.Event(), threading.Event()

    def block() -> None:
        blocked.set()
        release.wait(10)

    try:
        async with watched(Notifier(address), endpoint.turn, lambda: "open", PATIENCE):
            assert await asyncio.to_thread(manager.hears) == ["WATCHDOG=1"]
            assert await asyncio.to_thread(manager.hears) == ["STATUS=open"]
            assert await asyncio.to_thread(manager.hears) == ["WATCHDOG=1"]
            endpoint._thread.post(block)
            await asyncio.to_thread(blocked.wait)
            assert await asyncio.to_thread(manager.silent_for, PATIENCE * 3)
            release.set()
            assert await asyncio.to_thread(manager.hears) == ["WATCHDOG=1"]
    finally:
        release.set()
        await endpoint.stop()


async def test_a_blocked_loop_is_not_fed_for(manager: Manager, address: str) -> None:
    async def turn() -> None:
        await asyncio.sleep(0)

    async with watched(Notifier(address), turn, lambda: "open", PATIENCE):
        assert await asyncio.to_thread(manager.hears) == ["WATCHDOG=1"]
        assert manager.silent_for(PATIENCE * 3), "this very call holds the loop"
        assert await asyncio.to_thread(manager.hears) in (["WATCHDOG=1"], ["STATUS=open"])


async def test_without_a_watchdog_the_status_is_told_all_the_same(
    manager: Manager, address: str
) -> None:
    async def turn() -> None:
        raise AssertionError("nobody asked")

    async with watched(Notifier(address), turn, lambda: "open", None):
        assert await asyncio.to_thread(manager.hears) == ["STATUS=open"]
