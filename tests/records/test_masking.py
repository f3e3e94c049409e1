"""SIP messages are stored without secrets, and shown without persons."""

import pytest

from sipagent.records.masking import without_persons, without_secrets

pytestmark = pytest.mark.unit


def message(*head: str, body: str = "") -> str:
    return "\r\n".join(["INVITE sip:infolinia@192.0.2.1 SIP/2.0", *head]) + "\r\n\r\n" + body


@pytest.mark.parametrize(
    ("line", "stored"),
    [
        (
            'Authorization: Digest username="48221234567", realm="x",\r\n response="0123"',
            "Authorization: Digest •••",
        ),
        ('Proxy-Authorization: Digest response="0123"', "Proxy-Authorization: Digest •••"),
        ("authorization:Bearer abc.def", "authorization:Bearer •••"),
        ('WWW-Authenticate: Digest realm="x"', 'WWW-Authenticate: Digest realm="x"'),
    ],
)
def test_credentials(line: str, stored: str) -> None:
    shown = without_secrets(message("Via: x", line, "Max-Forwards: 70", body="v=0\r\n"))
    assert shown == message("Via: x", stored, "Max-Forwards: 70", body="v=0\r\n")


@pytest.mark.parametrize(
    ("kind", "body", "stored"),
    [
        ("application/dtmf-relay", "Signal=5\r\nDuration=1\r\n", "Signal=•••\r\nDuration=1\r\n"),
        ("application/dtmf-relay", "Signal= #\r\n", "Signal= •••\r\n"),
        ("application/dtmf", "5", "•••"),
        ("application/sdp", "a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:Zm9v|2^31\r\n",
         "a=crypto:1 AES_256_CM_HMAC_SHA1_80 •••\r\n"),
        ("application/sdp", "k=clear:secret\r\na=ice-pwd:abcdef\r\n", "k=•••\r\na=ice-pwd:•••\r\n"),
        ("application/sdp", "m=audio 4000 RTP/AVP 8\r\n", "m=audio 4000 RTP/AVP 8\r\n"),
    ],
)  # fmt: skip
def test_keys(kind: str, body: str, stored: str) -> None:
    head = f"Content-Type: {kind}"
    assert without_secrets(message(head, body=body)) == message(head, body=stored)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('From: "Anna Kowalska" <sip:+48600100101@x>;tag=1', 'From: "•••" <sip:•••101@x>;tag=1'),
        ("From: Anna Kowalska <sip:anna@x>", 'From: "•••" <sip:•••@x>'),
        ("f: <sip:+48600100101@x>", "f: <sip:•••101@x>"),
        ("To: <sip:infolinia@x>", "To: <sip:infolinia@x>"),
        ('To: "A \\" <b>" <sip:infolinia@x>', 'To: "•••" <sip:infolinia@x>'),
        ("P-Asserted-Identity: <tel:+48600100101>", "P-Asserted-Identity: <tel:•••101>"),
        ("Contact: <sip:600100101@10.0.0.1:5060;ob>", "Contact: <sip:•••101@10.0.0.1:5060;ob>"),
        ("Refer-To: <sips:48600100101@x>", "Refer-To: <sips:•••101@x>"),
        (
            "To: <sip:+48600100101;rn=+48660000000@x;user=phone>",
            "To: <sip:•••101;•••@x;user=phone>",
        ),
        ("Diversion: <tel:100101;phone-context=+48600>", "Diversion: <tel:•••101;•••>"),
        ("Identity: eyJhbGciOi;info=<https://x>\r\n ;alg=ES256", "Identity: •••"),
        ("Call-ID: 12345678@10.0.0.1", "Call-ID: 12345678@10.0.0.1"),
        ("Via: SIP/2.0/UDP 10.0.0.1:5060", "Via: SIP/2.0/UDP 10.0.0.1:5060"),
    ],
)
def test_persons(line: str, shown: str) -> None:
    masked = without_persons(message(line, body="o=anna 1 1 IN IP4 x\r\n"), "infolinia")
    assert masked == message(shown, body="o=••• 1 1 IN IP4 x\r\n")


def test_a_number_that_was_called_is_a_number() -> None:
    text = "INVITE sip:+48221234567@x SIP/2.0\r\n\r\n"
    assert without_persons(text, "+48221234567") == "INVITE sip:•••567@x SIP/2.0\r\n\r\n"


def test_what_people_write_to_each_other_is_stored_nowhere() -> None:
    text = "MESSAGE sip:102@x SIP/2.0\r\nContent-Type: text/plain\r\n\r\n123456 221000300"
    assert without_secrets(text).endswith("\r\n\r\n•••")
    assert "123456" not in without_secrets(text)
