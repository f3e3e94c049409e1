"""Real calls: a daemon, and peers that are not ours."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.calls.daemon import ROOT, Daemon, Start


@pytest.fixture(scope="session")
def clips() -> Path:
    """The cache of clips, shared by all daemons, so that prompts are rendered once."""
    return ROOT / "data/cache"


@pytest.fixture
def start(tmp_path: Path, clips: Path) -> Iterator[Start]:
    """Start daemons with settings of the test's own; they are stopped, or killed, at the end."""
    daemons: list[Daemon] = []

    def start_one(**settings: Any) -> Daemon:
        folder = tmp_path / f"daemon{len(daemons)}"
        folder.mkdir()
        daemon = Daemon(folder, clips, **settings)
        daemons.append(daemon)
        return daemon.start()

    yield start_one
    for daemon in daemons:
        daemon.discard()


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A daemon for all tests of a module that leave it as it was."""
    daemon = Daemon(tmp_path_factory.mktemp("line"), clips).start()
    yield daemon
    try:
        daemon.stop()
    finally:
        daemon.discard()


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A daemon that takes every codec, and asks early whether callers are still there."""
    codecs = ["PCMA/8000", "PCMU/8000", "G722/16000", "opus/48000"]
    sip = f"codecs = {json.dumps(codecs)}\nsession_timer = 90"
    daemon = Daemon(tmp_path_factory.mktemp("wide"), clips, sip=sip).start()
    yield daemon
    try:
        daemon.stop()
    finally:
        daemon.discard()
