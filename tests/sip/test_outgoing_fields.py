"""Nothing that came in with one message becomes a header field of another."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipagent.errors import CallError
from sipagent.sip.headers import Address, addresses
from sipagent.sip.outgoing import header, name_addr, sip_uri

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("user", "place", "uri"),
    [
        ("+48221234567", "192.0.2.7", "sip:+48221234567@192.0.2.7"),
        ("infolinia", "[2001:db8::1]:5060", "sip:infolinia@[2001:db8::1]:5060"),
        ("a b;c@d:e>%41", "office.example", "sip:a%20b%3Bc%40d%3Ae%3E%2541@office.example"),
        ("ł", "office.example", "sip:%C5%82@office.example"),
        ("", "office.example:5070", "sip:office.example:5070"),
    ],
)
def test_a_user_is_escaped(user: str, place: str, uri: str) -> None:
    assert sip_uri(user, place) == uri


@pytest.mark.parametrize("user", ["x\r\nX: y", "x\n", "\x00", "\x7f", "a\u2028b", "\x85"])
def test_a_control_character_is_refused(user: str) -> None:
    with pytest.raises(CallError, match="control character"):
        sip_uri(user, "office.example")
    with pytest.raises(CallError, match="control character"):
        name_addr("sip:x@office.example", user)
    with pytest.raises(CallError, match="control character"):
        header("Subject", user)


@pytest.mark.parametrize("place", ["", "x>", "x;lr", "a b", "x@y", "x\r\n", "[::1", "x:y"])
def test_what_is_no_host_is_refused(place: str) -> None:
    with pytest.raises(CallError, match="no host"):
        sip_uri("x", place)


def test_a_name_is_quoted() -> None:
    uri = sip_uri("x", "office.example")
    assert name_addr(uri, 'A "B\\" <sip:y@z>') == (r'"A \"B\\\" <sip:y@z>" <sip:x@office.example>')
    assert name_addr(uri, reason="deflection") == "<sip:x@office.example>;reason=deflection"
    with pytest.raises(CallError, match="token"):
        name_addr(uri, reason="x;y")


@pytest.mark.parametrize("name", ["", "X Y", "X:", "X\r\nY", "X\n"])
def test_a_header_field_has_a_name(name: str) -> None:
    with pytest.raises(CallError, match="token"):
        header(name, "x")
    assert header("Diversion", "<sip:x@y>").hName == "Diversion"


@pytest.mark.usefixtures("pjsip")
@given(st.text(min_size=1, max_size=20), st.text(max_size=20))
@example("+48600100102@h>, <sip:", '"')
@example("%0d%0aX: y", "\\")
def test_what_is_written_reads_as_what_was_meant(user: str, name: str) -> None:
    try:
        written = name_addr(sip_uri(user, "office.example"), name)
    except CallError:
        assert not (user + name).isprintable()
        return
    assert written.isprintable()
    assert addresses(written) == [Address(name.strip(), "sip", user, "office.example")]
