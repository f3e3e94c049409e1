"""Who can be called, and how records show it."""

import pytest

from sipagent.telephony.party import Party, TargetRefused, is_sip_uri

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("party", "shown"),
    [
        (Party.of("+48221234567"), "+48221234567"),
        (Party.of("sip:biuro@192.0.2.7", "Biuro"), "Biuro <sip:biuro@192.0.2.7>"),
        (Party(extension="1001", name="Łucja Żak"), "Łucja Żak <1001>"),
        (Party(extension="*22"), "*22"),
        (Party(extension="1001", name="Łucja Żak", contact="sip:a@192.0.2.7"), "Łucja Żak <1001>"),
        (Party(number="112"), "112"),
    ],
)
def test_how_records_show_a_party(party: Party, shown: str) -> None:
    assert str(party) == shown


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "one address, not 0"),
        ({"number": "+48221234567", "extension": "1001"}, "one address, not 2"),
        ({"number": "48221234567"}, "not a number such as"),
        ({"number": "+4822123456789012"}, "not a number such as"),
        ({"number": "+48٢٢١٢٣٤٥٦٧"}, "not a number such as"),
        ({"extension": "1"}, "not an extension"),
        ({"extension": "١٢"}, "not an extension"),
        ({"extension": "10a"}, "not an extension"),
        ({"extension": "1001\n"}, "not an extension"),
        ({"number": "113"}, "not a number such as"),
        ({"number": "+48221234567", "contact": "sip:a@192.0.2.7"}, "belongs to no extension"),
        ({"uri": "sip:192.0.2.7"}, "not a SIP URI"),
        ({"uri": "sip:a@192.0.2.7>\r\nX: y"}, "not a SIP URI"),
        ({"extension": "1001", "name": "Biuro\r\nX: y"}, "cannot be shown"),
        ({"extension": "1001", "name": "x" * 101}, "cannot be shown"),
    ],
)
def test_what_is_no_party(values: dict[str, str], why: str) -> None:
    with pytest.raises(TargetRefused, match=why):
        Party(**values)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("sip:biuro@192.0.2.7", True),
        ("sips:biuro@office.example.net:5061;transport=tls", True),
        ("sip:biuro@[2001:db8::1]:5070", True),
        ("sip:192.0.2.7", False),
        ("biuro@192.0.2.7", False),
        ("sip:biuro@192.0.2.7?Replaces=x", False),
        ("sip:biuro@192.0.2.7>;x", False),
        ("sip:żak@192.0.2.7", False),
        ("sip:biuro@192.0.2.7:٥٠٦٠", False),
    ],
)
def test_sip_uris(text: str, good: bool) -> None:
    assert is_sip_uri(text) is good
