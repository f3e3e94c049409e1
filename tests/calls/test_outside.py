"""Requests outside a call, long ones, and those that were cut on their way."""

import socket

import pytest

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon
from tests.calls.farend import FarEnd
from tests.calls.peer import Message
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

LONG = "Identity: " + "e" * 900 + ";info=<https://cert.example/x.cer>;alg=ES256;ppt=shaken"

#: What a neighbour may ask outside a call (RFC 3261, sections 8.2.1 and 12.2.2; RFC 6665, 4.1.3).
ANSWERS = [
    ("OPTIONS", (), 200),
    ("NOTIFY", ("Event: keep-alive",), 481),
    ("NOTIFY", ("Event: check-sync",), 481),
    ("INFO", (), 481),
    ("UPDATE", (), 481),
    ("PRACK", (), 481),
    ("BYE", (), 481),
    ("REGISTER", (), 401),  # who registers is asked for a password
    ("PUBLISH", ("Event: presence",), 405),
    ("REFER", ("Refer-To: <sip:x@127.0.0.1>",), 405),
    ("FOO", (), 501),
]


@pytest.mark.parametrize(("method", "extra", "code"), ANSWERS)
def test_every_request_is_answered(
    line: Daemon, method: str, extra: tuple[str, ...], code: int
) -> None:
    with FarEnd(line.port) as phone:
        phone.send(method, extra=(*extra, "User-Agent: neighbour"))
        answer = phone.response(method)
    assert answer.status == code
    if code in {405, 501}:
        allowed = {one.strip() for one in answer.header("Allow").split(",")}
        assert "INVITE" in allowed
        assert method not in allowed


def test_an_ack_is_never_answered(line: Daemon) -> None:
    with FarEnd(line.port) as phone:
        phone.send("ACK")
        phone.send("OPTIONS")
        assert phone.response("OPTIONS").status == 200
        assert [message.status for message in phone._seen] == []


@pytest.mark.parametrize("count", [4, 20, 65])
def test_a_long_invite_is_a_call(line: Daemon, count: int) -> None:
    """Up to what UDP carries (RFC 3261, section 18.1.1): Identity, Record-Route, multipart."""
    with FarEnd(line.port, ANNA, *[LONG] * count) as phone:
        assert phone.call(phone.sdp()).status == 200
        phone.hears()
        phone.press("100001#")
        line.says(phone.call_id, "login.accepted")
        phone.hang_up()
    assert line.ended_call(phone.call_id).owner == "100001"


@pytest.mark.parametrize("count", [4, 60])
def test_a_long_invite_over_tcp(line: Daemon, count: int) -> None:
    with FarEnd(line.port, ANNA, *[LONG] * count) as phone, socket.socket() as connection:
        connection.settimeout(PATIENCE)
        connection.connect(("127.0.0.1", line.port))
        phone._sip.close()
        phone._sip = _Stream(connection)  # type: ignore[assignment]
        assert phone.call(phone.sdp()).status == 200
        phone.hears()
        phone.hang_up()
    assert line.ended_call(phone.call_id).ended_by == "caller"


def test_a_cut_invite_is_told_to_be_so(line: Daemon) -> None:
    """It is no INVITE without an offer (RFC 3261, section 18.3)."""
    for lost in (1, 40, None):
        with FarEnd(line.port, ANNA) as phone:
            body = phone.sdp()
            phone._sip = _Cut(phone._sip, lost or len(body))  # type: ignore[assignment]
            phone.send("INVITE", body)
            answer = phone.response("INVITE")
        assert (answer.status, answer.body) == (400, "")
        assert "Cut" in answer.text.partition("\r\n")[0]
        assert not [call for call in line.calls() if call.sip_id == phone.call_id]


class _Stream:
    """A connection, used as if each message were a datagram."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = b""

    def sendto(self, data: bytes, _: object) -> None:
        self._connection.sendall(data.replace(b"SIP/2.0/UDP", b"SIP/2.0/TCP"))

    def recv(self, _: int) -> bytes:
        while True:
            head, end, rest = self._rest.partition(b"\r\n\r\n")
            length = int(Message(head.decode() + "\r\n").header("Content-Length") or 0)
            if end and len(rest) >= length:
                self._rest = rest[length:]
                return head + end + rest[:length]
            self._rest += self._connection.recv(65536)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


class _Cut:
    """A way on which INVITEs lose their end."""

    def __init__(self, way: socket.socket, lost: int) -> None:
        self._way, self._lost = way, lost

    def sendto(self, data: bytes, where: tuple[str, int]) -> None:
        self._way.sendto(data[: -self._lost] if data.startswith(b"INVITE") else data, where)

    def __getattr__(self, name: str) -> object:
        return getattr(self._way, name)
