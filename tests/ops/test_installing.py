"""sipagent install: what is planned, what is done, and what is left alone."""

import getpass
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sipagent.cli.main import app
from sipagent.config import Config
from sipagent.errors import SetupError
from sipagent.ops import installing
from sipagent.ops.installing import (
    Plan,
    default_config,
    hidden_from,
    install_plan,
    remove_plan,
)
from sipagent.ops.unit import Place

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
UNIT = "etc/systemd/system/sipagent.service"


@pytest.fixture(autouse=True)
def _no_systemd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(installing, "_BOOTED", tmp_path / "not booted")
    # Only root gives files away, and the tests are not always root.
    monkeypatch.setattr("os.chown", lambda path, user, group: None)


@pytest.fixture
def place() -> Place:
    user = getpass.getuser()
    return Place("sipagent", user, ROOT, Path("/usr/bin/python3"), Path("/etc/s/agent.toml"))


def settings(place: Place) -> Config:
    return Config.model_validate(tomllib.loads(default_config(place)))


def carry_out(plan: Plan) -> None:
    for step in plan.steps:
        step.do()


def test_the_installed_settings_keep_what_is_written_under_var(place: Place) -> None:
    paths = settings(place).paths
    assert paths.database == Path("/var/lib/sipagent/sipagent.db")
    assert paths.voices == Path("/var/lib/sipagent/voices")
    assert paths.cache == Path("/var/cache/sipagent")
    assert paths.models == ROOT / "data/models", "where scripts/setup has put it"
    assert paths.prompts == ROOT / "data/prompts"
    assert settings(place).model_dump(exclude={"paths"}) == Config().model_dump(exclude={"paths"})


def test_an_installed_package_keeps_its_models_under_var(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.shipped.INSTALLED", True)
    assert settings(place).paths.models == Path("/var/lib/sipagent/models")


def test_what_only_the_service_may_enter_is_its_own(place: Place, tmp_path: Path) -> None:
    state = tmp_path / "state"
    (state / "voices").mkdir(parents=True)
    tmp_path.chmod(0o755)
    state.chmod(0o700)
    config = settings(place)
    paths = config.paths.model_copy(update={"voices": state / "voices"})
    changed = config.model_copy(update={"paths": paths})
    assert state in hidden_from(place, changed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Place, "state", state)
        assert state not in hidden_from(place, changed)


def test_a_second_time_there_is_nothing_to_do(place: Place, tmp_path: Path) -> None:
    first = install_plan(place, settings(place), tmp_path)
    assert f"write {tmp_path / UNIT}" in [step.what for step in first.steps]
    carry_out(first)
    state = tmp_path / "var/lib/sipagent"
    assert state.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "etc/s/credentials").stat().st_mode & 0o777 == 0o700
    assert install_plan(place, settings(place), tmp_path).steps == []


def test_an_edited_unit_is_shown_and_left_alone(place: Place, tmp_path: Path) -> None:
    carry_out(install_plan(place, settings(place), tmp_path))
    unit = tmp_path / UNIT
    unit.write_text(unit.read_text("utf-8").replace("WatchdogSec=10", "WatchdogSec=30"), "utf-8")
    plan = install_plan(place, settings(place), tmp_path)
    assert plan.steps == []
    assert "-WatchdogSec=30\n" in plan.edited[0]
    assert "+WatchdogSec=10\n" in plan.edited[0]
    carry_out(install_plan(place, settings(place), tmp_path, force=True))
    assert "WatchdogSec=10\n" in unit.read_text("utf-8")


def test_an_old_unit_that_nobody_edited_is_written_anew(place: Place, tmp_path: Path) -> None:
    carry_out(install_plan(place, settings(place), tmp_path))
    longer = settings(place).model_copy(
        update={"line": settings(place).line.model_copy(update={"drain": 300})}
    )
    plan = install_plan(place, longer, tmp_path)
    assert [step.what for step in plan.steps] == [f"write {tmp_path / UNIT}"]
    carry_out(plan)
    assert "TimeoutStopSec=320" in (tmp_path / UNIT).read_text("utf-8")


def test_the_unit_of_a_package_is_taken_as_it_is(place: Place, tmp_path: Path) -> None:
    carry_out(install_plan(place, settings(place), tmp_path))
    packaged = tmp_path / "usr/lib/systemd/system"
    packaged.parent.mkdir(parents=True)
    (tmp_path / "etc/systemd/system").rename(packaged)
    assert install_plan(place, settings(place), tmp_path).steps == []
    privileged = settings(place).model_copy(
        update={"sip": settings(place).sip.model_copy(update={"port": 506})}
    )
    plan = install_plan(place, privileged, tmp_path)
    assert [step.what for step in plan.steps] == [f"write {tmp_path / UNIT}"]


def test_removing_keeps_the_data(place: Place, tmp_path: Path) -> None:
    carry_out(install_plan(place, settings(place), tmp_path))
    carry_out(remove_plan(place, tmp_path))
    assert not (tmp_path / UNIT).exists()
    assert (tmp_path / "var/lib/sipagent").is_dir()
    assert remove_plan(place, tmp_path).steps == []


def test_what_others_may_not_enter_is_named(place: Place, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "voices").mkdir(parents=True)
    tmp_path.chmod(0o755)
    closed.chmod(0o700)
    config = settings(place)
    paths = config.paths.model_copy(update={"voices": closed / "voices"})
    assert closed in hidden_from(place, config.model_copy(update={"paths": paths}))


def cli(*words: str) -> Result:
    return CliRunner().invoke(app, ["install", *words])


def test_a_dry_run_prints_the_units_and_does_nothing(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    done = cli("--dry-run", "--config", str(config))
    assert done.exit_code == 0, done.output
    assert "==> /etc/systemd/system/sipagent.service" in done.output
    assert f"-m sipagent run --config {config}\n" in done.output
    assert f"would: write {config}" in done.output
    assert not config.exists()


def test_without_root_the_command_to_use_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.cli.install.hidden_from", lambda *_: [])
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("sys.argv", ["/opt/sipagent/.venv/bin/sipagent", "install"])
    done = cli("--config", str(tmp_path / "agent.toml"))
    assert isinstance(done.exception, SetupError)
    assert str(done.exception) == "this needs root: sudo /opt/sipagent/.venv/bin/sipagent install"
    assert not (tmp_path / "agent.toml").exists()
