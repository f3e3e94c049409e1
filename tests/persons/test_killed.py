"""An erasure that is killed in the middle: the next run does the rest, and nothing is half done."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sipagent.cli import erasures
from tests.persons.house import LOGIN, House

pytestmark = pytest.mark.line

KILLED = """
import os, signal, sys
from sipagent.cli.main import app
from sipagent.persons import holding
erase = holding.Holding.erase
def dying(room, db, person, found):
    count = erase(room, db, person, found)
    if room.name == sys.argv[-1]:
        os.kill(os.getpid(), signal.SIGKILL)
    return count
holding.Holding.erase = dying
app(sys.argv[1:-1])
"""


def killed(house: House, room: str) -> None:
    """Kill an erasure when a room is erased, and nothing of that is committed yet."""
    words = ["person", "erase", f"owner:{LOGIN}", "--yes", "--config", str(house.settings), room]
    died = subprocess.run([sys.executable, "-c", KILLED, *words], check=False)
    assert died.returncode == -signal.SIGKILL
    assert house.traces()


def test_a_command_goes_on(tmp_path: Path) -> None:
    killed(house := House(tmp_path), "calls")
    assert "1 erasure that was cut off is done" in house.run("person", "resume")
    assert house.traces() == {}
    assert "0 erasures" in house.run("person", "resume")


def test_the_line_goes_on_when_it_starts(tmp_path: Path) -> None:
    killed(house := House(tmp_path), "owners")
    erasures.go_on(house.config)
    assert house.traces() == {}
