"""Callers who type an internal number at a menu, with the keys of a real telephone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.daemon import Daemon
from tests.calls.firm import at_work
from tests.calls.peer import Peer
from tests.calls.softphone import Softphone
from tests.calls.test_reaching import FIRM

pytestmark = pytest.mark.line

CENTRALA = """
name = "infolinia"
languages = ["pl", "en"]
start = "menu"

[steps.menu]
type = "menu"
prompt = "greeting"
dial = "number"
on = { no-choice = "end", wrong-choice = "end" }

[steps.menu.keys.1]
prompt = "transfer.dictate"
next = "choice"

[steps.number]
type = "dial"
prompt = "greeting"
on = { answered = "end", unknown = "menu" }
next = "nobody"

[steps.choice]
type = "hang-up"
prompt = "transfer.busy"

[steps.nobody]
type = "hang-up"
prompt = "transfer.no-answer"

[steps.end]
type = "hang-up"
"""


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line with a menu at which numbers may be typed."""
    folder = tmp_path_factory.mktemp("centrala")
    (folder / "scenarios").mkdir()
    (folder / "scenarios/infolinia.toml").write_text(CENTRALA, "utf-8")
    daemon = Daemon(folder, clips, scenarios=folder / "scenarios")
    with at_work(daemon, FIRM):
        yield daemon


@pytest.mark.parametrize("keys", ["102", "102#"])
def test_a_number_rings_who_has_it(line: Daemon, keys: str) -> None:
    with Softphone(line.port, "102-1") as jan, Peer(line.port) as caller:
        assert caller.call().status == 200
        caller.press(keys)
        jan.rings()
        jan.answer_call()
        jan.hang_up()
        caller.await_bye()
        record = line.ended_call(caller.call_id)
    assert record.labels == {"user": "Jan Kowal"}


def test_a_key_is_a_choice_where_nothing_follows(line: Daemon) -> None:
    with Peer(line.port) as caller:
        assert caller.call().status == 200
        caller.press("1")
        line.says(caller.call_id, "transfer.busy")


def test_a_number_of_nobody_leads_back_to_the_menu(line: Daemon) -> None:
    with Peer(line.port) as caller:
        assert caller.call().status == 200
        caller.press("555#")
        record = line.call_of(caller.call_id)
        caller.await_bye()
        outcomes = [
            (event.details["step"], event.details["outcome"])
            for event in line.timeline(record.id)
            if event.kind == "outcome"
        ]
    assert outcomes[:2] == [("menu", "dialled"), ("number", "unknown")]
