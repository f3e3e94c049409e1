"""Only a build of PJSIP that can do the job is let in."""

import sys
from types import SimpleNamespace

import pytest

from sipagent.errors import SetupError
from sipagent.sip.library import RESERVE, require

pytestmark = pytest.mark.unit


def built(monkeypatch: pytest.MonkeyPatch, version: str, calls: int) -> None:
    build = SimpleNamespace(VERSION=version, MAX_CALLS=calls)
    monkeypatch.setitem(sys.modules, "pjsua2_build", build)


def test_ours_is_fit() -> None:
    require(500)


def test_a_wheel_without_our_mark_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pjsua2_build", None)
    with pytest.raises(SetupError, match="scripts/build-pjsua2"):
        require(1)


@pytest.mark.parametrize("version", ["2.16", "2.9", "1.99", "2.16.1"])
def test_an_old_one_is_refused(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    built(monkeypatch, version, 2048)
    with pytest.raises(SetupError, match=rf"{version} is too old.*build-pjsua2"):
        require(1)


def test_a_newer_one_is_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    built(monkeypatch, "2.18.1", 2048)
    require(1)


def test_more_calls_than_built_for(monkeypatch: pytest.MonkeyPatch) -> None:
    built(monkeypatch, "2.17", 100)
    require(100 - RESERVE)
    with pytest.raises(SetupError, match=f"built for {100 - RESERVE}"):
        require(100 - RESERVE + 1)
