"""Addresses and header fields, read by PJSIP: RFC 3261, sections 7.3, 19.1 and 25.1, RFC 3966."""

import re
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipagent.sip.headers import (
    Address,
    Message,
    address_of,
    addresses,
    allows,
    call_id,
    called_users,
    moved_to,
    way_back,
)
from tests.sip.invites import invite

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("pjsip")]

NUMBER = "+48221112233"


@pytest.mark.parametrize(
    ("written", "user"),
    [
        ("<sip:+48600100101;cpc=ordinary@ims.example;user=phone>", "+48600100101"),
        ("<sip:+48600100101;npdi;rn=+48660000000@ims.example>", "+48600100101"),
        ("<sip:+48600100101;tgrp=a;trunk-context=b.example@ims.example>", "+48600100101"),
        ("<sip:+48600100101;verstat=TN-Validation-Passed@ims.example>", "+48600100101"),
        ("sip:+48600100101;cpc=ordinary@ims.example", "+48600100101"),
        ("sips:600100101;phone-context=+48@ims.example", "+48600100101"),
        ("<sip:600-100-101;phone-context=+48@ims.example>", "+48600-100-101"),
        ("<sip:600100101;phone-context=ims.example@ims.example>", "600100101"),
        ("<sip:+48600100101;phone-context=+44@ims.example>", "+48600100101"),
        ("<sip:ala;phone-context=+48@ims.example>", "ala"),
        ("<sip:600100101@ims.example;phone-context=+48>", "600100101"),
        ("<tel:+48600100101;cpc=ordinary>", "+48600100101"),
        ("<tel:600100101;phone-context=+48>", "+48600100101"),
        ("tel:600100101;phone-context=+48", "+48600100101"),
        ("<sip:+48600100101:secret@ims.example>", "+48600100101"),
        ("<sip:%2B48600100101@ims.example>", "+48600100101"),
        ("<sip:a%20b@ims.example>", "a b"),
        ("<sip:%25%34%31@ims.example>", "%41"),
        ("<sip:%C5%82@ims.example>", "ł"),
        ("<sip:+48600100101%3Bcpc=x@ims.example>", "+48600100101;cpc=x"),
        ("<sip:600100101%3Bphone-context=+48@ims.example>", "600100101;phone-context=+48"),
        ("<sip:ala%40evil.example@ims.example>", "ala@evil.example"),
        ("<sip:ims.example>", ""),
        ("<mailto:600100101@ims.example>", ""),
    ],
)
def test_users(written: str, user: str) -> None:
    (address,) = addresses(written)
    assert address.user == user


@pytest.mark.parametrize(
    "user", ["+48600100101%0d%0aX:%20y", "+48600100101%00", "a;b=%07", "a;b%0a=c", "%7f"]
)
def test_control_characters_in_a_user_leave_nobody(user: str) -> None:
    assert addresses(f"<sip:{user}@h>") == [Address()]
    assert not Address()


def test_an_address_whole() -> None:
    (address,) = addresses(
        r'"Ala \"Al\\a\" <sip:x@y>" <sips:+48600100101;cpc=ordinary:pw@[2001:DB8::1]:5061'
        ";transport=tcp;Verstat=No-TN-Validation?Subject=x>;tag=1"
    )
    assert address == Address(
        'Ala "Al\\a" <sip:x@y>',
        "sips",
        "+48600100101",
        "2001:DB8::1",
        5061,
        {"cpc": "ordinary", "transport": "tcp", "verstat": "No-TN-Validation", "tag": "1"},
    )


def test_a_parameter_of_the_user_counts_before_one_of_the_uri_or_the_field() -> None:
    (address,) = addresses("<sip:+48600100101;x=1@h;x=2;y=2>;x=3;y=3;z=3")
    assert address.parameters == {"x": "1", "y": "2", "z": "3"}


