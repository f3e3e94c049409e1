"""``sipagent calls``: the records of calls and their timelines."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import sqlite_utils
import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.calls_listened import listened
from sipagent.cli.calls_live import hang_up, listen, live_calls, transfer
from sipagent.cli.calls_report import CALL_COLUMNS, call_cells
from sipagent.cli.settings import ConfigFile, opened_records, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import LineSection
from sipagent.e164 import to_e164
from sipagent.errors import DataError
from sipagent.infoline.managing import offices
from sipagent.infoline.schema import infoline
from sipagent.money import gross, plain_amount
from sipagent.records.history import CallRow, EventRow, History, export
from sipagent.records.legs import LegRow
from sipagent.records.schema import GROUP, OWNER, QUEUE, USER
from sipagent.records.story import length, sound, story
from sipagent.sheet import csv_text
from sipagent.text import printable

app = typer.Typer(help="Calls: what was said, pressed and decided.", no_args_is_help=True)

app.command("live")(live_calls)
app.command("hangup")(hang_up)
app.command("transfer")(transfer)
app.command("listen")(listen)
app.command("listened")(listened)

_JSON = typer.Option("--json", help="Print JSON.")
_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
_User = Annotated[str | None, typer.Option(help="Name of a user of the exchange.")]
_Group = Annotated[str | None, typer.Option(help="Name of a group of the exchange.")]
_Queue = Annotated[str | None, typer.Option(help="Name of a queue of the exchange.")]
_Moment = Annotated[datetime | None, typer.Option(formats=_FORMATS, help="Local time.")]

#: What a terminal speaks.
_LANGUAGE = "en"
#: What goes without saying next to who ended the call.
_PLAIN_OUTCOMES = frozenset({None, "", "done", "hung-up", "shutdown", "crash"})


@app.command("list")
def list_calls(
    *,
    since: _Moment = None,
    until: _Moment = None,
    caller: Annotated[str | None, typer.Option(help="Calling number.")] = None,
    owner: Annotated[str | None, typer.Option(help="Login of the owner.")] = None,
    user: _User = None,
    group: _Group = None,
    queue: _Queue = None,
    outcome: Annotated[str | None, typer.Option(help="How it went, such as: failed.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most.")] = 50,
    as_json: Annotated[bool, _JSON] = False,
    config: ConfigFile = None,
) -> None:
    """List calls, the latest first."""
    settings = settings_of(config)
    number = caller and _number(caller, settings.line.country)
    with _history(settings.paths.database) as history:
        calls = history.calls(
            since=since and since.replace(tzinfo=settings.line.zone),
            until=until and until.replace(tzinfo=settings.line.zone),
            caller=number,
            labels=_labels(owner, user, group, queue),
            outcome=outcome,
            limit=limit,
        )
    if as_json:
        _print_json([export(call)["call"] for call in calls])
        return
    console = Terminal()
    console.print(_table(calls, settings.line))
    if costs := [call.cost for call in calls if call.cost is not None]:
        console.print(f"{len(costs)} with a cost: {plain_amount(sum(costs))} zł without VAT")


@app.command("show")
def show_call(
    call: Annotated[str, typer.Argument(help="Id, the beginning of one, or: last.")] = "last",
    as_json: Annotated[bool, _JSON] = False,
    config: ConfigFile = None,
) -> None:
    """Tell the story of one call, and how its legs went."""
    settings = settings_of(config)
    with _history(settings.paths.database) as history:
        row = history.call(call)
        legs, timeline = history.legs(row), history.timeline(row.id)
    if as_json:
        _print_json(export(row, timeline, legs))
        return
    for line in _record(row, legs, timeline, settings.line):
        typer.echo(printable(line))


@app.command("export")
def export_calls(
    *,
    since: _Moment = None,
    until: _Moment = None,
    caller: Annotated[str | None, typer.Option(help="Calling number.")] = None,
    owner: Annotated[str | None, typer.Option(help="Login of the owner.")] = None,
    user: _User = None,
    group: _Group = None,
    queue: _Queue = None,
    outcome: Annotated[str | None, typer.Option(help="How it went, such as: failed.")] = None,
    config: ConfigFile = None,
) -> None:
    """Print all calls as CSV, the latest first."""
    settings = settings_of(config)
    zone = settings.line.zone
    number = caller and _number(caller, settings.line.country)
    with opened_records(settings.paths.database, infoline) as db:
        calls = History(db).calls(
            since=since and since.replace(tzinfo=zone),
            until=until and until.replace(tzinfo=zone),
            caller=number,
            labels=_labels(owner, user, group, queue),
            outcome=outcome,
            limit=-1,
        )
        codes = _codes(db)
    typer.echo(csv_text(CALL_COLUMNS, call_cells(calls, codes, zone)), nl=False)


@contextmanager
def _history(path: Path) -> Iterator[History]:
    with opened_records(path) as db:
        yield History(db)


def _codes(db: sqlite_utils.Database) -> dict[int, str]:
    """Return the codes of managers by their ids."""
    return {one.manager.id: one.manager.code for one in offices(db)}


def _number(text: str, country: str) -> str:
    if text.startswith("+") and text[1:].isdecimal():
        return text
    try:
        return to_e164(text, country)
    except ValueError as error:
        raise DataError(f"--caller: {error}") from None


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _table(calls: list[CallRow], line: LineSection) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    priced = any(call.cost is not None for call in calls)
    headings = ("came in", "caller", "owner", "length", *["cost"] * priced, "ended by", "id")
    for heading in headings:
        table.add_column(heading, no_wrap=heading != "ended by")
    for call in calls:
        cells = (
            f"{line.local(call.started):%Y-%m-%d %H:%M}",
            call.caller or "hidden",
            call.owner or "",
            _length(call),
            *["" if call.cost is None else plain_amount(call.cost)] * priced,
            _ending(call),
            call.id,
        )
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


def _labels(
    owner: str | None, user: str | None, group: str | None, queue: str | None
) -> dict[str, str]:
    """Return what records are labelled with that are looked for."""
    wanted = {OWNER: owner, USER: user, GROUP: group, QUEUE: queue}
    return {name: value for name, value in wanted.items() if value}


def _record(
    call: CallRow, legs: list[LegRow], timeline: list[EventRow], line: LineSection
) -> Iterator[str]:
    number = call.caller or "hidden number"
    if call.caller:
        number += " (network)" if call.asserted else " (caller's word)"
    if call.verstat:
        number += f", {call.verstat}"
    yield f"call      {call.id}"
    yield f"came in   {line.local(call.started):%Y-%m-%d %H:%M:%S %z}"
    over = f"  (trunk {call.trunk})" if call.trunk else ""
    yield f"caller    {number} → {call.called}{over}"
    yield f"scenario  {call.scenario}{f', {call.language}' if call.language else ''}"
    for name in (OWNER, USER, GROUP, QUEUE):
        if value := call.labels.get(name):
            yield f"{name:<10}{value}"
    yield f"length    {_length(call)}"
    code = f"  (SIP {call.sip_code})" if call.sip_code else ""
    yield f"ended by  {_ending(call) or 'nobody yet'}{code}"
    if call.quality:
        yield from _audio(json.loads(call.quality))
    for leg in legs[1:]:
        yield f"leg {leg.leg:<6}{_attempt(leg)}"
    yield ""
    for told in story(call, timeline, _LANGUAGE):
        yield f"{_after(told.at_ms)}  {told.text}"


def _after(milliseconds: int) -> str:
    minutes, left = divmod(milliseconds, 60_000)
    return f"+{minutes:02}:{left / 1000:06.3f}"


def _attempt(leg: LegRow) -> str:
    """Return whom a leg has rung and how it went, in one line."""
    parts = [leg.party or "somebody"]
    if leg.rang is not None:
        parts.append(f"rang {length(leg.rang)}")
    if leg.talked is not None:
        parts.append(f"talked {length(leg.talked)}")
    if leg.cost is not None:
        whole = gross(leg.cost, leg.vat or 0)
        parts.append(f"cost {plain_amount(leg.cost)} zł, {plain_amount(whole)} with VAT")
    if leg.reason:
        parts.append(leg.reason)
    code = f"  (SIP {leg.sip_code})" if leg.sip_code else ""
    return f"{', '.join(parts)}{code}"


def _audio(quality: dict[str, Any]) -> Iterator[str]:
    yield f"audio     {sound(quality, _LANGUAGE)}"
    there, said = quality["remote_rtp"] or "nowhere", quality["remote_sdp"]
    announced = f"  (its SDP says {said})" if said != there else ""
    yield f"rtp       {quality['local_rtp']} ↔ {there}{announced}"


def _ending(call: CallRow) -> str:
    if call.outcome in _PLAIN_OUTCOMES:
        return call.ended_by or ""
    return f"{call.ended_by}: {call.outcome}"


def _length(call: CallRow) -> str:
    if call.seconds is None:
        return "no answer" if call.ended else "live"
    return length(call.seconds)
