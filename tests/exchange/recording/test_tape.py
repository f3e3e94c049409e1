"""A recording from its first second to its file, and what a later run makes of one that was cut."""

import asyncio
import contextlib
import itertools
import os
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import structlog.testing

from sipagent import tasks
from sipagent.config import Config
from sipagent.domain import House
from sipagent.errors import CallError, HungUp, SetupError
from sipagent.exchange.recording import tape as tapes
from sipagent.exchange.recording.files import SECOND, header, sound_of
from sipagent.exchange.recording.kept import Kept, Recordings
from sipagent.exchange.recording.keys import keys_of, opened_key
from sipagent.exchange.recording.schema import recording
from sipagent.exchange.recording.staff import RecordingStaff
from sipagent.exchange.recording.tape import Place, StoredTape
from sipagent.exchange.switchboard import Switchboard
from sipagent.store.store import Store
from sipagent.switching.member import Member
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Caller
from sipagent.threads import FILES, Overloaded
from tests.exchange.recording.samples import BEGINNING, voices

pytestmark = pytest.mark.unit

FILE = BEGINNING.file


class Talking:
    """A leg, and its recorder: it writes what is said as PJMEDIA does."""

    def __init__(self, error: Exception | None = None, *, last: Exception | None = None) -> None:
        self._error, self._last = error, last
        self._file = open(os.devnull, "wb", buffering=0)  # noqa: SIM115

    @contextlib.asynccontextmanager
    async def recorder(self, path: Path) -> AsyncIterator["Talking"]:
        if self._error is not None:
            raise self._error
        with self._file, path.open("wb", buffering=0) as self._file:
            self._file.write(header(0))
            yield self
            length = self._file.tell() - len(header(0))
            self._file.seek(0)
            self._file.write(header(length))
        if self._last is not None:
            raise self._last

    def hear(self, left: Collection[Leg], right: Collection[Leg]) -> None:
        pass

    def says(self, sound: bytes) -> None:
        self._file.write(sound)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tapes, "_LOOK", 0.01)


