"""``sipagent boxes messages``: what an operator types."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sipagent.cli.main import app
from sipagent.dictation.desk import Transcription
from sipagent.errors import DataError, SetupError
from sipagent.exchange import editing
from sipagent.exchange.voicemail.messages import VoiceMessages
from sipagent.exchange.voicemail.schema import voicemail
from sipagent.store.database import open_database
from sipagent.telephony.party import Caller
from tests.exchange.voicemail.post import STRANGER, WITH_BOX

pytestmark = pytest.mark.unit


class Operator:
    """Types commands on a line with a message, and a call that has left none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "agent.toml").write_text(
            '[paths]\ndatabase = "line.db"\nrecordings = "rec"\n', "utf-8"
        )
        (folder / "rec").mkdir()
        (folder / "rec/c1.wav").write_bytes(b"RIFF")
        with closing(open_database(folder / "line.db", [voicemail])) as db:
            editing.replace(db, WITH_BOX)
            kept = VoiceMessages(db)
            first = kept.draft("Anna", STRANGER, "c1", "pl", "c1.wav")
            kept.keep(first, 4.2)
            kept.transcribed(first, Transcription.DONE, "Proszę [red]oddzwonić.")
            kept.miss(kept.draft("Anna", Caller(None), "c2", "pl", "c2.wav"))

    def types(self, *words: str, typed: str | None = None) -> str:
        command = ["boxes", "messages", *words, "--config", str(self.folder / "agent.toml")]
        done = CliRunner().invoke(app, command, env={"COLUMNS": "200"}, input=typed)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


@pytest.mark.parametrize("box", [[], ["Anna"], ["301"]])
def test_a_list_has_who_said_what(box: list[str], operator: Operator) -> None:
    printed = operator.types("list", *box)
    assert "Jan Obcy <+48600700700>" in printed
    assert "Proszę [red]oddzwonić." in printed
    assert "missed" not in printed
    assert "a hidden number" in operator.types("list", *box, "--missed")


def test_all_of_it_as_json(operator: Operator) -> None:
    (message,) = json.loads(operator.types("list", "--json"))
    assert message == json.loads(operator.types("show", "1", "--json"))
    assert (message["state"], message["number"], message["seconds"]) == ("new", "+48600700700", 4.2)


def test_one_is_shown_with_its_recording(operator: Operator) -> None:
    printed = operator.types("show", "1")
    assert f"{operator.folder}/rec/c1.wav (4.2 s)" in printed
    assert "Box        Anna\n" in printed
    assert "Recording  none" in operator.types("show", "2")


def test_the_recording_is_written_for_nobody_else(operator: Operator) -> None:
    target = operator.folder / "out.wav"
    assert operator.types("export", "1", str(target)) == f"{target}: 4.2 s\n"
    assert target.read_bytes() == b"RIFF"
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(SetupError, match="message 2 has no recording"):
        operator.types("export", "2", str(target))


def test_one_goes_with_its_recording(operator: Operator) -> None:
    operator.types("delete", "1", typed="n\n")
    assert (operator.folder / "rec/c1.wav").exists()
    assert operator.types("delete", "1", "--yes") == "Deleted message 1\n"
    assert not (operator.folder / "rec/c1.wav").exists()
    with pytest.raises(DataError, match="there is no message 1; see: sipagent boxes messages list"):
        operator.types("show", "1")


def test_a_box_that_was_removed_is_still_known(operator: Operator) -> None:
    with closing(open_database(operator.folder / "line.db", [voicemail])) as db:
        editing.replace(db, WITH_BOX.model_copy(update={"boxes": (), "numbers": ()}))
    assert "Jan Obcy" in operator.types("list", "Anna")
    assert "Box        Anna (removed)" in operator.types("show", "1")
    with pytest.raises(DataError, match="there is no box 'Nikt'"):
        operator.types("list", "Nikt")
