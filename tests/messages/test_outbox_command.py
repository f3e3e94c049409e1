"""``sipagent outbox`` as an operator uses it."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sipagent.cli.outbox import app
from sipagent.errors import DataError, SetupError
from sipagent.messages.outbox import Outbox
from sipagent.messages.queue import State
from tests.messages.mail_helpers import letter, outbox

pytestmark = pytest.mark.unit


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "agent.toml"
    file.write_text('[paths]\ndatabase = "line.db"\noutbox = "outbox"\n')
    return file


@pytest.fixture
def box(config: Path) -> Outbox:
    box = outbox(config.parent)
    sent, refused, _ = box.put(
        letter(), letter("ewa@example.org", subject="do\x1b[31m Ewy"), letter("ola@example.org")
    )
    box.sent(box.find(sent), "mail.test:587: 250 queued as 4Z")
    box.refused(box.find(refused), "recipient refused: 550 \x1b[2Junknown")
    return box


def typed(config: Path, *words: str) -> Result:
    result = CliRunner().invoke(app, [*words, "--config", str(config)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_list(config: Path, box: Outbox) -> None:
    rows = typed(config, "list").stdout.splitlines()
    assert rows[0].split() == ["id", "state", "since", "to", "subject", "tries", "why"]
    assert re.match(r"3 +waiting +20\S+ \S+ +ola@example\.org +Zestawienie .* 0", rows[1])
    assert re.match(
        r"2 +refused +20\S+ \S+ +ewa@example\.org +do \[31m Ewy +1 +recipient refused: 550", rows[2]
    )
    assert re.match(r"1 +sent +20\S+ \S+ +jan@example\.org .* 1\s*$", rows[3])
    assert "\x1b" not in "".join(rows)
    assert len(rows) == 4


def test_list_as_a_program_wants_it(config: Path, box: Outbox) -> None:
    words = ("list", "--state", "refused", "--limit", "1", "--json")
    (row,) = json.loads(typed(config, *words).stdout)
    assert row["recipient"] == "ewa@example.org"
    assert (row["state"], row["attempts"], row["place"]) == ("refused", 1, "")
    assert [row["id"] for row in json.loads(typed(config, "list", "--json").stdout)] == [3, 2, 1]


def test_show(config: Path, box: Outbox) -> None:
    shown = typed(config, "show", "1").stdout
    for line in (
        r"message     1  statement",
        r"state       sent, 1 try",
        r"put in      20\d\d-\d\d-\d\d \d\d:\d\d:\d\d",
        r"done        20\d\d-\d\d-\d\d \d\d:\d\d:\d\d",
        r"place       mail\.test:587: 250 queued as 4Z",
        r"owner       20000001",
        r"call        019a",
        r"From: Infolinia <line@manager\.example>",
        r"To: jan@example\.org",
        r"Subject: Zestawienie sald – zażółć gęślą jaźń",
        rf"Message-ID: {re.escape(box.find(1).message_id)}",
        r"Dzień dobry,",
        r"zażółć gęślą jaźń",
        r"attachment: zestawienie żółte\.pdf, application/pdf, 594 bytes",
    ):
        assert re.search(f"^{line}$", shown, re.MULTILINE), line


def test_show_what_is_not_sent(config: Path, box: Outbox) -> None:
    assert "next try    20" in typed(config, "show", "3").stdout
    refused = typed(config, "show", "2").stdout
    assert "last error  recipient refused: 550  [2Junknown" in refused
    assert "\x1b" not in refused


def test_show_what_is_not_there(config: Path, box: Outbox) -> None:
    with pytest.raises(DataError, match="no message 9"):
        typed(config, "show", "9")


def test_show_a_message_whose_file_is_lost(config: Path, box: Outbox) -> None:
    (config.parent / "outbox" / box.find(1).file).unlink()
    with pytest.raises(DataError, match="lost"):
        typed(config, "show", "1")


@pytest.mark.parametrize(("words", "count"), [(["2"], 1), (["--all"], 2)])
def test_retry(config: Path, box: Outbox, words: list[str], count: int) -> None:
    assert typed(config, "retry", *words).stdout == f"{count} to be tried again\n"
    assert box.find(2).state is State.WAITING
    assert {entry.id for entry in box.due()} == {2, 3}
    assert box.find(1).state is State.SENT


@pytest.mark.parametrize("words", [[], ["2", "--all"]])
def test_retry_of_what(config: Path, box: Outbox, words: list[str]) -> None:
    with pytest.raises(DataError, match="--all"):
        typed(config, "retry", *words)


@pytest.mark.parametrize("words", [["list"], ["show", "1"], ["retry", "--all"]])
def test_looking_makes_no_database(config: Path, words: list[str]) -> None:
    with pytest.raises(SetupError, match="no messages yet"):
        typed(config, *words)
    assert list(config.parent.iterdir()) == [config]
