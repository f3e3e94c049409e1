"""``sipagent trace`` and its ladder."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from sipagent.cli.ladder import ladder
from sipagent.cli.trace import trace
from sipagent.errors import DataError, SetupError
from sipagent.records.history import MessageRow
from sipagent.records.in_short import session, words
from sipagent.records.recorder import Recorder
from sipagent.records.schema import records
from sipagent.store.store import Store
from tests.records.record_helpers import start_of
from tests.records.sip_samples import CALLER, SDP, conversation, invite, second_leg

pytestmark = pytest.mark.unit

app = typer.Typer()
app.command()(trace)


async def a_call_comes(database: Path, *, transferred: bool) -> None:
    store = Store(database, [records])
    recorder = Recorder(store)
    record = await recorder.open(start_of())
    if transferred:
        record.note("second-leg", {"sip_id": "b1@x", "party": "Jan Kowal <102>"})
    for message in conversation() + (second_leg() if transferred else []):
        recorder.trace.take(message)
    await record.close("caller", "hung-up", 200)
    await store.close()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "agent.toml"
    file.write_text('[paths]\ndatabase = "x.db"\n')
    return file


def shown(config: Path, *options: str) -> str:
    result = CliRunner().invoke(app, ["--config", str(config), *options])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


def test_a_call(config: Path) -> None:
    asyncio.run(a_call_comes(config.parent / "x.db", transferred=False))
    head, empty, *lines = shown(config).splitlines()
    assert (head[:15], empty) == ("call a1, 2026-1", "")
    assert lines == [
        "            192.0.2.10:5060 UDP                sipagent",
        "+0.000      │ INVITE 1 ─────────────────────────▶ │",
        "            │   audio 192.0.2.10:4000 PCMA PCMU telephone-event",
        "+0.001      │ ◀──────────── 100 Trying (1 INVITE) │",
        "+0.004      │ ◀──────────────── 200 OK (1 INVITE) │",
        "            │   audio 192.0.2.10:4000 PCMA PCMU telephone-event",
        "+0.009      │ ACK 1 ────────────────────────────▶ │",
        "+4.200      │ BYE 2 ────────────────────────────▶ │",
        "+4.201      │ ◀─────────────────── 200 OK (2 BYE) │",
    ]


def test_a_second_leg_stands_on_the_right(config: Path) -> None:
    asyncio.run(a_call_comes(config.parent / "x.db", transferred=True))
    lines = shown(config).splitlines()
    assert lines[2].endswith("leg 1 192.0.2.20:5060 UDP")
    bars = "│                                     │"
    assert f"+2.000      {bars} INVITE 1 ─────────────────────────▶ │" in lines
    assert f"+2.020      {bars} ◀───────── 486 Busy Here (1 INVITE) │" in lines
    assert f"+4.201      │ ◀─────────────────── 200 OK (2 BYE) {bars}" in lines


def test_legs_that_ring_together_are_told_apart() -> None:
    """The messages of all legs stand in their order, each with its leg."""
    first, busy = second_leg()
    rows = [
        MessageRow(leg, one.at, one.sent, one.peer, one.transport, one.text)
        for leg, one in ((1, first), (2, first), (1, busy), (2, busy))
    ]
    lines = [line.plain.strip() for line in ladder(rows, names={2: "Jan Kowal <102>"})]
    assert [line for line in lines if "leg" in line] == [
        "sipagent                              leg 1 192.0.2.20:5060 UDP",
        "│   leg 2 Jan Kowal <102> 192.0.2.20:5060 UDP",
        "│   leg 1 192.0.2.20:5060 UDP",
        "│   leg 2 Jan Kowal <102> 192.0.2.20:5060 UDP",
    ]


def test_who_was_rung_is_named_only_where_that_is_asked_for(config: Path) -> None:
    asyncio.run(a_call_comes(config.parent / "x.db", transferred=True))
    assert "Jan Kowal" not in shown(config)
    assert "Jan Kowal" not in shown(config, "--json")
    assert "leg 1 Jan Kowal <102> 192.0.2.20:5060 UDP" in shown(config, "--personal")
    rows = json.loads(shown(config, "--json", "--personal"))
    assert {row["party"] for row in rows if row["leg"] == 1} == {"Jan Kowal <102>"}
    assert {row["party"] for row in rows if row["leg"] == 0} == {None}


def test_whole_messages_hide_persons_unless_asked(config: Path) -> None:
    asyncio.run(a_call_comes(config.parent / "x.db", transferred=True))
    text = shown(config, "--full")
    assert '    From: "•••" <sip:•••101@192.0.2.10>;tag=1' in text
    assert "    INVITE sip:infolinia@192.0.2.1 SIP/2.0" in text
    assert "    INVITE sip:•••567@192.0.2.20 SIP/2.0" in text
    assert "+48" not in text
    assert "Anna" not in text
    text = shown(config, "--full", "--personal")
    assert '    From: "Anna" <sip:+48600100101@192.0.2.10>;tag=1' in text


def test_json(config: Path) -> None:
    asyncio.run(a_call_comes(config.parent / "x.db", transferred=True))
    rows = json.loads(shown(config, "--json"))
    assert [row["leg"] for row in rows] == [0, 0, 0, 0, 1, 1, 0, 0]
    assert {key: rows[5][key] for key in ("sent", "peer", "transport")} == {
        "sent": False, "peer": "192.0.2.20:5060", "transport": "UDP",
    }  # fmt: skip
    assert "+48600100101" not in json.dumps(rows)


def test_a_call_without_messages(config: Path) -> None:
    with pytest.raises(SetupError, match="there are no records yet"):
        shown(config)

    async def untraced() -> None:
        store = Store(config.parent / "x.db", [records])
        recorder = Recorder(store)
        await recorder.open(start_of())
        await store.close()

    asyncio.run(untraced())
    with pytest.raises(DataError, match="no SIP messages of call a1 are kept"):
        shown(config)


def rows_of(*messages: Any) -> list[MessageRow]:
    return [MessageRow(0, one.at, one.sent, one.peer, one.transport, one.text) for one in messages]


def test_what_comes_twice_is_marked() -> None:
    lines = [line.plain for line in ladder(rows_of(invite(), invite("a1@x", 500)))]
    assert lines[1].endswith("│ INVITE 1 ─────────────────────────▶ │")
    assert lines[3].endswith("│ INVITE 1 again ───────────────────▶ │")


def test_a_peer_that_moves_is_named() -> None:
    first, *_, bye, _ = conversation()
    moved = MessageRow(0, bye.at, bye.sent, "192.0.2.11:5060", "TCP", bye.text)
    lines = [line.plain for line in ladder([*rows_of(first), moved])]
    assert lines[3] == "            │   192.0.2.11:5060 TCP"


def test_strangers_do_not_steer_the_terminal() -> None:
    evil = invite().text.replace("PCMA", "").replace("telephone-event", "\x1b[31m")
    row = MessageRow(0, invite().at, False, CALLER, "UDP", f"\x1b]0;x SIP\x07{evil}")
    assert not any("\x1b" in line.plain for line in ladder([row], full=True))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", ""),
        (SDP, "audio 192.0.2.10:4000 PCMA PCMU telephone-event"),
        (SDP.replace("sendrecv", "sendonly"),
         "audio 192.0.2.10:4000 PCMA PCMU telephone-event, sendonly"),
        ("v=0\r\nm=audio 0 RTP/AVP 9 96\r\na=rtpmap:96 opus/48000/2\r\n", "audio ?:0 G722 opus"),
        ("Signal=5\r\n", ""),
    ],
)  # fmt: skip
def test_a_session_in_short(body: str, expected: str) -> None:
    assert session(f"INVITE sip:x SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n{body}") == expected


@pytest.mark.parametrize(
    ("first", "label", "style"),
    [
        ("INVITE sip:x SIP/2.0", "INVITE 7", "bold"),
        ("SIP/2.0 180 Ringing", "180 Ringing (7 INVITE)", "dim"),
        ("SIP/2.0 200 OK", "200 OK (7 INVITE)", "green"),
        ("SIP/2.0 503 Service Unavailable", "503 Service Unavailable (7 INVITE)", "red"),
    ],
)
def test_the_words_of_an_arrow(first: str, label: str, style: str) -> None:
    said = words(f"{first}\r\nCSeq: 7 INVITE\r\n\r\n")
    assert (said.label, said.style) == (label, style)
