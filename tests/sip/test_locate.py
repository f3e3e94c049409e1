"""Where a carrier's servers are: SRV, addresses, and their order."""

from collections import Counter

import pytest

from sipagent.config import TrunkSection
from sipagent.sip.locate import (
    Names,
    Server,
    Service,
    Unlocated,
    in_order,
    locate,
    redirected,
    split,
)
from sipagent.threads import NAMES, Threads

pytestmark = pytest.mark.unit


class FakeNames(Names):
    """Knows what the test says."""

    def __init__(
        self, services: dict[str, list[Service]] | None = None, **addresses: list[str]
    ) -> None:
        super().__init__()
        self._services = services or {}
        self._known = {name.replace("_", "."): found for name, found in addresses.items()}
        self.asked: list[str] = []

    async def services(self, name: str) -> list[Service]:
        self.asked.append(name)
        return self._services.get(name, [])

    async def addresses(self, host: str, threads: Threads = NAMES) -> list[str]:
        self.asked.append(host)
        return self._known.get(host, [])


def trunk(registrar: str = "sip:sip.example.com", **settings: object) -> TrunkSection:
    return TrunkSection.model_validate(
        {"name": "carrier", "registrar": registrar, "user": "4822", **settings}
    )


async def test_srv_records_decide_servers_ports_and_order() -> None:
    services = [Service(20, 0, 5070, "b.example.com"), Service(10, 0, 5080, "a.example.com")]
    names = FakeNames(
        {"_sip._udp.sip.example.com": services},
        a_example_com=["192.0.2.1", "192.0.2.2"],
        b_example_com=["192.0.2.3"],
    )
    assert [str(server) for server in await locate(trunk(), names)] == [
        "192.0.2.1:5080",
        "192.0.2.2:5080",
        "192.0.2.3:5070",
    ]


@pytest.mark.parametrize(
    ("transport", "service", "port"),
    [
        ("udp", "_sip._udp", 5060),
        ("tcp", "_sip._tcp", 5060),
        ("tls", "_sips._tcp", 5061),
    ],
)
async def test_without_srv_the_name_itself_has_the_usual_port(
    transport: str, service: str, port: int
) -> None:
    names = FakeNames(sip_example_com=["192.0.2.1"])
    found = await locate(trunk(transport=transport), names)
    assert found == [Server("sip.example.com", "192.0.2.1", port, transport)]
    assert names.asked == [f"{service}.sip.example.com", "sip.example.com"]


async def test_a_port_means_that_no_srv_is_asked_for() -> None:
    """RFC 3263, section 4.2."""
    names = FakeNames(sip_example_com=["192.0.2.1"])
    found = await locate(trunk("sip:sip.example.com:5099"), names)
    assert [str(server) for server in found] == ["192.0.2.1:5099"]
    assert names.asked == ["sip.example.com"]


async def test_addresses_are_not_looked_up() -> None:
    names = FakeNames()
    found = await locate(trunk("sip:192.0.2.9"), names)
    found += await locate(trunk("sip:[2001:db8::1]:5070"), names)
    assert [str(server) for server in found] == ["192.0.2.9:5060", "[2001:db8::1]:5070"]
    assert found[1].uri == "sip:[2001:db8::1]:5070;transport=udp;pinned=2001:db8::1"
    assert found[1].route == f"{found[1].uri};lr"
    assert names.asked == []


async def test_outbound_proxies_come_in_the_order_of_the_settings() -> None:
    names = FakeNames(one_example_com=["192.0.2.1"], two_example_com=["192.0.2.2"])
    settings = trunk(servers=["one.example.com:5061", "two.example.com", "192.0.2.3"])
    assert [str(server) for server in await locate(settings, names)] == [
        "192.0.2.1:5061",
        "192.0.2.2:5060",
        "192.0.2.3:5060",
    ]


async def test_one_unknown_proxy_does_not_hide_the_others() -> None:
    names = FakeNames(two_example_com=["192.0.2.2"])
    found = await locate(trunk(servers=["one.example.com", "two.example.com"]), names)
    assert [server.address for server in found] == ["192.0.2.2"]


async def test_a_carrier_without_address_is_an_error_that_names_it() -> None:
    with pytest.raises(Unlocated, match=r"sip\.example\.com"):
        await locate(trunk(), FakeNames())


async def test_the_certificate_is_that_of_the_domain_not_of_the_srv_target() -> None:
    """RFC 5922, section 7.1: whoever forges the DNS must not choose the name."""
    services = {"_sips._tcp.sip.example.com": [Service(0, 0, 5061, "host7.example.net")]}
    names = FakeNames(services, host7_example_net=["192.0.2.7"])
    found = await locate(trunk(transport="tls"), names)
    assert found == [Server("sip.example.com", "192.0.2.7", 5061, "tls")]
    assert found[0].uri == "sip:sip.example.com:5061;transport=tls;pinned=192.0.2.7"


HERE = (
    Server("sip.example.com", "192.0.2.1", 5060, "udp"),
    Server("sbc.example.com", "192.0.2.2", 5070, "udp"),
)


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("sip:4822@192.0.2.2:5080", "192.0.2.2:5080"),
        ("sip:192.0.2.2", "192.0.2.2:5060"),
        ("sip:4822@SBC.example.com;user=phone", "192.0.2.2:5060"),
        ("sip:4822@198.51.100.9", "198.51.100.9:5060"),
        ("sip:4822@[2001:db8::9]:5090", "[2001:db8::9]:5090"),
    ],
)
def test_a_registrar_may_send_the_line_to_places_of_its_trunk(uri: str, place: str) -> None:
    ours = trunk(addresses=["198.51.100.0/24", "2001:db8::/32"])
    there = redirected(uri, ours, HERE)
    assert there is not None
    assert str(there) == place


@pytest.mark.parametrize(
    "uri",
    [
        "sip:4822@203.0.113.9",
        "sip:4822@stranger.example",
        "sip:sip.example.com@stranger.example",
        "sip:4822@stranger.example;x=sip.example.com",
        "tel:+48221234567",
        "sip:",
        "",
    ],
)
def test_a_registrar_cannot_send_the_line_to_a_stranger(uri: str) -> None:
    assert redirected(uri, trunk(addresses=["198.51.100.0/24"]), HERE) is None


def test_weights_share_the_load_and_priorities_do_not() -> None:
    services = [Service(1, 1, 1, "light"), Service(1, 3, 1, "heavy"), Service(2, 99, 1, "spare")]
    firsts = Counter(in_order(services)[0].target for _ in range(2000))
    assert firsts["spare"] == 0
    assert 0.65 < firsts["heavy"] / 2000 < 0.85
    assert all(in_order(services)[2].target == "spare" for _ in range(20))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sip.example.com", ("sip.example.com", 0)),
        ("sip.example.com:5080", ("sip.example.com", 5080)),
        ("2001:db8::1", ("2001:db8::1", 0)),
        ("[2001:db8::1]", ("2001:db8::1", 0)),
        ("[2001:db8::1]:5080", ("2001:db8::1", 5080)),
    ],
)
def test_host_and_port(text: str, parts: tuple[str, int]) -> None:
    assert split(text) == parts
