"""Bindings of phones: RFC 3261, section 10.3, RFC 3327 and RFC 5626."""

from datetime import UTC, datetime, timedelta

import pytest

from sipagent.sip.headers import Message
from sipagent.sip.registrar import Registrar, target
from sipagent.sip.requests import Answer, Request
from sipagent.telephony.accounts import Binding

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("pjsip")]

DESK = "<sip:101-1@192.168.1.7:5060>"
MOBILE = "<sip:101-1@10.0.0.9:40000;transport=tcp>"
DEVICE = '"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"'


class World:
    """What is around a registrar: the time, what is kept, and the connections."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 26, 8, tzinfo=UTC)
        self.kept: dict[tuple[str, str], Binding] = {}
        self.held: list[int] = []
        self.cseq = 0

    def put(self, binding: Binding) -> None:
        self.kept[binding.account, binding.contact] = binding

    def drop(self, account: str, contact: str) -> None:
        self.kept.pop((account, contact), None)

    def hold(self, connection: int) -> None:
        self.held.append(connection)

    def release(self, connection: int) -> None:
        self.held.remove(connection)

    def request(
        self,
        *fields: str,
        source: str = "192.0.2.7:4000",
        transport: str = "udp",
        connection: int = 0,
        call_id: str = "one",
        cseq: int = 0,
    ) -> Request:
        """Return the next REGISTER of a Call-ID."""
        self.cseq = cseq or self.cseq + 1
        head = ["REGISTER sip:sipagent SIP/2.0", f"Call-ID: {call_id}"]
        head += [f"CSeq: {self.cseq} REGISTER", "To: <sip:101-1@sipagent>", *fields]
        text = "\r\n".join(head) + "\r\n\r\n"
        return Request(text, Message(text), "REGISTER", source, transport, connection)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def registrar(world: World) -> Registrar:
    return Registrar(3, world, world, lambda: world.now)


def contacts(answer: Answer) -> list[str]:
    """Return what an answer says of Contact."""
    assert answer.code == 200, answer
    return [value for name, value in answer.fields if name == "Contact"]


def test_a_phone_registers_refreshes_asks_and_goes(registrar: Registrar, world: World) -> None:
    first = registrar.register("101-1", world.request(f"Contact: {DESK}", "Expires: 300"))
    assert contacts(first) == [f"{DESK};expires=300"]
    world.now += timedelta(seconds=200)
    assert contacts(registrar.register("101-1", world.request())) == [f"{DESK};expires=100"]
    again = registrar.register("101-1", world.request(f"Contact: {DESK};expires=600"))
    assert contacts(again) == [f"{DESK};expires=600"]
    (kept,) = world.kept.values()
    assert (kept.source, kept.transport, kept.cseq) == ("192.0.2.7:4000", "udp", 3)
    ended = registrar.register("101-1", world.request(f"Contact: {DESK};expires=0"))
    assert (contacts(ended), len(registrar), world.kept) == ([], 0, {})


def test_time_ends_it(registrar: Registrar, world: World) -> None:
    registrar.register("101-1", world.request(f"Contact: {DESK}", "Expires: 60"))
    world.now += timedelta(seconds=60)
    assert registrar.bindings("101-1") == []
    registrar.expire()
    assert (len(registrar), world.kept) == (0, {})


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ((f"Contact: {DESK}",), 3600),
        ((f"Contact: {DESK}", "Expires: 7200"), 3600),
        ((f"Contact: {DESK};expires=60", "Expires: 7200"), 60),
        ((f"Contact: {DESK};expires=18446744073709551616",), 3600),
        ((f"Contact: {DESK}", "Expires: 4294967296"), 3600),
        ((f'Contact: {DESK};expires="90"',), 90),
    ],
)
def test_how_long_it_holds(
    registrar: Registrar, world: World, fields: tuple[str, ...], seconds: int
) -> None:
    answer = registrar.register("101-1", world.request(*fields))
    assert contacts(answer) == [f"{DESK};expires={seconds}"]


@pytest.mark.parametrize("seconds", [1, 59])
def test_less_than_a_minute_is_too_brief(registrar: Registrar, world: World, seconds: int) -> None:
    both = f"Contact: {MOBILE}, {DESK};expires={seconds}"
    answer = registrar.register("101-1", world.request(both))
    assert answer == Answer(423, (("Min-Expires", "60"),))
    assert len(registrar) == 0, "all of it, or nothing"


@pytest.mark.parametrize(
    "fields",
    [
        ("Contact: *", "Expires: 60"),
        ("Contact: *",),
        ("Contact: *, *", "Expires: 0"),
        ("Contact: *", f"Contact: {MOBILE}", "Expires: 0"),
        ("Contact: <sip:a@h>, <sip:b@h>, <sip:c@h>, <sip:d@h>",),
        ("Contact: <tel:+48221234567>",),
        ("Contact: <mailto:anna@example.org>",),
        (f"Contact: <sip:{'x' * 1100}@192.0.2.1>",),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    registrar: Registrar, world: World, fields: tuple[str, ...]
) -> None:
    """``*`` with Expires other than 0, or beside another Contact: 400, nothing changed."""
    registrar.register("101-1", world.request(f"Contact: {DESK}"))
    assert registrar.register("101-1", world.request(*fields)).code == 400
    assert [one.contact for one in registrar.bindings("101-1")] == [DESK[1:-1]]


def test_a_star_removes_all_of_its_account(registrar: Registrar, world: World) -> None:
    registrar.register("101-1", world.request(f"Contact: {DESK}, {MOBILE}"))
    registrar.register("102-1", world.request(f"Contact: {DESK}"))
    answer = registrar.register("101-1", world.request("Contact: *", "Expires: 0"))
    assert contacts(answer) == []
    assert [one.account for one in world.kept.values()] == ["102-1"]


def test_what_was_sent_before_comes_too_late(registrar: Registrar, world: World) -> None:
    registrar.register("101-1", world.request(f"Contact: {DESK}", cseq=5))
    for late in (4, 5):
        gone = world.request(f"Contact: {DESK};expires=0", cseq=late)
        assert registrar.register("101-1", gone).code == 400
        star = world.request("Contact: *", "Expires: 0", cseq=late)
        assert registrar.register("101-1", star).code == 400
    assert len(registrar) == 1
    other = world.request(f"Contact: {DESK};expires=0", cseq=1, call_id="other")
    assert contacts(registrar.register("101-1", other)) == []


def test_a_device_that_comes_from_elsewhere_is_reached_there_only(
    registrar: Registrar, world: World
) -> None:
    for port in (5060, 5062):
        text = f"Contact: <sip:101-1@192.168.1.7:{port}>;+sip.instance={DEVICE};reg-id=1"
        registrar.register("101-1", world.request(text, source=f"192.0.2.7:{port}"))
    assert [one.source for one in registrar.bindings("101-1")] == ["192.0.2.7:5062"]
    assert len(world.kept) == 1
    text = f"Contact: {MOBILE};+sip.instance={DEVICE};reg-id=2"
    answer = registrar.register("101-1", world.request(text))
    assert len(contacts(answer)) == 2, "a second way to the same device (RFC 5626)"
    assert contacts(answer)[0].endswith(f";+sip.instance={DEVICE};reg-id=2")


def test_the_oldest_makes_room(registrar: Registrar, world: World) -> None:
    registrar.most = 1
    for port in (1, 2):
        registrar.register("101-1", world.request(f"Contact: <sip:a@192.0.2.1:{port}>"))
    assert [one.contact for one in registrar.bindings("101-1")] == ["sip:a@192.0.2.1:2"]
    assert len(world.kept) == 1


def test_a_contact_that_stands_twice_is_one(registrar: Registrar, world: World) -> None:
    twice = world.request(f"Contact: {DESK};expires=60, {DESK};expires=90")
    assert contacts(registrar.register("101-1", twice)) == [f"{DESK};expires=90"]
    assert len(registrar) == 1
    registrar.register("101-1", world.request("Contact: *", "Expires: 0"))
    assert (len(registrar), registrar.is_at("192.0.2.7:4000")) == (0, False)


def test_a_connection_is_kept_as_long_as_somebody_is_reached_over_it(
    registrar: Registrar, world: World
) -> None:
    over = {"transport": "tcp", "connection": 77}
    registrar.register("101-1", world.request(f"Contact: {DESK}", **over))  # type: ignore[arg-type]
    registrar.register("102-1", world.request(f"Contact: {DESK}", **over))  # type: ignore[arg-type]
    assert world.held == [77]
    registrar.register("101-1", world.request("Contact: *", "Expires: 0"))
    assert world.held == [77]
    registrar.disconnected(77)
    assert (world.held, len(registrar), world.kept) == ([], 0, {})
    registrar.disconnected(77)


def test_after_a_restart_those_over_udp_are_reached(registrar: Registrar, world: World) -> None:
    registrar.register("101-1", world.request(f"Contact: {DESK}", "Expires: 600"))
    registrar.register("101-1", world.request(f"Contact: {MOBILE}", "Expires: 60"))
    tcp = world.request("Contact: <sip:a@192.0.2.1>", transport="tcp", connection=5)
    registrar.register("101-1", tcp)
    world.now += timedelta(seconds=100)
    again = Registrar(3, world, world, lambda: world.now)
    again.restore(list(world.kept.values()))
    assert [one.contact for one in again.bindings("101-1")] == [DESK[1:-1]]
    assert len(world.kept) == 1


def test_the_bindings_of_a_removed_account_go(registrar: Registrar, world: World) -> None:
    registrar.register("101-1", world.request(f"Contact: {DESK}"))
    registrar.register("102-1", world.request(f"Contact: {DESK}"))
    registrar.keep(lambda account: account == "102-1")
    assert (registrar.bindings("101-1"), len(registrar)) == ([], 1)


def test_where_it_is_called(registrar: Registrar, world: World) -> None:
    contact = "<sips:a%20b@host.invalid;transport=udp;line=1;maddr=192.0.2.99?Subject=x>"
    request = world.request(f"Contact: {contact}", source="[2001:db8::7]:4000", transport="tls")
    registrar.register("101-1", request)
    (binding,) = registrar.bindings("101-1")
    assert target(binding) == "sip:a%20b@[2001:db8::7]:4000;transport=tls;line=1"


def test_a_path_is_kept_and_called_over(registrar: Registrar, world: World) -> None:
    """RFC 3327: it comes back in the answer, and is the route of calls."""
    hops = ("Path: <sip:192.0.2.7;lr>", "Path: <sip:inner.example;lr>")
    answer = registrar.register("101-1", world.request(f"Contact: {DESK}", *hops))
    shown = [value for name, value in answer.fields if name == "Path"]
    assert shown == ["<sip:192.0.2.7;lr>", "<sip:inner.example;lr>"]
    (binding,) = registrar.bindings("101-1")
    route = "%3Csip%3A192.0.2.7%3Blr%3E%2C%3Csip%3Ainner.example%3Blr%3E"
    assert target(binding) == f"{DESK[1:-1]}?Route={route}"


@pytest.mark.parametrize(
    "hop",
    [
        "<sip:198.51.100.1;lr>",
        "<sip:elsewhere.example;lr>",
        "<sip:192.0.2.7;lr;maddr=198.51.100.1>",
        "what",
    ],
)
def test_a_path_begins_where_the_request_comes_from(
    registrar: Registrar, world: World, hop: str
) -> None:
    request = world.request(f"Contact: {DESK}", f"Path: {hop}")
    assert registrar.register("101-1", request).code == 400


@pytest.mark.parametrize("name", ["Anna", '"Anna <x>, \\"Nowak\\""'])
def test_a_name_before_a_contact_is_left_out(registrar: Registrar, world: World, name: str) -> None:
    answer = registrar.register("101-1", world.request(f"Contact: {name} {DESK};q=0.5"))
    assert contacts(answer) == [f"{DESK};expires=3600"]
