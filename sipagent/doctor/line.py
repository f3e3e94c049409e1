"""The running line, as it describes itself: ``GET /status`` on loopback."""

from collections.abc import Iterator, Mapping
from typing import Any

from sipagent.config import Config
from sipagent.doctor.finding import Finding, Patient, error, ok, warning
from sipagent.errors import SipAgentError
from sipagent.ops.metrics import WORKING
from sipagent.ops.status import ask

#: What a registrar says that does not know us, or not like this (RFC 3261, section 21.4).
_NOT_US = ("401", "403", "404", "407")


def status(config: Config) -> Mapping[str, Any] | None:
    """Return what the running daemon says of itself; None where none answers."""
    try:
        return ask(config.http)
    except SipAgentError:
        return None


def running(patient: Patient) -> Iterator[Finding]:
    """Say whether the daemon answers."""
    if patient.status is None:
        yield warning(
            "line",
            "no daemon answers, so its calls and registrations are not known",
            "start it: systemctl start sipagent; or see [http] in agent.toml",
        )
    else:
        yield ok("line", f"open, live calls: {patient.status.get('calls', '?')}")


def registration(patient: Patient) -> Iterator[Finding]:
    """Ask the daemon for the state of each trunk."""
    if patient.status is None:
        return
    trunks = {str(one.get("name")): one for one in patient.status.get("trunks", ())}
    for trunk in patient.config.trunk:
        seen = trunks.get(trunk.name)
        if seen is None:
            yield warning(
                "registration", f"{trunk.name}: the daemon does not know it", "restart the line"
            )
        elif str(seen.get("state")) in WORKING:
            yield ok("registration", f"{trunk.name}: {seen['state']}{_since(patient, seen)}")
        else:
            why = f": {seen['reason']}" if seen.get("reason") else ""
            yield error(
                "registration",
                f"{trunk.name}: {seen.get('state')}{why}",
                _advice(str(seen.get("reason", ""))),
            )


def _since(patient: Patient, seen: Mapping[str, Any]) -> str:
    moment = seen.get("since")
    return f" since {patient.config.line.local(moment):%Y-%m-%d %H:%M:%S}" if moment else ""


def _advice(reason: str) -> str:
    if reason.startswith(_NOT_US):
        return "see user, auth_user and password_file of this trunk, and docs/trunk.md"
    return (
        "see registrar, servers and transport of this trunk, and whether the network reaches them"
    )
