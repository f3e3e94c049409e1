"""What PJSIP says becomes one harmless line of the log, and never a flood."""

import pytest

from sipagent.sip.pjlog import Limit, one_line


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


def test_a_flood_is_counted_and_not_written() -> None:
    now = 0.0
    limit = Limit(lambda: now)
    assert sum(limit.pass_one()[0] for _ in range(1000)) == 20
    now = 1.5
    assert limit.pass_one() == (True, 980)
    assert limit.pass_one() == (False, 0)
    now = 100.0
    assert [limit.pass_one() for _ in range(2)] == [(True, 1), (True, 0)]
