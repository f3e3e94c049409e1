"""``sipagent phone`` with an account: a phone of an exchange, by its own scripts."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.calls.daemon import SIPAGENT, Daemon, until
from tests.calls.firm import at_work
from tests.calls.test_firm_calls import FIRM, PASSWORD
from tests.calls.test_monitoring import health
from tests.patience import PATIENCE

pytestmark = pytest.mark.line


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line with the firm on it, for all tests of the module."""
    with at_work(Daemon(tmp_path_factory.mktemp("firm"), clips), FIRM) as daemon:
        yield daemon


class Phones:
    """Test phones of one test, each a program of its own."""

    def __init__(self, line: Daemon, folder: Path) -> None:
        self._line = line
        self._folder = folder
        self._password = folder / "password"
        self._password.write_text(PASSWORD, "utf-8")
        self._programs: list[subprocess.Popen[str]] = []

    def begin(self, account: str, do: str, *number: str) -> "subprocess.Popen[str]":
        """Start the phone of an account."""
        program = subprocess.Popen(
            [
                *(*SIPAGENT, "phone", *number, "--account", account),
                *("--server", f"127.0.0.1:{self._line.port}"),
                *("--password-file", str(self._password), "--do", do, "--timeout", "90"),
                *("--out", str(self._folder / account), "--quiet", "--answer-within", "60"),
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        self._programs.append(program)
        return program

    def registered(self, count: int) -> None:
        """Wait until so many phones are registered."""
        until(
            lambda: health(self._line, "/status")[1]["phones"], lambda phones: bool(phones == count)
        )

    def end(self, program: "subprocess.Popen[str]", status: int = 0) -> str:
        """See a phone end with a status; return what it says of a failure."""
        _, errors = program.communicate(timeout=PATIENCE)
        assert program.returncode == status, errors
        return errors

    def events(self, account: str) -> list[dict[str, Any]]:
        """Return what a phone has noted."""
        noted: list[dict[str, Any]] = json.loads(
            (self._folder / account / "phone.json").read_text("utf-8")
        )
        return noted

    def close(self) -> None:
        """End what still runs."""
        for program in self._programs:
            if program.poll() is None:
                program.kill()
            program.communicate()


@pytest.fixture
def phones(firm: Daemon, tmp_path: Path) -> Iterator[Phones]:
    made = Phones(firm, tmp_path)
    yield made
    made.close()


def test_a_call_is_held_and_handed_over_after_a_word(firm: Daemon, phones: Phones) -> None:
    ewa = phones.begin("103-1", "hung-up")
    jan = phones.begin("102-1", "hold; wait 0.5; resume; consult 103; press 5; wait 0.5; join")
    phones.registered(2)
    anna = phones.begin("101-1", "wait 3; press 7; wait 2; hang-up", "102")
    for one in (jan, anna, ewa):
        phones.end(one)
    told = [event["text"] for event in phones.events("102-1") if event["kind"] == "is told"]
    assert told[-1].startswith("200")
    calls = json.loads(firm.run("calls", "list", "--json"))
    call = next(one["id"] for one in calls if one["caller"] == "101")
    handed = [e.details for e in firm.timeline(call) if e.kind == "handed-over"]
    assert [one["how"] for one in handed] == ["attended"]


def test_a_call_is_given_away_and_nobody_is_there(phones: Phones) -> None:
    jan = phones.begin("102-1", "wait 0.5; transfer 103")
    phones.registered(1)
    anna = phones.begin("101-1", "hung-up", "102")
    assert "the transfer has failed: 480" in phones.end(jan, 5)
    phones.end(anna)


def test_back_to_the_first_call(phones: Phones) -> None:
    ewa = phones.begin("103-1", "hung-up")
    jan = phones.begin("102-1", "consult 103; wait 0.5; back; wait 0.5; hang-up")
    phones.registered(2)
    anna = phones.begin("101-1", "hung-up", "102")
    for one in (ewa, jan, anna):
        phones.end(one)


def test_a_wrong_password_is_said(firm: Daemon, tmp_path: Path) -> None:
    wrong = tmp_path / "password"
    wrong.write_text("nie to", "utf-8")
    place = ("--server", f"127.0.0.1:{firm.port}", "--password-file", str(wrong))
    done = subprocess.run(
        [*SIPAGENT, "phone", "102", "--account", "101-1", *place, "--answer-within", "3"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5
    assert "101-1 is not registered at 127.0.0.1" in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--account", "anna"], "--account needs --server and --password-file"),
        (["--account", "anna", "--listen", "127.0.0.1:5070"], "leave out --listen"),
    ],
)
def test_mistakes_of_the_command(words: list[str], sentence: str) -> None:
    done = subprocess.run([*SIPAGENT, "phone", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert sentence in done.stderr
