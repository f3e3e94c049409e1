"""``sipagent calls live``, ``hangup``, ``listen`` and ``listened``, as an operator uses them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sipagent.cli import calls_live
from sipagent.cli.calls import app
from sipagent.exchange.listening.paths import Mode
from sipagent.exchange.listening.schema import listening
from sipagent.exchange.listening.uses import StoredUses, Use
from sipagent.records.schema import records
from sipagent.store.store import Store

pytestmark = pytest.mark.unit

CALL = {
    "id": "019ab0b12341a2b3c",
    "since": "2026-11-26T10:00:00+00:00",
    "members": ["+48600700700", "Jan Kowal <102>"],
    "holding": ["Jan Kowal <102>"],
    "talking": True,
    "queue": "Biuro",
    "room": "",
    "number": "+48221000200",
    "listeners": ["Maria Zych <110> (whisper)"],
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "agent.toml"
    file.write_text('[paths]\ndatabase = "line.db"\n', "utf-8")
    return file


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, object]]]:
    """What the running line is asked."""
    questions: list[tuple[str, dict[str, object]]] = []
    answers: dict[str, Any] = {
        "calls.live": [CALL, {**CALL, "holding": [], "talking": False, "listeners": []}],
        "rooms.live": [
            {"room": "Pusty", "guests": []},
            {
                "room": "Zarząd",
                "guests": [
                    {"shown": "Anna Nowak <101>", "since": "2026-11-26T10:05:00+00:00"},
                    {"shown": "", "since": "2026-11-26T10:02:00+00:00"},
                ],
            },
        ],
        "calls.hangup": {"id": CALL["id"]},
        "calls.transfer": {"id": CALL["id"], "who": "+48600700700", "to": "103"},
        "calls.listen": {"id": CALL["id"], "rings": "Maria Zych", "whom": "Jan Kowal <102>"},
    }

    def ask(settings: object, do: str, **wanted: object) -> Any:
        questions.append((do, wanted))
        return answers[do]

    monkeypatch.setattr(calls_live, "ask", ask)
    return questions


def run(config: Path, *words: str) -> str:
    done = CliRunner().invoke(app, [*words, "--config", str(config)], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.exception
    return done.output


@pytest.mark.usefixtures("asked")
def test_who_talks_with_whom(config: Path) -> None:
    printed = run(config, "live")
    assert "11:00:00" in printed, "local time"
    assert "+48600700700 – Jan Kowal <102> (holds)" in printed
    assert "+48600700700 (waits) – Jan Kowal <102> (waits)" in printed
    assert "Biuro, +48221000200" in printed
    assert "Maria Zych <110> (whisper)" in printed
    assert "3 go on" in printed
    assert "11:02:00" in printed
    assert "Anna Nowak <101> – hidden" in printed
    assert "Zarząd" in printed
    assert json.loads(run(config, "live", "--json"))[0] == CALL


def test_one_is_ended_and_one_is_listened_to(
    config: Path, asked: list[tuple[str, dict[str, object]]]
) -> None:
    assert run(config, "hangup", "019ab") == "Ended call 019ab0b12341a2b3c\n"
    printed = run(config, "listen", "019ab", "--from", "110")
    assert printed == "Maria Zych is rung, to listen to Jan Kowal <102>\n"
    assert run(config, "transfer", "019ab", "103") == "+48600700700 is put through to 103\n"
    assert asked == [
        ("calls.hangup", {"call": "019ab"}),
        ("calls.listen", {"call": "019ab", "listener": "110"}),
        ("calls.transfer", {"call": "019ab", "who": "", "to": "103"}),
    ]


def test_who_has_listened(config: Path) -> None:
    async def listens() -> None:
        async with Store(config.parent / "line.db", [records, listening]) as store:
            uses = StoredUses(store)
            for mode in (Mode.LISTEN, Mode.WHISPER):
                use = Use("Maria Zych", "Jan Kowal <102>", "019ab", "019ac", mode)
                await uses.begin(use)
                if mode is Mode.LISTEN:
                    uses.end("019ac")

    asyncio.run(listens())
    first, second = run(config, "listened").splitlines()[-3:-1]
    assert ("whisper" in first, "goes on" in first) == (True, True)
    assert ("listen" in second, "goes on" in second) == (True, False)
    told = json.loads(run(config, "listened", "--json", "--limit", "1"))
    assert [(one["listener"], one["mode"]) for one in told] == [("Maria Zych", "whisper")]
    assert json.loads(run(config, "listened", "--json", "--since", "2100-01-01")) == []
