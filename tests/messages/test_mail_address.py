"""Addresses: what counts as one, and how they are told."""

import pytest

from sipagent.messages.address import checked, masked, spoken_form

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("jan@example.org", "jan@example.org"),
        ("  Jan.Kowalski+flat@EXAMPLE.org ", "Jan.Kowalski+flat@example.org"),
        ("infolinia@localhost", "infolinia@localhost"),
        ("biuro@żółw.pl", "biuro@xn--w-uga1v8h.pl"),
        ("łukasz@example.org", "łukasz@example.org"),
        (f"{'a' * 64}@example.org", f"{'a' * 64}@example.org"),
    ],
)
def test_addresses(written: str, address: str) -> None:
    assert checked(written) == address


@pytest.mark.parametrize(
    "written",
    [
        "",
        "jan",
        "@example.org",
        "jan@",
        "jan@@example.org",
        "jan@example..org",
        "jan@example.org\r\nBcc: eve@example.org",
        "jan\r\nBcc: eve@example.org",
        "jan@example.org, eve@example.org",
        "Jan <jan@example.org>",
        "<jan@example.org>",
        "jan kowalski@example.org",
        '"jan kowalski"@example.org',
        "jan(flat)@example.org",
        "jan@exam ple.org",
        "jan@[192.0.2.1] x",
        "jan\x00@example.org",
        "jan\N{RIGHT-TO-LEFT OVERRIDE}@example.org",
        f"{'a' * 65}@example.org",
        f"jan@{'.'.join(['a' * 60] * 5)}",
    ],
)
def test_what_is_none(written: str) -> None:
    with pytest.raises(ValueError, match="it "):
        checked(written)


@pytest.mark.parametrize(
    ("address", "shown"),
    [("jan@example.org", "j***@example.org"), ("", "***"), ("jan", "***"), ("@b", "***@b")],
)
def test_masked(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_spoken() -> None:
    assert (
        spoken_form("jan@example.org", "pl")
        == "zaczyna się na literę j, w domenie example kropka org"
    )
    assert spoken_form("jan@example.org", "en") == "begins with the letter j, at example dot org"
