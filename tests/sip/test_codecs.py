"""Codecs in a session description: which are offered, in what order, and one alone."""

import pytest

from sipagent.sip.codecs import in_order, narrowed, offered

pytestmark = pytest.mark.unit

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"
WIDE = (
    "m=audio 4000 RTP/AVP 96 9 8 101\r\nc=IN IP4 192.0.2.1\r\na=rtpmap:96 opus/48000/2\r\n"
    "a=fmtp:96 useinbandfec=1\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
    "a=sendrecv\r\n"
)
VIDEO = "m=video 0 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n"


@pytest.mark.parametrize(
    ("description", "codecs"),
    [
        (HEAD + WIDE, ("OPUS", "G722", "PCMA")),
        (HEAD + VIDEO + WIDE, ("OPUS", "G722", "PCMA")),
        (HEAD + "m=audio 0 RTP/AVP 0\r\n" + "m=audio 5000 RTP/AVP 0 13\r\n", ("PCMU", "")),
        (HEAD + VIDEO, ()),
        ("", ()),
    ],
)
def test_what_is_offered(description: str, codecs: tuple[str, ...]) -> None:
    assert offered(description) == codecs


def test_some_come_first_and_nothing_else_changes() -> None:
    ordered = WIDE.replace("96 9 8 101", "8 9 96 101")
    assert in_order(HEAD + WIDE, ["PCMA", "G722"]) == HEAD + ordered
    assert in_order(HEAD + WIDE, []) == HEAD + WIDE
    assert in_order(HEAD, ["PCMA"]) == HEAD


def test_one_alone_keeps_the_keys() -> None:
    assert narrowed(HEAD + WIDE + VIDEO, ["PCMU", "G722"]) == HEAD + VIDEO.join(
        [
            "m=audio 4000 RTP/AVP 9 101\r\nc=IN IP4 192.0.2.1\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n",
            "",
        ]
    )


@pytest.mark.parametrize("wanted", [[], ["PCMU"], [""]])
def test_without_one_in_common_nothing_changes(wanted: list[str]) -> None:
    assert narrowed(HEAD + WIDE, wanted) == HEAD + WIDE
