"""Carriers with habits: trunks come back whatever registrars, callers and the disk do."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.calls.daemon import Daemon, until
from tests.calls.nameserver import Nameserver
from tests.calls.peer import Message, Peer
from tests.calls.registrar import DIGEST, PASSWORD, USER, Registrar, Reply, asking, contact, granted

pytestmark = pytest.mark.line

BASIC = f'Basic realm="{USER}"'
BEARER = 'Bearer authz_server="https://as.example.test"'
NTLM = 'NTLM realm="x", targetname="y"'

TRUNK = """
[[trunk]]
name = "{name}"
registrar = "sip:{registrar}"
user = "{user}"
password_file = "{password}"
{more}
"""

#: Registrars that answer REGISTER so; the trunk has the same name.
HABITS: dict[str, Callable[[Message], Reply]] = {
    "basic-first": asking(BASIC, DIGEST),
    "basic-second": asking(DIGEST, BASIC),
    "bearer-first": asking(BEARER, DIGEST),
    "ntlm-second": asking(DIGEST, NTLM),
    "proxy": asking(NTLM, DIGEST, BEARER, status="407 Proxy Authentication Required"),
}


class Carriers:
    """The line, its carriers by trunk, and where a stranger waits."""

    def __init__(self, line: Daemon, registrars: dict[str, Registrar], password: Path) -> None:
        self.line = line
        self.registrars = registrars
        self.password = password

    def registered(self, trunk: str, place: str) -> None:
        """Return once a trunk is registered there."""
        self.line.event(f"trunk {trunk}: registered at {place}", within=30)

    def failures(self, trunk: str) -> list[str]:
        """Return what the log says of the failures of a trunk."""
        events = [str(event["event"]) for event in list(self.line.log)]
        return [event for event in events if event.startswith(f"trunk {trunk}: failed")]


def sent_on(place: str) -> Callable[[Message], Reply]:
    """Send a registration on to another place."""
    return lambda request: ("302 Moved Temporarily", (f"Contact: <sip:{USER}@{place}>",))


def deaf_to(user: str) -> Callable[[Message], Reply | None]:
    """Answer OPTIONS of everybody but one."""
    return lambda request: None if f"sip:{user}@" in request.header("From") else ("200 OK", ())


def only(user: str, expires: int) -> Callable[[Message], Reply]:
    """Take the registration of one user for so long, and refuse the others."""

    def answer(request: Message) -> Reply:
        if f"sip:{user}@" in request.header("From"):
            return granted(expires)(request)
        return "403 Forbidden", ()

    return answer


@pytest.fixture(scope="module")
def carriers(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Carriers]:
    folder = tmp_path_factory.mktemp("registrars")
    (folder / "password").write_text(f"{PASSWORD}\n")
    fragile = folder / "fragile"
    fragile.write_text(f"{PASSWORD}\n")
    with ExitStack() as stack:
        made = {name: stack.enter_context(Registrar()) for name in HABITS}
        for name, habit in HABITS.items():
            made[name].register = habit
        more = ("elsewhere", "twins", "mover", "moved", "lurer", "brittle", "spare", "quoted")
        made |= {name: stack.enter_context(Registrar()) for name in more}
        made["stranger"] = stack.enter_context(Registrar("127.0.0.31"))
        made["elsewhere"].answer_from_elsewhere()
        made["mover"].register = sent_on(made["moved"].place)
        made["lurer"].register = sent_on(made["stranger"].place)
        made["brittle"].register = granted(2)
        made["quoted"].register = granted('"2"')
        # Two users of one domain, each of whom another server of it takes.
        one = made["both-1"] = stack.enter_context(Registrar("127.0.0.21"))
        two = made["both-2"] = stack.enter_context(Registrar("127.0.0.22", one.port))
        one.register, one.options = only("younger", 2), deaf_to("elder")
        two.register, two.options = only("elder", 2), deaf_to("younger")
        # A domain whose server stands in SRV, while its own address is nobody's.
        named = made["named"] = stack.enter_context(Registrar("127.0.0.24"))
        named.register = granted(2)
        six = made["six"] = stack.enter_context(Registrar("::1"))
        records = {
            ("both.test", "A"): ["127.0.0.21", "127.0.0.22"],
            ("_sip._udp.named.test", "SRV"): [f"10 0 {named.port} live.named.test."],
            ("live.named.test", "A"): ["127.0.0.24"],
            ("named.test", "A"): ["127.0.0.23"],
            ("six.test", "AAAA"): ["::1"],
        }
        nameserver = stack.enter_context(Nameserver(records))

        def trunk(name: str, more: str, registrar: str = "carrier.test", **values: str) -> str:
            given = {"user": USER, "password": "password", **values}
            return TRUNK.format(name=name, registrar=registrar, more=more, **given)

        def at(*names: str) -> str:
            return f"servers = {[made[name].place for name in names]}\n"

        settings = [trunk(name, at(name) + "ping = 0") for name in HABITS]
        settings += [
            trunk("elsewhere", at("elsewhere") + "ping = 1"),
            trunk("twin-a", at("twins") + "ping = 1\nregister = false", user="twin-a"),
            trunk("twin-b", at("twins") + "ping = 1\nregister = false", user="twin-b"),
            trunk("mover", at("mover", "spare", "moved") + "ping = 1"),
            trunk("lurer", at("lurer") + "ping = 0"),
            trunk("quoted", at("quoted") + "ping = 0"),
            trunk("brittle", at("brittle", "spare") + "ping = 0", password="fragile"),
            trunk("elder", "ping = 1", f"both.test:{one.port}", user="elder"),
            trunk("younger", "ping = 1", f"both.test:{one.port}", user="younger"),
            trunk("named", "ping = 0", "named.test"),
            trunk("six", "ping = 1", f"six.test:{six.port}"),
        ]
        line = Daemon(
            folder,
            clips,
            sip=f'nameservers = ["{nameserver.place}"]\nipv6_address = "::1"',
            extra="".join(settings),
        )
        try:
            yield Carriers(line.start(), made, fragile)
            line.stop()
        finally:
            line.discard()


@pytest.mark.parametrize("name", HABITS)
def test_it_registers_whatever_else_a_registrar_offers(carriers: Carriers, name: str) -> None:
    carriers.registered(name, carriers.registrars[name].place)
    assert not carriers.failures(name)


def test_a_registration_is_renewed_in_time_though_its_life_is_in_quotes(carriers: Carriers) -> None:
    """It counted as none, and what had been asked for as granted."""
    registrar = carriers.registrars["quoted"]
    until(lambda: len(registrar.of("REGISTER")), lambda count: count >= 3)
    assert not carriers.failures("quoted")


def test_an_answer_to_options_from_another_port_is_one(carriers: Carriers) -> None:
    registrar = carriers.registrars["elsewhere"]
    until(lambda: len(registrar.of("OPTIONS")), lambda count: count >= 5)
    assert len(registrar.of("REGISTER")) == 1
    assert not carriers.failures("elsewhere")


def test_options_name_the_trunk_as_its_registration_does(carriers: Carriers) -> None:
    registrar = carriers.registrars["elsewhere"]
    options = until(lambda: registrar.of("OPTIONS"), bool)[0]
    registration = registrar.of("REGISTER")[0]
    assert options.header("From").partition(";")[0] == f"<sip:{USER}@carrier.test>"
    assert contact(options) == contact(registration)
    assert "pinned" not in options.text + registration.text


def test_two_trunks_at_one_server_have_each_their_answers(carriers: Carriers) -> None:
    """Both are asked at the same time; the one's answer once was the other's."""
    registrar = carriers.registrars["twins"]
    for name in ("twin-a", "twin-b"):
        carriers.line.event(f"trunk {name}: static at {registrar.place}")
        until(partial(registrar.of, "OPTIONS", name), lambda asked: len(asked) >= 6)
        assert not carriers.failures(name)


def test_a_registrar_may_send_a_trunk_to_another_of_its_servers(carriers: Carriers) -> None:
    carriers.registered("mover", carriers.registrars["moved"].place)
    mover, moved = carriers.registrars["mover"], carriers.registrars["moved"]
    until(lambda: len(moved.of("OPTIONS")), lambda count: count >= 2)
    assert len(mover.of("REGISTER")) == 1, "it stays where it was sent"


def test_no_registrar_sends_a_trunk_to_a_stranger(carriers: Carriers) -> None:
    failure = until(lambda: carriers.failures("lurer"), bool)[0]
    stranger = carriers.registrars["stranger"]
    assert f"302 Moved Temporarily to sip:{USER}@{stranger.place}, which is no server" in failure
    assert not stranger.seen


def test_two_trunks_of_one_domain_have_each_their_server(carriers: Carriers) -> None:
    one, two = carriers.registrars["both-1"], carriers.registrars["both-2"]
    carriers.registered("younger", one.place)
    carriers.registered("elder", two.place)
    before = len(one.of("REGISTER", "elder")), len(two.of("REGISTER", "younger"))
    until(lambda: len(one.of("REGISTER", "younger")), lambda count: count >= 3)
    until(lambda: len(two.of("REGISTER", "elder")), lambda count: count >= 3)
    until(lambda: len(two.of("OPTIONS", "elder")), lambda count: count >= 3)
    assert (len(one.of("REGISTER", "elder")), len(two.of("REGISTER", "younger"))) == before


def test_a_name_that_a_caller_writes_leads_no_trunk_astray(carriers: Carriers) -> None:
    """The address of the domain itself is nobody's; a call once had the trunk go there."""
    named = carriers.registrars["named"]
    carriers.registered("named", named.place)
    with Peer(carriers.line.port, "+48600100101", "Record-Route: <sip:named.test;lr>") as peer:
        assert peer.call().status == 200
        carriers.line.says(peer.call_id, "greeting")
        peer.hang_up()
    before = len(named.of("REGISTER"))
    until(lambda: len(named.of("REGISTER")), lambda count: count >= before + 2)
    assert not carriers.failures("named")


def test_a_registrar_that_speaks_ipv6_is_told_where_the_line_does(carriers: Carriers) -> None:
    six = carriers.registrars["six"]
    carriers.registered("six", six.place)
    options = until(lambda: six.of("OPTIONS"), bool)[0]
    for request in (six.of("REGISTER")[0], options):
        assert f"@[::1]:{carriers.line.port}" in contact(request)
    assert not carriers.failures("six")


def test_a_password_that_cannot_be_read_is_told_and_read_again(carriers: Carriers) -> None:
    """Last: at failover it was read, and the trunk was down until the line began anew."""
    brittle, spare = carriers.registrars["brittle"], carriers.registrars["spare"]
    carriers.registered("brittle", brittle.place)
    carriers.password.rename(carriers.password.with_suffix(".gone"))
    brittle.register = lambda request: ("503 Service Unavailable", ())
    failure = until(lambda: carriers.failures("brittle"), bool)[0]
    assert "password" in failure
    assert "cannot be read" in failure
    carriers.password.with_suffix(".gone").rename(carriers.password)
    carriers.registered("brittle", spare.place)
