"""Backup and restore: one moment, all or nothing, whatever happens meanwhile."""

import gzip
import io
import os
import sqlite3
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sipagent import config_sources
from sipagent.cli.main import app
from sipagent.config import Config
from sipagent.errors import DataError, SetupError
from sipagent.ops.backup import backup, folders
from sipagent.ops.restore import ASIDE, BEFORE, marker, restore, running
from sipagent.store.database import open_database, writing

pytestmark = pytest.mark.unit

SETTINGS = """
[paths]
database = "state/line.db"
outbox = "state/outbox"
maildir = "state/mail"
recordings = "state/recordings"
attachments = "state/attachments"
"""


class Place:
    """A line with a table of which each row has a file."""

    def __init__(self, folder: Path) -> None:
        self.settings = folder / "agent.toml"
        self.settings.write_text(SETTINGS, "utf-8")
        (folder / "local/prompts").mkdir(parents=True)
        (folder / "local/prompts/pl.toml").write_text('greeting = "Dzień dobry."\n', "utf-8")
        self.config: Config = config_sources.load(self.settings, {})
        self.file = folder / "backup.tar.gz"
        self.outbox = self.config.paths.outbox
        self.outbox.mkdir(parents=True)
        with closing(open_database(self.config.paths.database, [])) as db, writing(db):
            db.execute("CREATE TABLE messages (name TEXT)")

    def add(self, name: str) -> None:
        """Keep a message as the outbox does: the file, then the row."""
        (self.outbox / name).write_text(name, "utf-8")
        with closing(open_database(self.config.paths.database, [])) as db, writing(db):
            db.execute("INSERT INTO messages VALUES (?)", [name])

    def messages(self) -> list[str]:
        """Return the names of the messages, each of which has its file."""
        with closing(sqlite3.connect(self.config.paths.database)) as db:
            names = [name for (name,) in db.execute("SELECT name FROM messages ORDER BY name")]
        for name in names:
            assert (self.outbox / name).read_text("utf-8") == name
        return names

    def backup(self) -> None:
        backup(self.config, self.settings, self.file)

    def restore(self) -> None:
        restore(self.config, self.file)

    def left_over(self) -> list[str]:
        """Return what nobody needs any more."""
        found = [*self.file.parent.rglob(".backup-*"), *self.file.parent.rglob(".restore-*")]
        return [str(path) for path in (*found, *self.file.parent.rglob("*.part"))]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_what_was_kept_comes_back_and_what_came_later_is_kept_aside(place: Place) -> None:
    place.add("one")
    place.backup()
    place.add("two")
    place.restore()
    assert place.messages() == ["one"]
    assert not (place.outbox / "two").exists()
    assert (place.outbox.with_name("outbox" + BEFORE) / "two").exists()
    before = place.config.paths.database.with_name("line.db" + BEFORE)
    with closing(sqlite3.connect(before)) as db:
        assert db.execute("SELECT count(*) FROM messages").fetchone() == (2,)
    aside = place.config.paths.database.parent / ASIDE
    assert "Dzień dobry" in (aside / "local/prompts/pl.toml").read_text("utf-8")
    assert (aside / "settings/agent.toml").read_text("utf-8") == SETTINGS
    assert place.left_over() == []


def test_a_second_restore_keeps_what_was_there_before_it(place: Place) -> None:
    place.add("one")
    place.backup()
    place.restore()
    place.add("later")
    place.restore()
    assert place.messages() == ["one"]
    assert (place.outbox.with_name("outbox" + BEFORE) / "later").exists()


def test_it_is_readable_by_nobody_else(place: Place) -> None:
    place.backup()
    assert place.file.stat().st_mode & 0o777 == 0o600


def test_what_a_neighbour_has_put_there_is_neither_followed_nor_filled(place: Place) -> None:
    theirs = place.file.with_name("theirs")
    theirs.write_text("kept", "utf-8")
    place.file.with_name(place.file.name + ".part").symlink_to(theirs)
    place.backup()
    assert theirs.read_text("utf-8") == "kept"
    assert place.file.stat().st_mode & 0o777 == 0o600


def test_no_message_is_there_without_its_file_while_somebody_writes(place: Place) -> None:
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.is_set():
            place.add(f"{number:05}")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(place.messages()) < 20:
            pass
        place.backup()
    finally:
        over.set()
        writer.join()
    there = place.messages()
    place.restore()
    kept = place.messages()  # reads the file of each
    assert 20 <= len(kept) <= len(there)
    assert kept == there[: len(kept)]


