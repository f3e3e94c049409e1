"""``sipagent calls`` as an operator uses it."""

import asyncio
import csv
import io
import json
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from sipagent.cli.calls import app
from sipagent.errors import DataError, SetupError
from sipagent.records.recorder import CallStart, Recorder
from sipagent.records.schema import records
from sipagent.store.store import Store

pytestmark = pytest.mark.unit

FIRST, SECOND, LIVE = "019ab0b12341a2b3c", "019ab0b12351a2b3c", "019ab0b12361a2b3c"


def start_of(call: str, caller: str | None, called: str = "infolinia") -> CallStart:
    return CallStart(call, f"{call}@x", caller, call == FIRST, called, "infolinia")


async def calls_come(database: Path) -> None:
    store = Store(database, [records])
    recorder = Recorder(store)
    first = await recorder.open(start_of(FIRST, "+48600100101"))
    first.note("answer", {})
    first.note("step", {"step": "powitanie", "type": "announcement"})
    first.note("prompt", {"key": "greeting", "text": "Dzień dobry."})
    first.note("digit", {"digit": "1"})
    first.note("prompt-end", {"key": "greeting", "cut": True, "seconds": 0.3})
    first.note("outcome", {"step": "powitanie", "outcome": "next", "next": "login"})
    first.note("prompt", {"key": "login", "text": "Proszę wpisać login.", "cut": True})
    first.note("prompt-end", {"key": "login", "cut": False, "seconds": 2.0})
    first.note("login", {"verdict": "welcome"})
    first.note("hung-up", {"code": 200, "reason": "Normal call clearing"})
    first.update(language="pl")
    first.label("owner", "20000001")
    first.label("manager", 1)
    await first.close("caller", "hung-up", 200)
    second = await recorder.open(start_of(SECOND, None, "\x1b[31minfolinia"))
    second.label("user", "Anna Nowak")
    second.label("group", "Biuro")
    second.note("answer", {})
    second.note("hangup", {"reason": "normal"})
    await second.close("agent", "failed", 0)
    await recorder.open(start_of(LIVE, "+48600100102"))
    await store.close()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "agent.toml"
    file.write_text('[paths]\ndatabase = "line.db"\n')
    return file


@pytest.fixture
def line(config: Path) -> Path:
    asyncio.run(calls_come(config.parent / "line.db"))
    return config