@pytest.mark.parametrize(
    ("value", "users"),
    [
        ("<sip:a@h>, <tel:+48600100101>", ["a", "+48600100101"]),
        ("tel:+48600100101,sip:b@h", ["+48600100101", "b"]),
        ('"x, <sip:a@h>, y" <sip:b@h>', ["b"]),
        ('"x", <sip:a@h>', []),
        ("x, <sip:a@h>, y <sip:b@h>", ["a", "b"]),
        ("<sip:a@h>&<sip:b@h>", []),
        ("<sip:a@h> <sip:b@h>", []),
        ("<sip:a@h", []),
        ('"x <sip:a@h>', []),
        ("<sip:@h>", []),
        ("a@h", []),
        ("*", []),
        ("", []),
    ],
)
def test_lists(value: str, users: list[str]) -> None:
    assert [address.user for address in addresses(value)] == users


@pytest.mark.parametrize("host", ["[::1", "[x y]", "[::1\r\n]", "a b", "[2001:db8::1\t]"])
def test_what_is_no_host(host: str) -> None:
    assert not address_of(f"<sip:a@{host}>")


def test_a_message() -> None:
    message = invite(
        "f: <sip:600100101@192.0.2.9>;tag=1",
        "To : <tel:+48221234567>",
        "i: a-b@192.0.2.9 ",
        "r: <sip:x@192.0.2.9>",
        "PRIVACY: id",
        "Privacy: header",
        "Subject: one\r\n two\r\n\tthree",
        "Allow: INVITE, ack",
        uri="sip:+48221234567;npdi@192.0.2.1:5060;user=phone",
    )
    assert message.uri.user == "+48221234567"
    assert message.only("From").user == "600100101"
    assert message.only("To").user == "+48221234567"
    assert message.only("Refer-To").user == "x"
    assert message.texts("Call-ID") == ["a-b@192.0.2.9"]
    assert message.texts("privacy") == ["id", "header"]
    assert message.texts("Subject")[0].split() == ["one", "two", "three"]
    assert message.addresses("P-Asserted-Identity") == [], "that one is in the body"
    assert allows(message, "ACK")
    assert not allows(message, "REFER")
    assert allows(invite(), "REFER"), "who says nothing may"


def test_a_field_that_may_stand_once_is_none_where_it_stands_twice() -> None:
    twice = invite("From: <sip:a@h>;tag=1", "From: <sip:b@h>;tag=1")
    assert twice.only("From") == Address()


def test_a_field_that_cannot_be_read_is_not_the_same_as_none() -> None:
    assert invite('P-Asserted-Identity: "x <sip:a@h>').addresses("P-Asserted-Identity") == [
        Address()
    ]
    assert invite().addresses("P-Asserted-Identity") == []


def test_a_response_has_no_request_uri() -> None:
    message = Message("SIP/2.0 503 Busy\r\nRetry-After: 120 (later);duration=5\r\n\r\n")
    assert not message.uri
    assert message.texts("Retry-After")[0].startswith("120")


def test_what_was_called_is_looked_for_in_three_places() -> None:
    message = invite(
        "To: <sip:%0d%0a@h>",
        "P-Called-Party-ID: <sip:+48221234567;npdi@h>",
        uri="sip:+48220000000;rn=x@192.0.2.1",
    )
    assert called_users(message) == ["+48220000000", "+48221234567"]


def test_the_way_back_is_the_route_and_the_far_end() -> None:
    message = invite(
        'Record-Route: "a, <sip:no.example>" <sip:one.example;lr>, <sip:[2001:db8::1];lr>',
        "Contact: <sip:a@two.example>, <sip:b@three.example>",
    )
    assert way_back(message) == ["one.example", "2001:db8::1", "two.example"]


@pytest.mark.parametrize(
    ("contact", "uri"),
    [
        ('"a, <sip:b@h>" <sip:+48221234567;npdi@h:5070;transport=TCP;x=y?Subject=z>;q=1',
         "sip:+48221234567@h:5070;transport=tcp"),
        ("<sips:a%20b@[2001:db8::1]>, <sip:c@h>", "sips:a%20b@[2001:db8::1]"),
        ("sip:h:5070", "sip:h:5070"),
        ("<sip:a%0d%0ab@h>", ""),
        ("<tel:+48221234567>", ""),
        ("*", ""),
    ],
)  # fmt: skip
def test_where_an_answer_sends_us(contact: str, uri: str) -> None:
    assert moved_to(Message(f"SIP/2.0 302 Moved\r\nContact: {contact}\r\n\r\n")) == uri


def test_a_call_id_has_no_control_characters() -> None:
    assert call_id("a\x1b[31m\x00@b ") == "a [31m @b"


