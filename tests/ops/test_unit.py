"""The systemd units: one template, and the example in deploy/ is made from it."""

from pathlib import Path

import pytest

from sipagent.config import Config, TrunkSection
from sipagent.ops.unit import Place, units

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PLACE = Place(
    "sipagent",
    "sipagent",
    Path("/opt/sipagent"),
    Path("/opt/sipagent/.venv/bin/python"),
    Path("/etc/sipagent/agent.toml"),
)


def config(**changed: object) -> Config:
    """Return the settings of an installed service."""
    state, cache = Path("/var/lib/sipagent"), Path("/var/cache/sipagent")
    paths = {"database": state / "sipagent.db", "cache": cache, "local": Path("/etc/sipagent")}
    kept = ("recordings", "attachments", "outbox", "maildir", "models")
    paths |= {key: state / key for key in kept}
    return Config.model_validate({"paths": paths, **changed})


def service(settings: Config, place: Place = PLACE) -> list[str]:
    return units(place, settings)["sipagent.service"].splitlines()


@pytest.mark.parametrize(
    "name", ["sipagent.service", "sipagent-again.timer", "sipagent-panel.service"]
)
def test_the_example_in_deploy_is_what_install_writes(name: str) -> None:
    assert (ROOT / "deploy/systemd" / name).read_text("utf-8") == units(PLACE, config())[name]


def test_what_the_daemon_writes_elsewhere_is_opened() -> None:
    assert not [line for line in service(config()) if line.startswith("ReadWritePaths")]
    settings = config(paths={**config().paths.model_dump(), "outbox": Path("/srv/outbox")})
    assert "ReadWritePaths=/srv/outbox" in service(settings)


def test_the_panel_writes_what_is_changed_there() -> None:
    panel = units(PLACE, config())["sipagent-panel.service"].splitlines()
    for name in ("announcements", "scenarios"):
        assert f"ReadWritePaths=-/etc/sipagent/{name}" in panel
        assert not any(name in line for line in service(config()))


def test_each_credential_of_agent_toml_is_loaded() -> None:
    trunk = TrunkSection(name="a", registrar="sip:a", user="u", password_credential="carrier")
    lines = service(config(trunk=[trunk], mail={"password_credential": "mail"}))
    assert "LoadCredential=carrier:/etc/sipagent/credentials/carrier" in lines
    assert "LoadCredential=mail:/etc/sipagent/credentials/mail" in lines


def test_only_a_privileged_port_gets_the_capability() -> None:
    assert "CapabilityBoundingSet=" in service(config())
    lines = service(config(sip={"port": 506}))
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in lines
    assert "PrivateUsers=no" in lines


def test_whisper_needs_to_write_machine_code() -> None:
    assert "MemoryDenyWriteExecute=no" in service(config())
    assert "MemoryDenyWriteExecute=yes" in service(config(transcription={"enabled": False}))


def test_a_checkout_at_home_can_be_read() -> None:
    assert "ProtectHome=yes" in service(config())
    at_home = Place("sipagent", "sipagent", Path("/home/a/sipagent"), PLACE.python, PLACE.config)
    assert "ProtectHome=read-only" in service(config(), at_home)


def test_the_time_to_stop_follows_line_drain() -> None:
    assert "TimeoutStopSec=320" in service(config(line={"drain": 300}))
