"""Files of recordings: sealed and plain, late seconds and lost ones, and what a crash leaves."""

import os
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.errors import DataError, SetupError
from sipagent.exchange.recording.files import (
    SECOND,
    PlainWriter,
    SealedWriter,
    Writer,
    repaired,
    sound_of,
)
from sipagent.exchange.recording.keys import Keys
from tests.exchange.recording.samples import seconds_of, voices

pytestmark = pytest.mark.unit

KEY = bytes(range(32))
SEALED = pytest.mark.parametrize("key", [None, KEY], ids=["plain", "sealed"])


def writer(path: Path, key: bytes | None) -> Writer:
    return PlainWriter(path) if key is None else SealedWriter(path, key)


def written(path: Path, key: bytes | None, sound: bytes) -> Path:
    out = writer(path, key)
    for number, second in enumerate(seconds_of(sound)):
        out.write(number, second)
    out.close(len(sound))
    return path


@SEALED
@pytest.mark.parametrize("seconds", [0.02, 1.0, 2.5, 3.0])
def test_what_was_written_is_read(tmp_path: Path, key: bytes | None, seconds: float) -> None:
    sound = voices(seconds)
    path = written(tmp_path / "call", key, sound)
    assert b"".join(sound_of(path, key)) == sound
    assert repaired(path, key) == pytest.approx(seconds)
    assert b"".join(sound_of(path, key)) == sound, "a whole file is not changed"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_plain_file_is_one_that_everything_plays(tmp_path: Path) -> None:
    path = written(tmp_path / "call.wav", None, voices(1.5))
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, 12000)


def test_nothing_of_a_sealed_file_can_be_heard(tmp_path: Path) -> None:
    sound = voices(2.0)
    content = written(tmp_path / "call", KEY, sound).read_bytes()
    assert not any(sound[at : at + 32] in content for at in range(0, len(sound), 4000))


@SEALED
@given(order=st.permutations(range(4)), lost=st.sets(st.integers(0, 3)))
def test_seconds_come_in_any_order_and_those_that_never_do_are_silence(
    tmp_path_factory: pytest.TempPathFactory, key: bytes | None, order: list[int], lost: set[int]
) -> None:
    sound = voices(4.0)
    path = tmp_path_factory.mktemp("late") / "call"
    out = writer(path, key)
    for number in order:
        if number not in lost:
            out.write(number, seconds_of(sound)[number])
    out.close(len(sound))
    wanted = [bytes(SECOND) if n in lost else one for n, one in enumerate(seconds_of(sound))]
    assert b"".join(sound_of(path, key)) == b"".join(wanted)


@SEALED
@pytest.mark.parametrize("torn", [0, 3, 100, 20_000])
def test_what_a_killed_program_has_left_is_good_up_to_its_last_whole_second(
    tmp_path: Path, key: bytes | None, torn: int
) -> None:
    sound = voices(3.0)
    path = tmp_path / "call"
    out = writer(path, key)
    for number, second in enumerate(seconds_of(sound)):
        out.write(number, second)
    size = path.stat().st_size
    os.truncate(path, size - torn)
    seconds = repaired(path, key)
    assert 1.0 < seconds <= 3.0
    assert sound.startswith(b"".join(sound_of(path, key)))
    assert repaired(path, key) == seconds


@SEALED
def test_of_a_program_that_was_killed_at_once_there_is_nothing(
    tmp_path: Path, key: bytes | None
) -> None:
    writer(tmp_path / "call", key)
    assert repaired(tmp_path / "call", key) == 0.0
    assert repaired(tmp_path / "gone", key) == 0.0


@pytest.mark.parametrize("at", [20, 5000, 40_000, -1])
def test_who_changes_a_sealed_file_is_found_out(tmp_path: Path, at: int) -> None:
    path = written(tmp_path / "call", KEY, voices(3.0))
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="was changed, or is damaged"):
        list(sound_of(path, KEY))


def test_seconds_that_change_places_are_found_out(tmp_path: Path) -> None:
    path = written(tmp_path / "call", KEY, voices(2.0))
    content = path.read_bytes()
    place = (len(content) - 16) // 2
    path.write_bytes(content[:16] + content[16 + place :] + content[16 : 16 + place])
    with pytest.raises(DataError, match="second 0 was changed"):
        list(sound_of(path, KEY))


def test_a_file_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "call").write_bytes(b"RIFF" * 100)
    with pytest.raises(DataError, match="no sealed recording"):
        list(sound_of(tmp_path / "call", KEY))
    with pytest.raises(SetupError, match="cannot be read"):
        list(sound_of(tmp_path / "gone", KEY))


def test_a_file_is_written_once(tmp_path: Path) -> None:
    written(tmp_path / "call", KEY, voices(1.0))
    with pytest.raises(FileExistsError):
        SealedWriter(tmp_path / "call", KEY)


# ---------------------------------------------------------------------------------------- keys


def test_a_key_of_a_file_is_opened_by_the_line_only() -> None:
    keys, others = Keys([KEY]), Keys([bytes(32)])
    key, sealed = keys.new()
    assert keys.opened(sealed) == key
    assert key not in sealed
    assert keys.new()[0] != key
    with pytest.raises(SetupError, match="sealed with a key that"):
        others.opened(sealed)


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    key, sealed = Keys([KEY]).new()
    both = Keys([bytes(32), KEY])
    assert both.opened(sealed) == key
    _, by_new = both.new()
    assert Keys([bytes(32)]).opened(by_new)


@pytest.mark.parametrize("changed", [0, 10, 30, -1])
def test_a_sealed_key_that_was_changed_opens_nothing(changed: int) -> None:
    _, sealed = Keys([KEY]).new()
    bad = bytearray(sealed)
    bad[changed] ^= 1
    with pytest.raises(SetupError):
        Keys([KEY]).opened(bytes(bad))


def test_keys_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "recording.key"
    path.write_text("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" + "A" * 43 + "=\n")
    assert Keys.read(path).new()


@pytest.mark.parametrize("text", ["", "secret", "AAAA", "żółw", "A" * 44])
def test_what_is_no_key_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "recording.key"
    path.write_text(text, "utf-8")
    with pytest.raises(SetupError, match="openssl rand -base64 32"):
        Keys.read(path)
    with pytest.raises(SetupError, match="gone: the key of recordings cannot be read"):
        Keys.read(tmp_path / "gone")