def test_a_file_that_is_sent_and_deleted_meanwhile_belongs_to_the_moment(place: Place) -> None:
    place.add("one")
    place.backup()
    (place.outbox / "one").unlink()
    place.restore()
    assert place.messages() == ["one"]


# What goes wrong


def test_a_restore_refuses_while_the_line_runs(place: Place) -> None:
    place.backup()
    with running(place.config), pytest.raises(SetupError, match="the line runs; stop it"):
        place.restore()
    with running(place.config):
        pass


@pytest.mark.parametrize("spoil", ["cut", "flipped", "text", "missing", "empty"])
def test_a_spoilt_backup_changes_nothing(place: Place, spoil: str) -> None:
    place.add("one")
    place.backup()
    whole = place.file.read_bytes()
    match spoil:
        case "cut":
            place.file.write_bytes(whole[: len(whole) // 2])
        case "flipped":
            inner = bytearray(gzip.decompress(whole))
            at = inner.rindex(b"one")
            inner[at : at + 3] = b"two"
            place.file.write_bytes(gzip.compress(bytes(inner)))
        case "text":
            place.file.write_text("no backup")
        case "missing":
            place.file.unlink()
        case "empty":
            manifest = b'{"made": "2026-11-26T03:00:00+00:00", "sums": {}}'
            with tarfile.open(place.file, "w:gz") as tar:
                entry = tarfile.TarInfo("manifest.json")
                entry.size = len(manifest)
                tar.addfile(entry, io.BytesIO(manifest))
    place.add("two")
    with pytest.raises(DataError, match=r"backup\.tar\.gz"):
        place.restore()
    assert place.messages() == ["one", "two"]
    assert not marker(place.config).exists()
    assert place.left_over() == []


@pytest.mark.parametrize("told", ["[]", '{"sums": 5, "made": 1}', '{"sums": {}}', "x"])
def test_a_manifest_of_another_shape_is_no_backup(place: Place, told: str) -> None:
    with tarfile.open(place.file, "w:gz") as tar:
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(told)
        tar.addfile(entry, io.BytesIO(told.encode()))
    with pytest.raises(DataError, match="no whole backup"):
        place.restore()


def test_a_file_that_nobody_has_summed_is_not_restored(place: Place) -> None:
    place.add("one")
    place.backup()
    inner = place.file.with_name("inner.tar")
    inner.write_bytes(gzip.decompress(place.file.read_bytes()))
    with tarfile.open(inner, "a") as tar:
        tar.addfile(tarfile.TarInfo("outbox/stranger"))
    place.file.write_bytes(gzip.compress(inner.read_bytes()))
    with pytest.raises(DataError, match="outbox/stranger has no sum"):
        place.restore()


def test_a_backup_that_cannot_be_written_leaves_the_old_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.backup()
    before = place.file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SetupError, match=r"the backup was not made: .*No space left"):
        place.backup()
    assert place.file.read_bytes() == before
    assert place.left_over() == []


def test_a_folder_is_no_backup(place: Place) -> None:
    with pytest.raises(SetupError, match="it is a folder; name a file in it"):
        backup(place.config, place.settings, Path("."))


def test_every_folder_of_the_settings_is_in_it(place: Place) -> None:
    paths = place.config.paths
    kept = {*folders(place.config).values(), paths.database, paths.local}
    made_again = {paths.cache, paths.models, paths.voices, paths.scenarios, paths.prompts}
    every = {value for _, value in paths if isinstance(value, Path)}
    assert every == kept | made_again


def test_the_commands(place: Place) -> None:
    place.add("one")
    words = [str(place.file), "--config", str(place.settings)]
    made = CliRunner().invoke(app, ["backup", *words])
    assert made.exit_code == 0, made.output
    back = CliRunner().invoke(app, ["restore", *words])
    assert "as it was on" in back.output
    assert place.messages() == ["one"]


def test_what_root_restores_belongs_to_the_line(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Path] = []
    monkeypatch.setattr("sipagent.ops.restore.os.geteuid", lambda: 0)
    monkeypatch.setattr(
        "sipagent.ops.restore.os.chown", lambda path, user, group: given.append(Path(path))
    )
    place.add("one")
    place.backup()
    place.restore()
    assert {"database", "one"} <= {path.name for path in given}