def typed(config: Path, *words: str) -> Result:
    result = CliRunner().invoke(app, [*words, "--config", str(config)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def ids(config: Path, *words: str) -> list[str]:
    return re.findall(r"019\w{14}", typed(config, "list", *words).stdout)


def test_list(line: Path) -> None:
    rows = typed(line, "list").stdout.splitlines()
    assert rows[0].split() == ["came", "in", "caller", "owner", "length", "ended", "by", "id"]
    assert re.fullmatch(rf"20\S+ \S+  \+48600100102 +live +{LIVE}\s*", rows[1])
    assert re.fullmatch(rf"20\S+ \S+  hidden +0:00 +agent: failed +{SECOND}\s*", rows[2])
    assert re.fullmatch(rf"\S+ \S+  \+48600100101  20000001  0:00 +caller +{FIRST}\s*", rows[3])
    assert len(rows) == 4


def test_list_filters(line: Path) -> None:
    assert ids(line) == [LIVE, SECOND, FIRST]
    assert ids(line, "--caller", "600 100 101") == [FIRST]
    assert ids(line, "--caller", "+48600100102") == [LIVE]
    assert ids(line, "--owner", "20000001") == [FIRST]
    assert ids(line, "--user", "Anna Nowak", "--group", "Biuro") == [SECOND]
    assert ids(line, "--user", "Jan Kowal") == []
    assert ids(line, "--outcome", "failed") == [SECOND]
    assert ids(line, "--limit", "2") == [LIVE, SECOND]
    assert ids(line, "--since", "2020-01-01", "--until", "2020-01-02T10:00") == []
    assert ids(line, "--since", "2020-01-01 00:00") == [LIVE, SECOND, FIRST]
    with pytest.raises(DataError, match="--caller: 'hello' is not a phone number"):
        ids(line, "--caller", "hello")


def test_list_as_json(line: Path) -> None:
    calls = json.loads(typed(line, "list", "--json").stdout)
    assert [call["id"] for call in calls] == [LIVE, SECOND, FIRST]
    assert calls[0]["ended"] is None
    assert calls[2]["asserted"] is True


def test_show(line: Path) -> None:
    head, story = typed(line, "show", FIRST[:11]).stdout.split("\n\n")
    assert f"call      {FIRST}" in head
    assert "caller    +48600100101 (network) → infolinia" in head
    assert "scenario  infolinia, pl" in head
    assert "owner     20000001" in head
    assert "ended by  caller  (SIP 200)" in head
    lines = story.splitlines()
    assert all(re.match(r"\+00:0\d\.\d{3}  ", line) for line in lines)
    assert [line[12:] for line in lines] == [
        "+48600100101 calls infolinia.",
        "The line answers.",
        "Step powitanie (announcement) begins.",
        "The line says: Dzień dobry.",
        "The caller presses 1.",
        "That is cut short after 0.3 s.",
        "Step powitanie ends: next, and login follows.",
        "The line says: Proszę wpisać login. (cut short at once)",
        "The login is judged: welcome.",
        "The caller hangs up (200 Normal call clearing).",
    ]


def test_show_whom_a_call_has_rung(config: Path) -> None:
    asyncio.run(a_caller_is_put_through(config.parent / "line.db"))
    head = typed(config, "show").stdout.split("\n\n")[0].splitlines()
    assert [line for line in head if line.startswith("leg ")] == [
        "leg 1     +48221234567, rang 0:00, Busy Here  (SIP 486)",
        "leg 2     desk  [31m, rang 0:00, talked 0:00  (SIP 200)",
    ]
    legs = json.loads(typed(config, "show", "--json").stdout)["legs"]
    assert [(leg["leg"], leg["sip_id"], leg["sip_code"]) for leg in legs] == [
        *((0, f"{FIRST}@x", 200), (1, "b1", 486), (2, "b2", 200)),
    ]


def test_what_calls_have_cost(config: Path) -> None:
    """The cost of each leg is in its record, and sums are in lists and in the export."""
    asyncio.run(a_call_costs(config.parent / "line.db"))
    head = typed(config, "show").stdout.split("\n\n")[0]
    assert "leg 1     +48600100100, rang 0:00, cost 0.55 zł, 0.68 with VAT" in head
    assert "leg 2     +4930123456, rang 0:00, cost 1.00 zł, 1.23 with VAT" in head
    assert head.endswith("leg 3     101, rang 0:00")
    rows = typed(config, "list", "--user", "Anna Nowak").stdout.splitlines()
    assert "cost" in rows[0]
    assert " 1.55 " in rows[1]
    assert rows[-1] == "1 with a cost: 1.55 zł without VAT"
    (row,) = csv.DictReader(io.StringIO(typed(config, "export").stdout))
    assert row["cost"] == "1.55"
    told = json.loads(typed(config, "show", "--json").stdout)
    assert (told["call"]["cost"], [leg["cost"] for leg in told["legs"]]) == (
        155,
        [None, 55, 100, None],
    )


async def a_call_costs(database: Path) -> None:
    async with Store(database, [records]) as store:
        call = await Recorder(store).open(start_of(FIRST, "101"))
        for at, (party, grosze) in enumerate(
            [("+48600100100", 55), ("+4930123456", 100), ("101", None)]
        ):
            call.note("second-leg", {"sip_id": f"b{at}", "party": party})
            if grosze is not None:
                call.note("cost", {"sip_id": f"b{at}", "grosze": grosze, "vat": 23})
        call.label("user", "Anna Nowak")
        await call.close("caller", "hung-up", 200)


async def a_caller_is_put_through(database: Path) -> None:
    store = Store(database, [records])
    recorder = Recorder(store)
    call = await recorder.open(start_of(FIRST, "+48600100101"))
    call.note("transfer", {"target": "+48221234567"})
    call.note("second-leg", {"sip_id": "b1"})
    call.note("transferred", {"way": "bridge", "code": 486, "reason": "Busy Here"})
    call.note("second-leg", {"sip_id": "b2", "party": "desk \x1b[31m"})
    call.note("joined", {"sip_id": "b2"})
    await call.close("caller", "hung-up", 200)
    await store.close()


def test_show_the_last_one(line: Path) -> None:
    for words in (["show"], ["show", "last"]):
        out = typed(line, *words).stdout
        assert LIVE in out
        assert "length    live" in out
        assert "caller    +48600100102 (caller's word) → infolinia" in out
        assert "ended by  nobody yet" in out


def test_show_whose_call_it_was(line: Path) -> None:
    assert "user      Anna Nowak\ngroup     Biuro\n" in typed(line, "show", SECOND).stdout


def test_strangers_do_not_steer_the_terminal(line: Path) -> None:
    out = typed(line, "show", SECOND).stdout
    assert "hidden number → " in out
    assert "\x1b" not in out
    assert "\x1b" not in typed(line, "show", SECOND, "--json").stdout


def test_show_as_json(line: Path) -> None:
    shown = json.loads(typed(line, "show", FIRST, "--json").stdout)
    assert list(shown) == ["call", "legs", "timeline"]
    assert shown["call"]["id"] == FIRST
    assert shown["call"]["language"] == "pl"
    assert shown["timeline"][2]["text"] == "Dzień dobry."
    assert [event["kind"] for event in shown["timeline"]][-1] == "hung-up"
    assert all(isinstance(event["at_ms"], int) for event in shown["timeline"])


def test_which_call_must_be_clear(line: Path) -> None:
    with pytest.raises(DataError, match="several calls begin with '019ab'"):
        typed(line, "show", "019ab")
    with pytest.raises(DataError, match="there is no call 'x'"):
        typed(line, "show", "x")


def test_looking_makes_no_database(config: Path) -> None:
    with pytest.raises(SetupError, match="there are no records yet"):
        typed(config, "list")
    assert not (config.parent / "line.db").exists()


def test_a_file_that_is_no_database(config: Path) -> None:
    (config.parent / "line.db").write_text("x" * 5000)
    with pytest.raises(DataError, match="is not an SQLite database"):
        typed(config, "list")


def test_export(line: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(typed(line, "export").stdout)))
    assert [row["id"] for row in rows] == [LIVE, SECOND, FIRST]
    live, second, first = rows
    assert (live["ended"], live["seconds"], live["caller"]) == ("", "", "+48600100102")
    assert (second["caller"], second["outcome"], second["owner"]) == ("", "failed", "")
    assert (first["owner"], first["asserted"], first["sip_code"]) == ("20000001", "yes", "200")
    came_in = datetime.fromisoformat(first["came_in"])
    assert came_in.utcoffset() == came_in.astimezone(ZoneInfo("Europe/Warsaw")).utcoffset()
    only = csv.DictReader(io.StringIO(typed(line, "export", "--owner", "20000001").stdout))
    assert [row["id"] for row in only] == [FIRST]
    assert typed(line, "export", "--until", "2020-01-01").stdout.count("\n") == 1
