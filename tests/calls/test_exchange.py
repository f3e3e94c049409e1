"""The exchange on a line that runs: commands change it, and calls that come in follow."""

import shutil
from pathlib import Path

import pytest

from tests.calls.daemon import ROOT, Daemon, Start
from tests.calls.peer import Peer

pytestmark = pytest.mark.line

CARRIER = """
[[trunk]]
name = "carrier"
registrar = "sip:127.0.0.1:9"
register = false
ping = 0
user = "48221000000"
addresses = ["127.0.0.1"]
numbers = { "+48221000001" = "druga" }
"""


@pytest.fixture
def daemon(tmp_path: Path, start: Start) -> Daemon:
    """A line with two scenarios and a carrier at 127.0.0.1."""
    scenarios = tmp_path / "scenarios"
    shutil.copytree(ROOT / "data/scenarios", scenarios)
    text = (scenarios / "infolinia.toml").read_text("utf-8")
    (scenarios / "druga.toml").write_text(text.replace('name = "infolinia"', 'name = "druga"'))
    return start(scenarios=scenarios, extra=CARRIER)


def heard(daemon: Daemon, called: str, *extra: str) -> str:
    """Call a number, and return the scenario of the call's record."""
    with Peer(daemon.port, "+48600100101", *extra, called=called) as peer:
        assert peer.call().status == 200
        return daemon.call_of(peer.call_id).scenario


def test_a_number_leads_elsewhere_without_a_reload_and_calls_go_on(daemon: Daemon) -> None:
    assert heard(daemon, "221000002") == "infolinia"
    with Peer(daemon.port, "+48600100101", called="221000002") as before:
        assert before.call().status == 200
        printed = daemon.run("numbers", "add", "221000002", "--leads-to", "scenario:druga")
        assert printed == "Added number +48221000002\n"
        assert heard(daemon, "221000002") == "druga"
        daemon.says(before.call_id, "greeting")
        assert daemon.call_of(before.call_id).scenario == "infolinia"
    daemon.run("numbers", "remove", "+48221000002", "--yes")
    assert heard(daemon, "+48221000002") == "infolinia"
    assert not daemon.count("reloaded")


def test_a_number_in_to_is_what_was_called(daemon: Daemon) -> None:
    """The carrier writes the account into the request URI."""
    daemon.run("numbers", "add", "221000003", "--leads-to", "scenario:druga")
    assert heard(daemon, "221000003") == "druga"
    identity = "P-Called-Party-ID: <sip:+48221000003@carrier.test>"
    assert heard(daemon, "48221000000", identity) == "druga"


def test_the_exchange_wins_over_the_settings_and_the_start_says_so(daemon: Daemon) -> None:
    assert heard(daemon, "221000001") == "druga"
    daemon.run("numbers", "add", "221000001", "--leads-to", "scenario:infolinia")
    assert heard(daemon, "221000001") == "infolinia"
    daemon.stop()
    daemon.start()
    told = [str(one["event"]) for one in daemon.log]
    assert any("the exchange leads this number to scenario:infolinia" in one for one in told)
