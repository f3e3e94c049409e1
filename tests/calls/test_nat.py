"""Phones behind a NAT, which write down an address at which nobody reaches them."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon, Start
from tests.calls.farend import FarEnd
from tests.calls.peer import Message
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

HOME = ("10.20.30.40", 5060)


@contextmanager
def stopping(line: Daemon) -> Iterator[None]:
    """Let the line end its calls, and see it stop."""
    line.process.send_signal(signal.SIGTERM)
    yield
    line.stop()


@pytest.mark.parametrize("believed", [HOME, ("127.9.9.9", 5060), ("fd00::9", 5060)])
def test_a_bye_reaches_the_phone(start: Start, believed: tuple[str, int]) -> None:
    """It goes to where the phone sends from (RFC 3581), whatever its Contact says."""
    line = start(drain=0)
    with FarEnd(line.port, ANNA) as phone:
        phone.believed = believed
        phone.call(phone.sdp())
        phone.call(phone.sdp())  # and says so again (RFC 3261, section 12.2.2)
        with stopping(line):
            phone.await_bye()


def test_a_bye_goes_the_way_that_a_proxy_has_written(start: Start) -> None:
    line = start(drain=0)
    with socket.socket(type=socket.SOCK_DGRAM) as proxy:
        proxy.bind(("127.0.0.1", 0))
        proxy.settimeout(PATIENCE)
        route = f"<sip:127.0.0.1:{proxy.getsockname()[1]};lr>"
        with FarEnd(line.port, ANNA, f"Record-Route: {route}") as phone:
            phone.believed = HOME
            phone.call(phone.sdp())
            with stopping(line):
                bye = Message(proxy.recv(65536).decode())
                phone._reply(bye)
        assert bye.text.startswith(f"BYE sip:test@{HOME[0]}:{HOME[1]} ")
        assert bye.header("Route") == route


def test_a_contact_of_another_machine_is_believed(start: Start) -> None:
    """Somebody in the same network who wants to be asked elsewhere: there is no NAT between."""
    line = start(drain=0)
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.2", 0))
        other.settimeout(PATIENCE)
        with FarEnd(line.port, ANNA) as phone:
            phone.contact = other.getsockname()
            phone.call(phone.sdp())
            with stopping(line):
                bye = Message(other.recv(65536).decode())
                phone._reply(bye)
        assert bye.method == "BYE"


def test_nobody_is_reached_elsewhere_than_he_says(start: Start) -> None:
    """Only the program tells PJSIP where a host is (``pinned``), not whoever calls."""
    line = start(drain=0)
    with FarEnd(line.port, ANNA) as phone:
        host, port = phone.believed
        phone.contact = (host, f"{port};pinned=127.0.0.9")  # type: ignore[assignment]
        phone.call(phone.sdp())
        with stopping(line):
            phone.await_bye()
