"""What is typed into a softphone, and Linphone's file of it."""

import xml.etree.ElementTree as ET

import pytest

from sipagent.config import SipSection
from sipagent.exchange.model import Phone, User
from sipagent.exchange.softphone import (
    Credentials,
    Server,
    free_account,
    hashes,
    linphone,
    password,
    server_of,
)
from sipagent.telephony.accounts import Account

pytestmark = pytest.mark.unit

ENTRY = "{http://www.linphone.org/xsds/lpconfig.xsd}"


def test_passwords_are_long_and_never_the_same() -> None:
    found = {password() for _ in range(100)}
    assert len(found) == 100
    assert all(len(one) == 24 for one in found)


def test_only_hashes_are_kept() -> None:
    kept = hashes("101-1", "secret", "sipagent")
    known = Account.of("101-1", "secret", realm="sipagent", extension="101")
    assert kept == {"realm": "sipagent", "md5": known.md5, "sha256": known.sha256}


def test_accounts_are_counted() -> None:
    anna = User(name="Anna", number="101")
    taken = tuple(Phone(account=one, user="Anna") for one in ("101-1", "101-3"))
    assert free_account(anna, taken) == "101-2"
    assert free_account(anna, ()) == "101-1"


@pytest.mark.parametrize(
    ("settings", "uri"),
    [
        (SipSection(address="192.0.2.7"), "sip:192.0.2.7:5060;transport=tcp"),
        (
            SipSection(address="192.0.2.7", public_address="198.51.100.7", transports=("udp",)),
            "sip:198.51.100.7:5060;transport=udp",
        ),
        (
            SipSection(address="192.0.2.7", transports=("udp", "tls"), tls_port=5071),
            "sip:192.0.2.7:5071;transport=tls",
        ),
        (SipSection(public_address="2001:db8::7"), "sip:[2001:db8::7]:5060;transport=tcp"),
    ],
)
def test_the_server_is_where_the_line_is_reached(settings: SipSection, uri: str) -> None:
    assert server_of(settings).uri == uri


def test_a_line_at_every_address_is_reached_at_one_of_this_machine() -> None:
    assert not server_of(SipSection()).place.startswith(("0.", "127."))


def test_linphone_gets_all_that_it_needs() -> None:
    told = Credentials(
        "101-1", "a<b&c", Server("192.0.2.7:5060", "tcp"), "sipagent", 'Anna "Ania" Nowak'
    )
    root = ET.fromstring(linphone(told))
    found = {
        (section.get("name"), entry.get("name")): entry.text
        for section in root.iter(f"{ENTRY}section")
        for entry in section.iter(f"{ENTRY}entry")
    }
    assert found["proxy_0", "reg_proxy"] == "<sip:192.0.2.7:5060;transport=tcp>"
    assert found["proxy_0", "reg_identity"] == r'"Anna \"Ania\" Nowak" <sip:101-1@192.0.2.7>'
    assert found["auth_info_0", "username"] == "101-1"
    assert found["auth_info_0", "passwd"] == "a<b&c"
    assert found["auth_info_0", "realm"] == "sipagent"
