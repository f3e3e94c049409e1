"""Who calls: RFC 3325 and RFC 3323, as far as a number can be believed."""

import pytest

from sipagent.sip.identity import caller_of, e164, within
from sipagent.sip.protocol import Caller


def invite(*lines: str) -> str:
    return "\r\n".join(["INVITE sip:infolinia@192.0.2.1 SIP/2.0", *lines, "", "v=0"])


FROM = 'From: "Ala Nowak" <sip:600100101@192.0.2.9>;tag=1'
ASSERTED = "P-Asserted-Identity: <sip:+48221936600@carrier.example>"


def test_from_is_all_there_is() -> None:
    caller = caller_of(invite(FROM), trusted=False, country="PL")
    assert caller == Caller("+48600100101", asserted=False, name="Ala Nowak")


def test_a_trusted_peer_asserts() -> None:
    caller = caller_of(invite(FROM, ASSERTED), trusted=True, country="PL")
    assert (caller.number, caller.asserted) == ("+48221936600", True)


def test_anybody_else_asserts_nothing() -> None:
    caller = caller_of(invite(FROM, ASSERTED), trusted=False, country="PL")
    assert (caller.number, caller.asserted) == ("+48600100101", False)


def test_the_tel_uri_of_two_identities_counts_where_the_sip_uri_is_no_number() -> None:
    both = 'P-Asserted-Identity: "A" <sip:ala@carrier.example>, <tel:+48600100102>'
    caller = caller_of(invite(FROM, both), trusted=True, country="PL")
    assert (caller.number, caller.asserted) == ("+48600100102", True)


@pytest.mark.parametrize("wish", ["id", "user", "header;id", "Id", "critical;user", "id,user"])
def test_privacy_leaves_no_number(wish: str) -> None:
    message = invite(FROM, ASSERTED, f"Privacy: {wish}")
    assert caller_of(message, trusted=True, country="PL") == Caller(None)


def test_privacy_none_is_no_wish() -> None:
    assert caller_of(invite(FROM, "Privacy: none"), trusted=False, country="PL").number


@pytest.mark.parametrize(
    "origin",
    [
        '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1',
        "<sip:192.0.2.9>;tag=1",
        "<sip:ala@192.0.2.9>",
        "<sip:12@192.0.2.9>",
        "<sip:%00@x>",
        "<sip:" + "6" * 500 + "@x>",
        "",
        "<<>>",
    ],
)
def test_what_is_no_number(origin: str) -> None:
    assert caller_of(invite(f"From: {origin}"), trusted=False, country="PL").number is None


@pytest.mark.parametrize(
    ("shown", "number"),
    [
        ("600100101", "+48600100101"),
        ("48600100101", "+48600100101"),
        ("0048600100101", "+48600100101"),
        ("+48600100101", "+48600100101"),
        ("+4930123456", "+4930123456"),
        ("22-193-66-00", "+48221936600"),
        ("+48 600 100 101", "+48600100101"),
        ("600100101;ext=1", None),
        ("112", None),
    ],
)
def test_numbers_become_e164(shown: str, number: str | None) -> None:
    assert e164(shown, "PL") == number


def test_folded_and_compact_headers() -> None:
    message = invite("f:\r\n <sip:600100101@192.0.2.9>\r\n\t;tag=1")
    assert caller_of(message, trusted=False, country="PL").number == "+48600100101"


def test_a_uri_inside_the_quoted_name_is_not_the_caller() -> None:
    origin = 'From: "<sip:600100102@x>" <sip:600100101@192.0.2.9>'
    assert caller_of(invite(origin), trusted=False, country="PL").number == "+48600100101"


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("192.0.2.7:5060", True),
        ("192.0.2.7", True),
        ("192.0.3.7:5060", False),
        ("[2001:db8::1]:5060", True),
        ("[2001:db9::1]:5060", False),
        ("nonsense", False),
        ("", False),
    ],
)
def test_networks(address: str, inside: bool) -> None:
    assert within(address, ["192.0.2.0/24", "2001:db8::/32"]) is inside
