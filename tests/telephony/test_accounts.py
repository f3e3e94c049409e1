"""Accounts of phones: the hashes that digest authentication is made with."""

import pytest

from sipagent.telephony.accounts import Account

pytestmark = pytest.mark.unit


def test_the_hashes_are_those_of_the_specification() -> None:
    """The A1 of the example in RFC 7616, section 3.9.1, hashed with md5sum and sha256sum."""
    mufasa = Account.of(
        "Mufasa", "Circle of Life", realm="http-auth@example.org", extension="101", shown="Mufasa"
    )
    assert mufasa.md5 == "3d78807defe7de2157e2b0b6573a855f"
    assert mufasa.sha256 == "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232"