@pytest.fixture(params=["plain", "sealed"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Config:
    given: dict[str, object] = {"paths": {"recordings": str(tmp_path / "recordings")}}
    if request.param == "sealed":
        (tmp_path / "recording.key").write_bytes(b64encode(os.urandom(32)))
        given["recording"] = {"key_file": str(tmp_path / "recording.key")}
    return Config.model_validate(given)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path / "line.db", [recording]) as found:
        yield found


@contextlib.asynccontextmanager
async def begun(
    store: Store, settings: Config, leg: Talking
) -> AsyncIterator[tuple[StoredTape, Path]]:
    keys = keys_of(settings)
    key, sealed = keys.new() if keys is not None else (None, None)
    path = settings.paths.recordings / FILE
    tape = StoredTape(store, Place(path, key))
    await tape.open(cast(Leg, leg), replace(BEGINNING, key=sealed))
    yield tape, path


async def only(store: Store) -> Kept:
    (one,) = await store.read(lambda db: Recordings(db).listed())
    return one


def memories() -> list[str]:
    """Return the files in memory that are open."""
    opened = []
    for one in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # it was of the listing itself
            opened.append(os.readlink(f"/proc/self/fd/{one}"))
    return [name for name in opened if FILE in name and "/memfd:" in name]


def heard(settings: Config, one: Kept) -> bytes:
    key = opened_key(one.key, keys_of(settings))
    return b"".join(sound_of(settings.paths.recordings / one.file, key))


def member(name: str, leg: Talking, user: str = "") -> Member:
    return Member(cast(Leg, leg), name, Caller(None), user)


async def test_what_is_said_comes_to_the_file(store: Store, settings: Config) -> None:
    leg, sound = Talking(), voices(2.5)
    async with begun(store, settings, leg) as (tape, path):
        tape.hear([member("Anna", leg, "Anna"), member("+48600100200", Talking())])
        leg.says(sound[: 2 * SECOND])
        while path.stat().st_size < 2 * SECOND:
            await asyncio.sleep(0.01)
        assert (await only(store)).ended is None
        leg.says(sound[2 * SECOND :])
        tape.hear(())
        await tape.close()
    one = await only(store)
    assert (one.seconds, one.missing) == (2.5, 0.0)
    assert heard(settings, one) == sound
    events = await store.read(lambda db: Recordings(db).events(one.id))
    assert [(e.kind, e.details) for e in events] == [
        ("hears", "+48600100200 | Anna"),
        ("nobody", ""),
    ]
    assert await store.read(lambda db: len(Recordings(db).peaks(one.id))) == 2 * 25


async def test_a_recording_of_nothing_leaves_no_file(store: Store, settings: Config) -> None:
    async with begun(store, settings, Talking()) as (tape, path):
        await tape.close()
    assert not path.exists()
    assert (await only(store)).seconds == 0


async def test_too_much_that_waits_for_files_loses_no_recording(
    store: Store, settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    leg, sound = Talking(), voices(1.5)
    async with begun(store, settings, leg) as (tape, _):
        leg.says(sound)
        run, asked = FILES.run, itertools.count()

        async def busy(work: Callable[..., object], *args: object) -> object:
            if next(asked) % 2 == 0:
                raise Overloaded("files: 2000 wait already; try again later")
            return await run(work, *args)

        monkeypatch.setattr(FILES, "run", busy)
        await tape.close()
    assert (await only(store)).seconds == 1.5
    assert heard(settings, await only(store)) == sound
    assert not memories()


async def test_a_recorder_that_fails_at_its_end_keeps_no_memory(
    store: Store, settings: Config
) -> None:
    leg, sound = Talking(last=Overloaded("files: 2000 wait already")), voices(1.5)
    async with begun(store, settings, leg) as (tape, _):
        leg.says(sound)
        await tape.close()
    assert heard(settings, await only(store)) == sound
    assert not memories()


@pytest.mark.parametrize("error", [CallError("no port"), HungUp("gone")])
async def test_where_there_is_no_recorder_nothing_is_left(
    store: Store, settings: Config, error: Exception
) -> None:
    with pytest.raises(type(error)):
        async with begun(store, settings, Talking(error)):
            pytest.fail("it was begun")
    assert not await store.read(lambda db: Recordings(db).listed())


async def test_where_there_is_no_folder_no_row_goes_on(store: Store, settings: Config) -> None:
    settings.paths.recordings.touch()
    with pytest.raises(OSError, match="exists"):
        async with begun(store, settings, Talking()):
            pytest.fail("it was begun")
    assert not await store.read(lambda db: Recordings(db).going_on())


async def test_what_a_run_that_died_has_left_is_kept_by_the_next_one(
    store: Store, settings: Config
) -> None:
    leg, sound = Talking(), voices(3.4)
    async with begun(store, settings, leg) as (tape, path):
        leg.says(sound)
        while path.stat().st_size < 3 * SECOND:
            await asyncio.sleep(0.01)
        assert tape._draining is not None
        await tasks.cancelled(tape._draining)  # it ends here, and nobody closes anything
    staff = staff_of(store, settings)
    with structlog.testing.capture_logs() as told:
        await staff.start()
    assert [e["seconds"] for e in told if e["log_level"] == "warning"] == [3.0]
    one = await only(store)
    assert one.ended
    assert heard(settings, one) == sound[: 3 * SECOND]
    assert await store.read(lambda db: Recordings(db).peaks(one.id))
    await tape._recording.aclose()


async def test_one_whose_key_is_gone_keeps_no_line_from_starting(
    store: Store, tmp_path: Path
) -> None:
    await store.write(lambda db: Recordings(db).begin(replace(BEGINNING, key=bytes(80))))
    with structlog.testing.capture_logs() as told:
        await staff_of(store, Config()).start()
    assert "recording.key_file" in told[0]["reason"]
    assert (await only(store)).ended, "it is deleted like the others one day"


def test_a_line_does_not_start_with_a_key_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "recording.key").write_text("secret")
    settings = Config.model_validate({"recording": {"key_file": str(tmp_path / "recording.key")}})
    with pytest.raises(SetupError, match="openssl rand"):
        staff_of(cast(Store, None), settings)


def staff_of(store: Store, settings: Config) -> RecordingStaff:
    house = House(settings, store, None, None, None, None)  # type: ignore[arg-type]
    return RecordingStaff(house, Switchboard(lambda: None, settings))  # type: ignore[arg-type,return-value]
