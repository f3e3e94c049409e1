"""A line that dies in a test or a bench: whoever sees only that nobody answers is told why."""

import signal
from pathlib import Path

import pytest

from sipagent.exchange.model import Exchange
from tests.calls.daemon import Daemon
from tests.calls.firm import at_work
from tests.patience import PATIENCE

pytestmark = pytest.mark.line


def asked_in_vain(line: Daemon, *, dead: bool) -> None:
    """Fail as a phone does that is not answered; before that, the line may die."""
    with at_work(line, Exchange()):
        if dead:
            line.process.send_signal(signal.SIGABRT)
            line.process.wait(PATIENCE)
        raise ConnectionRefusedError


def test_a_line_that_has_died_tells_how(tmp_path: Path, clips: Path) -> None:
    with pytest.raises(ConnectionRefusedError) as refused:
        asked_in_vain(Daemon(tmp_path, clips), dead=True)
    (told,) = getattr(refused.value, "__notes__", [""])
    assert f"the line has ended with {-signal.SIGABRT}" in told
    assert "Fatal Python error: Aborted" in told


def test_a_line_that_lives_tells_nothing(tmp_path: Path, clips: Path) -> None:
    with pytest.raises(ConnectionRefusedError) as refused:
        asked_in_vain(Daemon(tmp_path, clips), dead=False)
    assert not hasattr(refused.value, "__notes__")
