"""Who calls: RFC 3325 and RFC 3323, as far as a number can be believed."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipagent.config_types import VerstatPolicy
from sipagent.sip.headers import Message
from sipagent.sip.identity import caller_of, within
from sipagent.telephony.party import Caller, Verstat
from tests.sip.invites import FROM, invite

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("pjsip")]

ASSERTED = "P-Asserted-Identity: <sip:+48221936600@carrier.example>"
NUMBER, VICTIM = "+48221936600", "+48600100102"


def asserted(value: str, origin: str = FROM, policy: VerstatPolicy = "ignore") -> Caller:
    """Return the caller of an INVITE of a trusted peer."""
    message = invite(origin, f"P-Asserted-Identity: {value}")
    return caller_of(message, trusted=True, country="PL", verstat=policy)


def claimed(message: Message) -> Caller:
    """Return the caller of an INVITE of anybody else."""
    return caller_of(message, trusted=False, country="PL")


def test_from_is_all_there_is() -> None:
    assert claimed(invite(FROM)) == Caller("+48600100101", asserted=False, name="Ala Nowak")


def test_a_name_without_end_is_cut() -> None:
    """It goes into the INVITE of each phone that rings, and into the subject of an e-mail."""
    caller = claimed(invite(f'From: "{"Ala " * 2500}" <sip:600100101@127.0.0.1>;tag=a'))
    assert caller == Caller("+48600100101", asserted=False, name=("Ala " * 20).strip())


def test_a_trusted_peer_asserts() -> None:
    caller = caller_of(invite(FROM, ASSERTED), trusted=True, country="PL")
    assert (caller.number, caller.asserted) == (NUMBER, True)


def test_anybody_else_asserts_nothing() -> None:
    caller = claimed(invite(FROM, ASSERTED))
    assert (caller.number, caller.asserted) == ("+48600100101", False)


@pytest.mark.parametrize(
    "value",
    [
        '"A" <sip:ala@carrier.example>, <tel:+48600100102>',
        "<tel:+48600100102>, sip:+48600100102@carrier.example",
        "<sip:+48600100102@a.example>, <sip:600100102@b.example>",
        "tel:600100102;phone-context=+48",
    ],
)
def test_two_identities_of_one_caller(value: str) -> None:
    caller = asserted(value)
    assert (caller.number, caller.asserted) == (VICTIM, True)


@pytest.mark.parametrize(
    "value",
    [
        f"<sip:{VICTIM}@h>, <tel:{NUMBER}>",
        f"x, <sip:{VICTIM}@h>, y <sip:{NUMBER}@carrier.example>",
        f"x, <sip:{VICTIM}@h>, y <sip:ala@carrier.example>",
        f"<sip:{NUMBER}%0d%0aX:%20y@carrier.example>",
        f"<sip:{NUMBER}@carrier.example>, <sip:%00@carrier.example>",
        f'"x <sip:{NUMBER}@carrier.example>',
    ],
)
def test_a_network_that_contradicts_itself_names_nobody(value: str) -> None:
    assert asserted(value) == Caller(None, name="Ala Nowak")


@pytest.mark.parametrize("value", ["<sip:ala@carrier.example>", "sip:anonymous@x.invalid", ""])
def test_an_identity_without_a_number_leaves_what_the_caller_says(value: str) -> None:
    caller = asserted(value)
    assert (caller.number, caller.asserted) == ("+48600100101", False)


#: What a caller's exchange may put into a name, which some carrier does not escape.
PIECES = st.sampled_from(
    [
        *('"', "\\", ",", ";", "<", ">", "&", "?", "=", " ", "x", "sip:", "tel:", "%22", ";tag="),
        *(f"<sip:{VICTIM}@h>", f"<tel:{VICTIM}>", f"sip:{VICTIM}@h", VICTIM, "@h", "\r\n ", "\t"),
    ]
)


@given(st.lists(PIECES, max_size=8).map("".join))
@example(f'x" <sip:{VICTIM}@h>, "y')
@example(f'" <sip:{VICTIM}@h>;x="')
@example(f'" <tel:{VICTIM}>&"')
@example(f"x\r\n <sip:{VICTIM}@h>,\r\n y")
def test_no_name_makes_a_caller_somebody_else(name: str) -> None:
    for value in (f'"{name}" <sip:{NUMBER}@carrier.example>', f"{name} <tel:{NUMBER}>"):
        caller = asserted(value, "From: <sip:anonymous@anonymous.invalid>;tag=1")
        assert caller.number in {NUMBER, None}
        caller = claimed(invite(f"From: {value};tag=1"))
        assert caller.number in {NUMBER, None}


@pytest.mark.parametrize("wish", ["id", "user", "header;id", "Id", "critical;user", "id,user"])
def test_privacy_leaves_no_number(wish: str) -> None:
    message = invite(FROM, ASSERTED, f"Privacy: {wish}")
    assert caller_of(message, trusted=True, country="PL") == Caller(None)


def test_privacy_none_is_no_wish() -> None:
    assert claimed(invite(FROM, "Privacy: none")).number


@pytest.mark.parametrize(
    "origin",
    [
        '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1',
        "<sip:192.0.2.9>;tag=1",
        "<sip:ala@192.0.2.9>",
        "<sip:12@192.0.2.9>",
        "<sip:%00@x>",
        "<sip:600100101%00@x>",
        "<sip:600100101%0d%0aP-Asserted-Identity:%20x@x>",
        "<sip:ala%3b600100101@x>",
        "<sip:" + "6" * 500 + "@x>",
        "<mailto:600100101@x>",
        "",
        "<<>>",
    ],
)
def test_what_is_no_number(origin: str) -> None:
    assert claimed(invite(f"From: {origin}")).number is None


def test_folded_and_compact_headers() -> None:
    message = invite("f:\r\n <sip:600100101@192.0.2.9>\r\n\t;tag=1")
    assert claimed(message).number == "+48600100101"


def test_a_uri_inside_the_quoted_name_is_not_the_caller() -> None:
    origin = 'From: "<sip:600100102@x>" <sip:600100101@192.0.2.9>'
    assert claimed(invite(origin)).number == "+48600100101"


PASSED, FAILED, UNKNOWN = (
    f"<sip:{NUMBER};verstat={verdict.value}@carrier.example;user=phone>"
    for verdict in (Verstat.PASSED, Verstat.FAILED, Verstat.NONE)
)


@pytest.mark.parametrize(
    ("value", "ignored", "without_failed", "only_passed"),
    [
        (PASSED, NUMBER, NUMBER, NUMBER),
        (f"<sip:{NUMBER}@carrier.example;verstat=tn-validation-passed>", NUMBER, NUMBER, NUMBER),
        (f"<tel:{NUMBER};verstat=TN-Validation-Passed>", NUMBER, NUMBER, NUMBER),
        (FAILED, NUMBER, None, None),
        (UNKNOWN, NUMBER, NUMBER, None),
        (f"<sip:{NUMBER}@carrier.example>", NUMBER, NUMBER, None),
        (f"<sip:{NUMBER}%3Bverstat=TN-Validation-Passed@carrier.example>", None, None, None),
        (f'"verstat=TN-Validation-Passed" <tel:{NUMBER}>', NUMBER, NUMBER, None),
        (f"{PASSED}, <tel:{NUMBER};verstat=TN-Validation-Failed>", NUMBER, None, None),
    ],
)
def test_how_far_a_check_counts_is_a_setting(
    value: str, ignored: str | None, without_failed: str | None, only_passed: str | None
) -> None:
    origin = "From: <sip:anonymous@anonymous.invalid>;tag=1"
    assert asserted(value, origin).number == ignored
    assert asserted(value, origin, "refuse-failed").number == without_failed
    assert asserted(value, origin, "require-passed").number == only_passed


def test_a_check_may_stand_in_from_for_the_same_number_only() -> None:
    bare = f"<sip:{NUMBER}@carrier.example>"
    assert asserted(bare, f"From: {PASSED};tag=1", "require-passed").number == NUMBER
    other = f"From: <sip:{VICTIM};verstat=TN-Validation-Passed@h>;tag=1"
    assert asserted(bare, other, "require-passed").number is None
    caller = caller_of(invite(f"From: {PASSED}"), trusted=True, country="PL")
    assert caller == Caller(NUMBER, verstat=Verstat.PASSED)


def test_what_a_check_says_is_known_though_the_number_is_not() -> None:
    caller = asserted(FAILED, policy="refuse-failed")
    assert caller == Caller(None, name="Ala Nowak", verstat=Verstat.FAILED)


def test_a_check_that_nobody_vouches_for_is_none() -> None:
    assert claimed(invite(f"From: {PASSED};tag=1")) == Caller(NUMBER)


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
