"""The test phone as a program of its own."""

import subprocess
from pathlib import Path

from tests.calls.daemon import SIPAGENT, Daemon
from tests.patience import PATIENCE

ANNA = "+48600100101"


def command(line: Daemon, do: str, *options: str) -> list[str]:
    """Return the command that calls a line."""
    target = f"sip:infolinia@127.0.0.1:{line.port}"
    return [*SIPAGENT, "phone", target, "--do", do, "--quiet", *options]


def call(line: Daemon, do: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Make a call and wait for its end."""
    return subprocess.run(
        command(line, do, *options), capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def calling(line: Daemon, do: str, *options: str) -> subprocess.Popen[str]:
    """Begin a call."""
    return subprocess.Popen(command(line, do, *options), stderr=subprocess.PIPE, text=True)


def heard_file(folder: Path) -> Path:
    """Return the recording of what the phone heard."""
    return folder / "heard.wav"
