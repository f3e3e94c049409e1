"""Whose settings a command works with."""

from pathlib import Path

import pytest

from sipagent import config_sources
from sipagent.cli import settings
from sipagent.errors import ConfigError

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, on a machine with a service."""
    service = tmp_path / "etc/agent.toml"
    service.parent.mkdir()
    service.write_text("[sip]\nport = 5001\n", "utf-8")
    monkeypatch.setattr(settings, "SERVICE", service)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def port(given: Path | None = None) -> int:
    return settings.settings_of(given).sip.port


def test_those_that_are_named_come_first(here: Path) -> None:
    named = here / "other.toml"
    named.write_text("[sip]\nport = 5003\n", "utf-8")
    (here / "agent.toml").write_text("[sip]\nport = 5002\n", "utf-8")
    assert port(named) == 5003
    with pytest.raises(ConfigError, match=r"missing\.toml: no such file"):
        port(here / "missing.toml")


def test_those_of_the_working_directory_come_before_the_service(here: Path) -> None:
    assert port() == 5001
    (here / "agent.toml").write_text("[sip]\nport = 5002\n", "utf-8")
    assert port() == 5002


def test_without_any_the_defaults_count_with_what_is_ones_own(here: Path) -> None:
    settings.SERVICE.unlink()
    assert settings.settings_of(None) == config_sources.load(None, {})
    assert port() == 5060
    (here / "local").mkdir()
    (here / "local/agent.toml").write_text("[sip]\nport = 5004\n", "utf-8")
    assert port() == 5004
    assert settings.settings_of(None).paths.database == here / "data/sipagent.db"
