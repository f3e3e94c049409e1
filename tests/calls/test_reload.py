"""SIGHUP: settings are taken anew while the line runs, and nobody on it notices."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.calls.daemon import Daemon, until
from tests.calls.peer import Peer
from tests.calls.registrar import DIGEST, PASSWORD, USER, Registrar, asking

pytestmark = pytest.mark.line

ANNA = "+48600100101"
#: An owner of the estate whose key 9 calls a softphone.
DAMIAN = "+48600100104"
NAMES = ("same", "gone", "other", "new")
REFUSED = "reload refused; the line goes on as before"


class Line:
    """A line whose own settings stand in ``local/agent.toml``, and carriers by trunk."""

    def __init__(self, daemon: Daemon, registrars: dict[str, Registrar], password: Path) -> None:
        self.daemon = daemon
        self.registrars = registrars
        self.password = password

    def settings(self, *trunks: str, more: str = "") -> None:
        """Write the settings: the trunks of those names, and more."""
        own = self.daemon.folder / "local/agent.toml"
        own.parent.mkdir(exist_ok=True)
        tables = [self._trunk(*name.partition("+")) for name in trunks]
        own.write_text("\n".join([more, *tables]), "utf-8")

    def reload(self) -> dict[str, Any]:
        """Send SIGHUP; return what the log says of it."""
        before = len(self.daemon.log)
        self.daemon.process.send_signal(signal.SIGHUP)

        def said() -> list[dict[str, Any]]:
            new = self.daemon.log[before:]
            return [one for one in new if one["event"] in ("reloaded", REFUSED)]

        return dict(until(said, bool)[0])

    def refuses(self) -> str:
        """Send SIGHUP, and return why the settings are refused."""
        event = self.reload()
        assert event["event"] == REFUSED
        self.daemon.log.remove(event)
        return str(event["reason"])

    def expiries(self, name: str) -> list[str]:
        """Return what each REGISTER of a trunk has asked for; ``0`` takes it back."""
        found = self.registrars[name].of("REGISTER")
        return [one.header("Expires") for one in found]

    def _trunk(self, name: str, _: str, extra: str) -> str:
        return (
            f'[[trunk]]\nname = "{name}"\nregistrar = "sip:carrier.test"\nuser = "{USER}"\n'
            f'servers = ["{self.registrars[name].place}"]\nping = 0\n'
            f"password_file = {json.dumps(str(self.password))}\n{extra}\n"
        )


@pytest.fixture
def line(tmp_path: Path, clips: Path) -> Iterator[Line]:
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    with ExitStack() as stack:
        hosts = {name: f"127.0.0.{41 + index}" for index, name in enumerate(NAMES)}
        registrars = {name: stack.enter_context(Registrar(at)) for name, at in hosts.items()}
        daemon = Daemon(tmp_path, clips, sip='allow = ["127.0.0.1"]')
        made = Line(daemon, registrars, password)
        made.settings("same", "gone", "other")
        try:
            daemon.start()
            for name in ("same", "gone", "other"):
                daemon.event(f"trunk {name}: registered at {registrars[name].place}")
            yield made
            daemon.stop()
        finally:
            daemon.discard()


def test_trunks_come_go_and_change_while_others_and_calls_go_on(line: Line) -> None:
    daemon, registrars = line.daemon, line.registrars
    host = registrars["gone"].place.partition(":")[0]
    with Peer(daemon.port, ANNA) as peer, Peer(daemon.port, ANNA, host=host) as over_gone:
        for one in (peer, over_gone):
            assert one.call().status == 200
            daemon.says(one.call_id, "greeting")
        assert daemon.call_of(over_gone.call_id).trunk == "gone"
        line.settings("same", "other+expires = 600", "new")
        event = line.reload()
        assert (event["event"], event["changed"]) == ("reloaded", ["trunk"])

        daemon.event(f"trunk new: registered at {registrars['new'].place}")
        until(lambda: line.expiries("gone")[-1], lambda last: last == "0")
        until(lambda: line.expiries("other")[1:], lambda later: later == ["0", "600"])
        assert line.expiries("same") == ["300"], "its registration stays as it was"
        with Peer(daemon.port, ANNA, host=host) as late:
            assert late.call().status == 503, "let in for the sake of the other call only"
        for one in (peer, over_gone):
            one.press("100001#")
            daemon.says(one.call_id, "login.accepted")
            one.hang_up()
            assert daemon.ended_call(one.call_id).ended_by == "caller"
    with Peer(daemon.port, ANNA, host=host) as stranger:

        def turned_away() -> int:
            stranger.send("INVITE", stranger.offer())
            events = [str(one["event"]) for one in list(daemon.log)]
            return sum(event.startswith(f"sip refused from {host}") for event in events)

        until(turned_away, bool)


def test_a_password_that_has_changed_is_used(line: Line) -> None:
    line.registrars["same"].register = asking(DIGEST)
    line.password.write_text("nie to")
    line.settings("same")
    line.reload()
    place = line.registrars["same"].place
    line.daemon.event(f"trunk same: failed at {place} (401 Unauthorized)")
    line.password.write_text(PASSWORD)
    before = len(line.daemon.log)
    line.reload()
    wanted = f"trunk same: registered at {place}"
    until(lambda: [e["event"] for e in line.daemon.log[before:]], lambda seen: wanted in seen)


def test_a_file_that_is_wrong_anywhere_is_refused_whole(line: Line) -> None:
    line.settings("same", more="[line]\ndrain = -1\n")
    assert "line.drain" in line.refuses()
    line.settings("same", more='[line]\nscenario = "nie-ma"\n')
    assert "nie-ma" in line.refuses()
    line.settings("same", more='[mail]\nsender = "a..b@example.com"\n')
    assert "mail.sender" in line.refuses()
    line.settings("same", 'new+transport = "tls"', more='[sip]\ntransports = ["udp", "tls"]\n')
    assert "sip.transports" in line.refuses()
    line.settings("same", 'new+auth_user = "x"\nregister = false')
    text = line.daemon.folder / "local/agent.toml"
    text.write_text(text.read_text().replace(f'"{USER}"', '"a<b"'))
    assert "trunk same" in line.refuses()
    line.settings("same")
    line.password.rename(line.password.with_suffix(".gone"))
    assert "password" in line.refuses()
    line.password.with_suffix(".gone").rename(line.password)
    for name in ("same", "gone", "other"):
        assert line.expiries(name) == ["300"], "nothing has changed so far"
    assert not line.registrars["new"].seen


def test_what_can_change_does_and_what_cannot_is_told(line: Line) -> None:
    daemon = line.daemon
    more = """
