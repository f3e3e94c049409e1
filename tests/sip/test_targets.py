"""Whom a caller may be put through to."""

import pytest

from sipagent.config import TransferSection, TrunkSection
from sipagent.sip.targets import Targets
from sipagent.telephony.party import Party, TargetRefused
from sipagent.telephony.phones import Route

pytestmark = pytest.mark.unit

TRUNK = TrunkSection(name="carrier", registrar="sip:sip.example.com:5062", user="48221234567")
OWN = {"192.0.2.1:5060", "line.example.net:5060", "127.0.0.1:5060"}


def targets(trunk: bool = True, **settings: object) -> Targets:
    section = TransferSection.model_validate(settings)
    return Targets(section, (TRUNK,) if trunk else (), OWN)


def test_a_number_goes_over_the_trunk() -> None:
    found = targets().routes(Party.of("+48221000200"))
    assert found == [Route("sip:+48221000200@sip.example.com:5062", "carrier")]


def test_a_gateway_takes_numbers_without_a_trunk() -> None:
    found = targets(trunk=False, gateway="192.0.2.9").routes(Party.of("+48221000200"))
    assert found == [Route("sip:+48221000200@192.0.2.9")]


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("+442079460123", "transfer.allow"),
        ("+19005550123", "transfer.allow"),
        ("+48701234567", "transfer.premium"),
        ("+48801123456", "transfer.premium"),
        ("+48999", "transfer.premium"),
        ("+48221234567", "this line itself"),
        ("112", "neither a number"),
        ("+48 22 100 02 00", "neither a number"),
        ("+48221000200;phone-context=x", "neither a number"),
        ("sip:+48221000200@evil.example", "transfer.hosts"),
        ("sip:a@b\r\nX: y@evil.example", "neither a number"),
        ("tel:+48221000200", "neither a number"),
        ("", "neither a number"),
    ],
)
def test_what_is_denied(number: str, why: str) -> None:
    with pytest.raises(TargetRefused, match=why):
        targets().routes(Party.of(number))


def test_who_helps_is_always_called() -> None:
    found = targets(allow=["+4822"]).routes(Party(number="112"))
    assert found == [Route("sip:112@sip.example.com:5062", "carrier")]


def test_a_phone_of_the_house_is_called_where_it_has_registered() -> None:
    contact = "sip:anna@192.0.2.77:5070;transport=tcp;pn-provider=x"
    assert targets().routes(Party(extension="101", contact=contact)) == [Route(contact)]
    with pytest.raises(TargetRefused, match="no phone of it is known"):
        targets().routes(Party(extension="101"))


def test_the_operator_may_allow_more() -> None:
    open_to = targets(allow=["+"], premium=True)
    assert open_to.routes(Party.of("+442079460123"))[0].trunk == "carrier"
    assert open_to.routes(Party.of("+48701234567"))[0].trunk == "carrier"


def test_nothing_is_allowed_by_an_empty_list() -> None:
    with pytest.raises(TargetRefused, match=r"transfer\.allow"):
        targets(allow=[]).routes(Party.of("+48221000200"))


def test_a_number_without_any_way_out_is_refused() -> None:
    with pytest.raises(TargetRefused, match=r"transfer\.gateway"):
        targets(trunk=False).routes(Party.of("+48221000200"))


def test_the_number_that_was_called_leads_back_here() -> None:
    with pytest.raises(TargetRefused, match="this line itself"):
        targets().routes(Party.of("+48221000300"), called="48221000300")


@pytest.mark.parametrize("hosts", [["office.example.net"], ["OFFICE.example.net:5070"]])
def test_a_softphone_is_called_where_hosts_allow(hosts: list[str]) -> None:
    uri = "sip:biuro@office.example.net:5070"
    assert targets(hosts=hosts).routes(Party.of(uri)) == [Route(uri)]


def test_a_softphone_on_another_port_is_not_meant() -> None:
    with pytest.raises(TargetRefused, match=r"transfer\.hosts"):
        targets(hosts=["office.example.net:5070"]).routes(Party.of("sip:biuro@office.example.net"))


def test_an_extension_of_the_carrier_goes_over_the_trunk() -> None:
    assert targets().routes(Party.of("sip:200@sip.example.com"))[0].trunk == "carrier"


