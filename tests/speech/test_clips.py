"""The cache of clips on disk."""

import os
import time
from pathlib import Path

import pytest

from sipagent.speech import wav
from sipagent.speech.clips import GRACE, Clips, write

pytestmark = pytest.mark.unit

SECOND = wav.pack(bytes(16000))


def store(clips: Clips, key: str) -> Path:
    return clips.add(key, write(clips.directory, key, SECOND).name, 1.0).path


def grow_old(path: Path, seconds: float = GRACE + 1) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


@pytest.fixture
def clips(tmp_path: Path) -> Clips:
    made = Clips(tmp_path / "clips", 3 * len(SECOND))
    assert made.open() == 0
    return made


def test_a_clip_is_found_again(clips: Clips) -> None:
    path = store(clips, "a")
    found = clips.get("a")
    assert found is not None
    assert (found.path, found.seconds) == (path, 1.0)
    assert clips.get("b") is None
    assert clips.size == len(SECOND)


def test_the_least_used_goes_first(clips: Clips) -> None:
    paths = {key: store(clips, key) for key in "abc"}
    for path in paths.values():
        grow_old(path)
    assert clips.get("a") is not None
    store(clips, "d")
    assert not paths["b"].exists()
    assert clips.get("b") is None
    assert paths["a"].exists()
    assert clips.size == 3 * len(SECOND)


def test_what_was_just_handed_out_stays_even_over_the_limit(clips: Clips) -> None:
    paths = [store(clips, key) for key in "abcde"]
    assert all(path.exists() for path in paths)
    assert clips.size == 5 * len(SECOND)
    for path in paths:
        grow_old(path)
    store(clips, "f")
    assert clips.size == 3 * len(SECOND)


def test_an_older_run_is_taken_over_and_cut_to_size(clips: Clips) -> None:
    for age, key in enumerate("abcde"):
        grow_old(store(clips, key), 1000 - age)
    later = Clips(clips.directory, 2 * len(SECOND))
    assert later.open() == 0
    assert [later.get(key) is not None for key in "abcde"] == [False, False, False, True, True]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-1],
        lambda content: content + b"x",
        lambda content: b"",
        lambda content: b"RIFX" + content[4:],
        lambda content: content[:5000] + b"\x01" + content[5001:],
    ],
)
def test_spoilt_files_are_deleted_when_the_cache_is_opened(clips: Clips, spoil) -> None:  # type: ignore[no-untyped-def]
    path = store(clips, "a")
    path.write_bytes(spoil(SECOND))
    later = Clips(clips.directory, 10**6)
    assert later.open() == 1
    assert not path.exists()
    assert later.get("a") is None


def test_a_file_that_vanished_is_forgotten(clips: Clips) -> None:
    store(clips, "a").unlink()
    assert clips.get("a") is None
    assert clips.size == 0


def test_leftovers_of_a_crash_are_removed_in_time(clips: Clips) -> None:
    old, new = clips.directory / ".old.part", clips.directory / ".new.part"
    for path in (old, new):
        path.write_bytes(b"half")
    grow_old(old, 4000)
    Clips(clips.directory, 10**6).open()
    assert not old.exists()
    assert new.exists()


def test_a_write_that_fails_leaves_nothing(clips: Clips, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write(clips.directory, "a", SECOND)
    assert list(clips.directory.iterdir()) == []
