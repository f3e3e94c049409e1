"""What PJSIP says becomes one harmless line of the log, and never a flood."""

import pytest

from sipagent.sip.pjlog import one_line

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("02:31:23.713   sip_parser.c !Error parsing '9'\n", "sip_parser.c !Error parsing '9'"),
        ("sip_endpoint.c Error:\r\nINVITE sip:a@b SIP/2.0\r\nTo: x\n", "sip_endpoint.c Error:"),
        ("a\x1b[31mred\x00\u2028end", "a?[31mred?"),
        ("Bad To: <sip:+48600100101@b>", "Bad To: <sip:•••101@b>"),
        ("port 65536, code 171050", "port 65536, code 171050"),
        ("", ""),
        ("x" * 5000, "x" * 300),
    ],
)
def test_one_line(said: str, written: str) -> None:
    assert one_line(said) == written