@pytest.mark.parametrize("uri", ["sip:x@192.0.2.1", "sip:x@LINE.example.net:5060"])
def test_the_line_does_not_call_itself(uri: str) -> None:
    with pytest.raises(TargetRefused, match="this line itself"):
        targets(hosts=["192.0.2.1", "line.example.net"]).routes(Party.of(uri))


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("sip:b@office.example.net", Route("sip:b@office.example.net")),
        ("sip:b@office.example.net:5060;line=7", Route("sip:b@office.example.net:5060")),
        (
            "sip:+48221000200@sip.example.com;user=phone",
            Route("sip:+48221000200@sip.example.com:5062", "carrier"),
        ),
        (
            "sip:48221000200@sip.example.com",
            Route("sip:+48221000200@sip.example.com:5062", "carrier"),
        ),
    ],
)
def test_where_a_target_may_send_the_line_on_to(uri: str, target: Route) -> None:
    found = targets(hosts=["office.example.net"])
    assert found.routes(found.redirected(uri)) == [target]


@pytest.mark.parametrize(
    "uri",
    [
        "sip:+48701234567@sip.example.com",
        "sip:%2B48701234567@sip.example.com",
        "sip:48701234567;npdi@sip.example.com",
        "sip:701234567@sip.example.com",
        "sip:200@sip.example.com",
        "sip:b@evil.example",
        "sip:b@office.example.net.evil.example",
        "sip:x@192.0.2.1",
        "tel:+48701234567",
        "sip:office.example.net",
        "",
    ],
)
def test_no_target_sends_the_line_to_a_stranger_or_a_dear_number(uri: str) -> None:
    found = targets(hosts=["office.example.net"])
    with pytest.raises(TargetRefused):
        found.routes(found.redirected(uri))


@pytest.mark.parametrize("user", ["+48701234567", "48701234567", "701234567", "200"])
def test_no_target_reaches_a_dear_number_by_way_of_the_gateway(user: str) -> None:
    """Not even where softphones of the same exchange may be called, by whatever port."""
    found = targets(trunk=False, gateway="192.0.2.9:5070", hosts=["192.0.2.9"])
    with pytest.raises(TargetRefused):
        found.routes(found.redirected(f"sip:{user}@192.0.2.9"))
    followed = found.redirected("sip:48221000200@192.0.2.9:5070")
    assert found.routes(followed) == [Route("sip:+48221000200@192.0.2.9:5070")]


def test_no_target_reaches_a_dear_number_by_way_of_a_server_of_the_carrier() -> None:
    trunk = TRUNK.model_copy(update={"servers": ("192.0.2.20:5062",)})
    section = TransferSection.model_validate({"hosts": ["192.0.2.20"]})
    found = Targets(section, (trunk,), OWN)
    with pytest.raises(TargetRefused):
        found.routes(found.redirected("sip:701234567@192.0.2.20"))


SECOND = TrunkSection(
    name="second", registrar="sip:other.example", user="48221234567", prefers=("+49", "+4860")
)
WIDE = TransferSection(allow=("+",))


@pytest.mark.parametrize(
    ("number", "up", "names"),
    [
        ("+48221000200", {"carrier", "second"}, ["carrier", "second"]),
        ("+48221000200", {"second"}, ["second"]),
        ("+48221000200", set(), ["carrier", "second"]),
        ("+48600100100", {"carrier", "second"}, ["second", "carrier"]),
        ("+48600100100", {"carrier"}, ["carrier"]),
        ("+4930123456", {"carrier", "second"}, ["second", "carrier"]),
        ("112", {"carrier", "second"}, ["carrier", "second"]),
    ],
)
def test_the_trunks_that_are_up_in_their_order_or_as_a_number_prefers(
    number: str, up: set[str], names: list[str]
) -> None:
    found = Targets(WIDE, (TRUNK, SECOND), OWN, up.__contains__).routes(Party(number=number))
    assert [one.trunk for one in found] == names


def test_who_helps_is_called_over_the_trunks_where_the_gateway_fails() -> None:
    """By any trunk that is up, tried one after another."""
    section = TransferSection(gateway="192.0.2.9")
    found = Targets(section, (TRUNK, SECOND), OWN)
    assert [one.trunk for one in found.routes(Party(number="112"))] == ["", "carrier", "second"]
    assert [one.trunk for one in found.routes(Party(number="+48221000200"))] == [""]