[sip]
port = 5999
allow = ["127.0.0.1", "127.0.0.50"]
[http]
enabled = false
[login]
failures = 1
[log]
level = "info"
"""
    line.settings("same", "gone", "other", more=more)
    event = line.reload()
    assert set(event["changed"]) == {"sip.allow", "login.failures", "log.level"}
    waiting = daemon.event("settings that wait until the line is restarted")
    assert set(waiting["keys"]) == {"sip.port", "http.enabled"}
    with Peer(daemon.port, "+48600999999", host="127.0.0.50") as peer:
        assert peer.call().status == 200
        until(lambda: daemon.call_of(peer.call_id), lambda call: bool(call.answered))
        peer.hang_up()
    daemon.ended_call(peer.call_id)
    assert not daemon.count("timeline"), "nothing of level debug is logged any more"


def test_calls_to_come_are_put_through_as_the_new_settings_say(line: Line) -> None:
    """Who has called before is put through as it was said then."""
    daemon = line.daemon
    uri = "sip:biuro@127.0.0.1:9"
    daemon.run("managers", "edit", "ZLOTY-KLUCZ", "--estate", "FIKCYJNA", "--softphone", uri)
    reasons = []
    with Peer(daemon.port, DAMIAN) as before, Peer(daemon.port, DAMIAN) as after:
        assert before.call().status == 200
        daemon.says(before.call_id, "greeting")
        line.settings(more='[transfer]\nhosts = []\nmethod = "bridge"')
        assert line.reload()["event"] == "reloaded"
        assert after.call().status == 200
        for peer in (before, after):
            daemon.says(peer.call_id, "greeting")
            peer.press("100004#9")
            daemon.says(peer.call_id, "transfer.instead")
            peer.hang_up()
            timeline = daemon.timeline(daemon.ended_call(peer.call_id).id)
            (event,) = [event for event in timeline if event.kind == "transferred"]
            reasons.append(event.details["reason"])
    assert reasons[0] != "target-refused"
    assert reasons[1] == "target-refused"
