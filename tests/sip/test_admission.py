"""Who reaches the line, over which trunk, and which number was called."""

from collections.abc import Iterable
from typing import Any

import pytest

from sipagent.config import SipSection, TrunkSection
from sipagent.sip.admission import Admission, host_of, report
from sipagent.sip.gate import Reason, Refusal
from sipagent.sip.locate import Server

pytestmark = pytest.mark.unit


class FakeGate:
    """Remembers how it was set last."""

    def __init__(self) -> None:
        self.allowed: set[str] = set()
        self.limited: set[str] = set()
        self.closings = 0

    def limit(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst

    def close(self, allowed: Iterable[str], limited: Iterable[str] = ()) -> None:
        self.allowed, self.limited = {*allowed}, {*limited}
        self.closings += 1


def trunk(name: str, **settings: object) -> TrunkSection:
    return TrunkSection.model_validate(
        {"name": name, "registrar": f"sip:{name}.example.com", "user": "48221234567", **settings}
    )


def admission(*trunks: TrunkSection, **settings: object) -> tuple[Admission, FakeGate]:
    gate = FakeGate()
    sip = SipSection.model_validate({"allow": ["192.168.0.0/16"], **settings})
    made = Admission(sip, trunks, gate, "PL")  # type: ignore[arg-type]
    made.apply()
    return made, gate


def server(address: str, port: int = 5060) -> Server:
    return Server("sip.example.com", address, port, "udp")


def test_trunks_come_in_as_soon_as_their_servers_are_known() -> None:
    made, gate = admission(trunk("one", addresses=["198.51.100.0/24"]))
    assert gate.allowed == {"192.168.0.0/16", "198.51.100.0/24"}
    made.located("one", [server("192.0.2.1"), server("192.0.2.2")])
    assert gate.allowed == {"192.168.0.0/16", "198.51.100.0/24", "192.0.2.1", "192.0.2.2"}
    assert gate.limited == set()


def test_servers_of_before_stay_for_their_calls() -> None:
    made, gate = admission(trunk("one"))
    made.located("one", [server("192.0.2.1")])
    made.located("one", [server("192.0.2.9")])
    assert {"192.0.2.1", "192.0.2.9"} <= gate.allowed


def test_the_gate_is_left_alone_when_nothing_changes() -> None:
    made, gate = admission(trunk("one"))
    made.located("one", [server("192.0.2.1")])
    closings = gate.closings
    made.located("one", [server("192.0.2.1")])
    assert gate.closings == closings


def test_direct_callers_are_limited() -> None:
    _, gate = admission(direct=True, direct_rate=3.0)
    assert gate.limited == {"0.0.0.0/0", "::/0"}
    assert (gate.rate, gate.burst) == (3.0, 30.0)


def test_a_call_belongs_to_the_trunk_that_it_comes_from() -> None:
    one, two = trunk("one"), trunk("two", addresses=["203.0.113.0/24"])
    made, _ = admission(one, two)
    made.located("one", [server("192.0.2.1")])
    assert made.trunk_of("192.0.2.1:5060", []) is one
    assert made.trunk_of("192.0.2.1:49152", []) is one
    assert made.trunk_of("203.0.113.8:5060", []) is two
    assert made.trunk_of("192.168.1.1:5060", []) is None


def test_between_trunks_of_one_carrier_port_and_then_number_decide() -> None:
    one = trunk("one", user="a")
    two = trunk("two", user="b", numbers={"+48 22 765 43 21": "other"})
    made, _ = admission(one, two)
    made.located("one", [server("192.0.2.1", 5060)])
    made.located("two", [server("192.0.2.1", 5070)])
    assert made.trunk_of("192.0.2.1:5070", ["a"]) is two
    assert made.trunk_of("192.0.2.1:40000", ["b"]) is two
    assert made.trunk_of("192.0.2.1:40000", ["227654321"]) is two
    assert made.trunk_of("192.0.2.1:40000", ["nobody"]) is one


@pytest.mark.parametrize("written", ["+48227654321", "48227654321", "227654321"])
def test_a_number_is_known_however_the_carrier_writes_it(written: str) -> None:
    one = trunk("one", numbers={"+48 22 765 43 21": "other"})
    made, _ = admission(one)
    assert made.called(one, ["registered-user", written]) == "+48 22 765 43 21"


def test_a_number_that_a_domain_leads_somewhere_is_what_was_called() -> None:
    """A carrier writes the account into the request URI, and the number into To."""
    numbers = {"+48221000200": "evening"}
    one = trunk("one", numbers=numbers)
    gate: Any = FakeGate()
    made = Admission(SipSection(), [one], gate, "PL", lambda user: user == "221000201")
    assert made.called(one, ["48221234567", "221000201"]) == "221000201"
    assert made.called(one, ["48221234567", "221000200"]) == "+48221000200"
    assert made.called(one, ["48221234567", "221000202"]) == "48221234567"
    assert made.called(None, ["48221234567", "221000201"]) == "48221234567"


def test_what_was_called_is_the_request_uri_where_no_number_is_known() -> None:
    one = trunk("one")
    made, _ = admission(one)
    assert made.called(one, ["first", "second"]) == "first"
    assert made.called(None, ["first", "second"]) == "first"
    assert made.called(None, []) == ""


def test_direct_callers_have_few_calls_at_a_time_and_others_many() -> None:
    made, _ = admission(direct=True, direct_calls=2)
    stranger, neighbour = "203.0.113.5:5060", "192.168.1.1:5060"
    assert [made.enter(stranger) for _ in range(3)] == [True, True, False]
    made.leave(stranger)
    made.leave(stranger)
    assert made.enter(stranger)
    assert all(made.enter(neighbour) for _ in range(10))


def test_the_line_of_the_log_keeps_its_form(caplog: pytest.LogCaptureFixture) -> None:
    report([Refusal("192.0.2.7", 5060, "udp", "OPTIONS", Reason.STRANGER, 12)])
    assert caplog.messages == [
        "sip refused from 192.0.2.7 transport=udp method=OPTIONS reason=stranger count=12"
    ]


@pytest.mark.parametrize(
    ("source", "host"), [("192.0.2.7:5060", "192.0.2.7"), ("[2001:db8::1]:5060", "2001:db8::1")]
)
def test_host_of(source: str, host: str) -> None:
    assert host_of(source) == host
