"""Commands of a user who may not read the line's files: they say so, and what to type instead."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sipagent import rights
from sipagent.errors import SetupError
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

ROOT = Path(__file__).parents[2]
#: Whose files they are, where the tests run as root: those of a user without a name.
OWNER = 54321
#: Root without its capabilities is a user like others.
PLAIN = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()


def close(*paths: Path) -> None:
    """Keep files and folders from everybody but their owner, and from the owner of the tests."""
    for path in paths:
        if PLAIN:
            os.chown(path, OWNER, OWNER)
        path.chmod(0o700 if PLAIN else 0)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    for name in ("etc", "var", "secrets"):
        (tmp_path / name).mkdir()
    (tmp_path / "secrets/mail").write_text("x")
    file = tmp_path / "etc/agent.toml"
    file.write_text(
        f'[paths]\ndatabase = "{tmp_path}/var/line.db"\nvoices = "{ROOT}/voices"\n'
        f'scenarios = "{ROOT}/data/scenarios"\nprompts = "{ROOT}/data/prompts"\n'
        f'[mail]\nserver = "127.0.0.1"\nport = 1\nuser = "x"\n'
        f'password_file = "{tmp_path}/secrets/mail"\n'
        f'[sip]\nport = 0\ncertificate = "{tmp_path}/secrets/c.pem"\n'
        f'private_key = "{tmp_path}/secrets/k.pem"\n'
    )
    ask(file, "owners", "import", str(ROOT / "data/sample"), user=())
    return file


def ask(config: Path, *words: str, user: tuple[str, ...] = PLAIN) -> str:
    """Run a command as a user without rights; return all that it prints."""
    command = [*user, sys.executable, "-m", "sipagent", *words, "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "Errno" not in said
    assert "PermissionError" not in said
    return said


def test_settings_that_are_closed(config: Path) -> None:
    close(config)
    for words in (("doctor",), ("run",), ("check",), ("calls", "list"), ("backup", "x.tar.gz")):
        said = ask(config, *words)
        assert f"{config}: cannot be read: Permission denied" in said
        assert "→ run it as root or as the user " in said
        assert not PLAIN or f"sudo -u '#{OWNER}' " in said
        assert said.rstrip().endswith(f"--config {config}")


@pytest.mark.parametrize("what", ["var", "var/line.db"])
def test_records_that_are_closed(config: Path, what: str) -> None:
    close(config.parent.parent / what)
    for words in ("doctor last", "calls list", "trace", "tickets list", "outbox list"):
        said = ask(config, *words.split())
        assert str(config.parent.parent / "var/line.db") in said
        assert "→ run it as root or as the user " in said


def test_what_the_doctor_may_not_look_at_is_not_ill(config: Path) -> None:
    close(config.parent.parent / "secrets", config.parent.parent / "var")
    said = ask(config, "doctor").splitlines()
    for check in ("certificates", "database", "password"):
        at = next(
            i for i, line in enumerate(said) if line.startswith(f"warning {check}: not looked")
        )
        assert "run it as root or as the user" in said[at + 1]
    assert not [line for line in said if "the check failed" in line]


def test_the_file_is_found_behind_the_error_that_a_person_reads() -> None:
    def fail() -> None:
        try:
            raise PermissionError(13, "Permission denied", "/etc/shadow")
        except OSError:
            raise SetupError("no password") from None

    with pytest.raises(SetupError) as failed:
        fail()
    assert rights.refused(failed.value) == Path("/etc/shadow")
    assert rights.refused(SetupError("the disk is full")) is None
    assert rights.advice(Path("/")).startswith("run it as root: sudo ")