#: What some parser takes for the end of a line, or of a header field.
ENDS = ("\r", "\r\t", "&", "\0", "\v", "\f", "\x1c", "\x85", "\u2028", "%0d%0a", ",", ";", ">")


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    "line",
    [
        "Subject: x",
        "Expires: 60",
        "Max-Forwards: 70",
        "Supported: timer",
        "Allow: INVITE",
        "Contact: <sip:a@h>",
        "Record-Route: <sip:a@h>",
        "Call-ID: x",
        "User-Agent: x",
        'To: "x" <sip:a@h>',
    ],
)
def test_the_end_of_a_value_is_no_other_field(line: str, end: str) -> None:
    message = invite(f"{line}{end}P-Asserted-Identity: <sip:{NUMBER}@h>", "Privacy: id")
    assert message.addresses("P-Asserted-Identity") == []
    assert message.texts("Privacy") == ["id"]


@pytest.mark.parametrize(
    "open_end",
    [
        "Via: SIP/2.0/UDP h (x",
        "Retry-After: 1 (x",
        'To: "x',
        "Contact: <sip:a@[::1",
        "User-Agent: (",
        ": <sip:b@h>",
        "no colon",
    ],
)
def test_no_field_goes_on_behind_its_line(open_end: str) -> None:
    message = invite(open_end, "Privacy: id", f"From: <sip:{NUMBER}@h>", 'Subject: ) " ] x')
    assert message.texts("Privacy") == ["id"]
    assert message.only("From").user == NUMBER
    assert message.uri.user == "infolinia"


@given(st.text(max_size=60).filter(lambda text: "\n" not in text))
def test_a_value_is_no_other_field(text: str) -> None:
    message = invite(f"Subject: {text}", f"From: <sip:{NUMBER}@h>;tag=1")
    assert message.only("From").user == NUMBER
    assert message.addresses("P-Asserted-Identity") == []


@given(st.text(max_size=30).map(lambda text: text.replace("\\", "\\\\").replace('"', '\\"')))
@example("x, <sip:+48600100102@h>, y")
@example("\\\\")
@example("<sip:+48600100102@h>\\\\")
def test_a_display_name_is_no_address(name: str) -> None:
    line = re.sub(r"[\r\n]", " ", name)
    (address,) = addresses(f'"{line}" <sip:{NUMBER}@h>')
    assert (address.user, address.host) == (NUMBER, "h")
    assert address.name.isprintable()


PARAMETER = st.tuples(
    st.sampled_from(["cpc", "npdi", "rn", "tgrp", "isub", "ext", "user", "transport", "x"]),
    st.text(max_size=12).map(lambda text: quote(text, safe="")),
)


@given(st.lists(PARAMETER, max_size=3), st.lists(PARAMETER, max_size=3))
@example([("rn", "+48600100102")], [("x", "%3csip:+48600100102%40h%3e")])
def test_a_parameter_is_no_number(user: list[tuple[str, str]], uri: list[tuple[str, str]]) -> None:
    first, second = ("".join(f";{key}={value}" for key, value in some) for some in (user, uri))
    found = address_of(f"<sip:{NUMBER}{first}@h{second}>")
    assert not found or (found.user, found.host) == (NUMBER, "h")
    assert {one.user for one in addresses(f"<tel:{NUMBER}{second}>")} <= {NUMBER}


@given(st.text(min_size=1, max_size=20))
@example("+48600100102@h>, <sip:")
@example("600100102;phone-context=+48")
@example("\r\nP-Asserted-Identity: x")
def test_an_escape_is_no_sign(text: str) -> None:
    (found,) = addresses(f"<sip:{quote(text, safe='')}@h>")
    assert found == (Address("", "sip", text, "h") if text.isprintable() else Address())


@given(st.text(max_size=200))
@example("INVITE sip:a@h SIP/2.0\r\nFrom: \x00\r\n\r\n")
@example("\udcff\r\n" * 20)
def test_no_message_breaks_the_reader(text: str) -> None:
    for read in (text, f"INVITE sip:a@h SIP/2.0\r\n{text}\r\n\r\n"):
        message = Message(read)
        called_users(message)
        way_back(message)
    addresses(text)
