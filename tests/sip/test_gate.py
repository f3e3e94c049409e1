"""The gate's tables of host names, in C."""

import ctypes
import logging
import socket

import _pjsua2
import pytest

from sipagent.sip.gate import Gate, Whose

pytestmark = pytest.mark.unit

#: As in sip_gate.c: so many names has each table.
MOST = 1024


class _Text(ctypes.Structure):
    """pj_str_t."""

    _fields_ = (("ptr", ctypes.c_char_p), ("slen", ctypes.c_long))


class _Found(ctypes.Structure):
    """pj_addrinfo, for IPv4."""

    _fields_ = (
        ("name", ctypes.c_char * 256),
        ("head", ctypes.c_uint32),
        ("v4", ctypes.c_ubyte * 4),
    )


def found(name: str) -> str:
    """Return what PJSIP's resolver is told; empty: nobody knows the name."""
    text = _Text(name.encode(), len(name))
    room, count = (_Found * 8)(), ctypes.c_uint(8)
    library = ctypes.CDLL(_pjsua2.__file__)
    if library.pjsip_gate_lookup(0, ctypes.byref(text), ctypes.byref(count), room):
        return ""
    return socket.inet_ntop(socket.AF_INET, bytes(room[0].v4))


@pytest.fixture
def gate() -> Gate:
    """A gate; its tables are the process's, so each test has names of its own."""
    return Gate()


def test_a_name_has_the_address_that_it_was_given_last(gate: Gate) -> None:
    assert found("a.first.test") == ""
    gate.pin(Whose.CALL, "a.first.test", "192.0.2.1")
    gate.pin(Whose.CALL, "A.FIRST.test", "192.0.2.2")
    assert found("a.first.test") == "192.0.2.2"


def test_a_name_of_a_trunk_is_not_touched_by_a_call(gate: Gate) -> None:
    gate.pin(Whose.TRUNK, "carrier.second.test", "192.0.2.1")
    gate.pin(Whose.CALL, "carrier.second.test", "203.0.113.9")
    assert found("carrier.second.test") == "192.0.2.1"


def test_a_full_table_forgets_the_oldest_name_and_says_so(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    gate.pin(Whose.TRUNK, "carrier.third.test", "192.0.2.1")
    gate.pin(Whose.CALL, "old.third.test", "192.0.2.2")
    with caplog.at_level(logging.WARNING):
        for number in range(MOST):
            gate.pin(Whose.CALL, f"{number}.third.test", "192.0.2.3")
            if number == MOST // 2:
                gate.pin(Whose.CALL, "0.third.test", "192.0.2.4")
    assert found("old.third.test") == ""
    assert found("0.third.test") == "192.0.2.4", "it was used again, and is young"
    assert found(f"{MOST - 1}.third.test") == "192.0.2.3"
    assert found("carrier.third.test") == "192.0.2.1"
    assert caplog.text.count("the table of host names of calls is full") == 1


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_what_is_no_name_is_not_kept(gate: Gate, name: str) -> None:
    gate.pin(Whose.CALL, name, "192.0.2.5")
    assert found(name) == ""
