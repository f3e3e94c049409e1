"""Who asks over a network, as they are counted wherever strangers are limited."""

import pytest

from sipagent.access.networks import network
from sipagent.panel.patience import Patience

pytestmark = pytest.mark.unit


def test_a_connection_is_one_network_whatever_addresses_it_has() -> None:
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9")
    assert network("2001:db8:1:3::1") != network("2001:db8:1:2::1")
    assert network("203.0.113.7") == network("::ffff:203.0.113.7") == "203.0.113.7"
    assert network("") == ""


def test_many_addresses_of_one_network_have_no_more_connections() -> None:
    patience = Patience([], most=1)
    assert patience.enter("2001:db8::1")
    assert not patience.enter("2001:db8::2")
    patience.leave("2001:db8::2")
    patience.leave("2001:db8::1")
    assert patience.enter("2001:db8::3")
