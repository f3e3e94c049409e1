"""The commands of docs/statements.md and docs/bills.md, as they are written there."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from sipagent.errors import ConfigError
from sipagent.infoline.schema import infoline
from sipagent.infoline.transfer.importing import import_files
from sipagent.infoline.writing.texts import TEXTS
from sipagent.messages.templates import Templates
from sipagent.records.schema import records
from sipagent.store.database import open_database
from tests.cli.manuals import ROOT, commands, run

pytestmark = pytest.mark.unit


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings, and with the sample data and a call of November 2026."""
    (tmp_path / "agent.toml").write_text('[paths]\ndatabase = "line.db"\n', "utf-8")
    with closing(open_database(tmp_path / "line.db", [records, infoline])) as db:
        import_files(db, [ROOT / "data/sample"])
        manager = db.execute("SELECT id FROM managers WHERE code = 'BAJKA'").fetchone()[0]
        db.execute(
            "INSERT INTO calls (id, sip_id, started, answered, ended, asserted, called, scenario) "
            "VALUES ('c', 'c', ?, ?, ?, 1, 'line', 'infolinia')",
            [f"2026-11-23T12:0{n}:00.000+00:00" for n in (0, 1, 9)],
        )
        for label in (("owner", "2000002"), ("manager", str(manager))):
            db.execute("INSERT INTO call_labels VALUES ('c', ?, ?)", label)
        db.conn.commit()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("place")
def test_the_commands_of_statements() -> None:
    found = commands("statements.md")
    assert len(found) == 4
    for words in found:
        run(words)


def test_the_commands_of_bills(place: Path) -> None:
    settings = (ROOT / "docs/bills.md").read_text("utf-8").split("    [billing]\n")[1]
    tariff = settings.split("\n## ")[0]
    with (place / "agent.toml").open("a", encoding="utf-8") as file:
        file.write("[billing]\n" + tariff)
    found = commands("bills.md")
    assert len(found) == 5
    with time_machine.travel(datetime(2026, 12, 3, 9, tzinfo=UTC), tick=False):
        for words in found:
            run(words)
    assert (place / "bajka.pdf").read_bytes().startswith(b"%PDF")


def test_the_manual_names_every_template_and_value() -> None:
    manual = (ROOT / "docs/statements.md").read_text("utf-8")
    for template in TEXTS.folder.iterdir():
        assert f"`{template.name}`" in manual
    for values in TEXTS.values.values():
        for value in values:
            assert f"`{value}`" in manual


def test_the_example_of_a_template_is_good(tmp_path: Path) -> None:
    manual = (ROOT / "docs/statements.md").read_text("utf-8")
    start = manual.index("    Subject:")
    example = manual[start : manual.index("\n| In |", start)]
    text = "\n".join(line.removeprefix("    ") for line in example.splitlines())
    (tmp_path / "statement.pl.txt").write_text(text, "utf-8")
    Templates([TEXTS], tmp_path)
    (tmp_path / "statement.pl.txt").write_text(text.replace("balances", "balance"), "utf-8")
    with pytest.raises(ConfigError):
        Templates([TEXTS], tmp_path)
