"""``sipagent trace``: the SIP messages of one call, as a ladder."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

import typer

from sipagent.cli.ladder import ladder
from sipagent.cli.settings import ConfigFile, opened_records, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.errors import DataError
from sipagent.records.history import History, MessageRow
from sipagent.records.masking import without_persons


def trace(
    call: Annotated[str, typer.Argument(help="Id, the beginning of one, or: last.")] = "last",
    *,
    full: Annotated[bool, typer.Option("--full", help="Print the messages whole.")] = False,
    personal: Annotated[
        bool, typer.Option("--personal", help="Print numbers and names as they are.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    config: ConfigFile = None,
) -> None:
    """Show the SIP ladder of a call; passwords and pressed keys are never in it."""
    settings = settings_of(config)
    with opened_records(settings.paths.database) as db:
        history = History(db)
        row = history.call(call)
        messages = history.trace(row)
        names = {leg.leg: leg.party for leg in history.legs(row) if leg.leg and leg.party}
    if not messages:
        raise DataError(
            f"no SIP messages of call {row.id} are kept: log.trace was off, or they are older "
            f"than retention.traces ({settings.retention.traces} days)"
        )
    if not personal:
        messages = [replace(one, text=without_persons(one.text, row.called)) for one in messages]
    if as_json:
        exported = [_exported(one, names if personal else {}) for one in messages]
        typer.echo(json.dumps(exported, ensure_ascii=False, indent=2))
        return
    console = Terminal(lines=True)
    began = settings.line.local(messages[0].at)
    console.print(f"call {row.id}, {began:%Y-%m-%d %H:%M:%S %z}\n")
    for line in ladder(messages, full=full, names=names if personal else {}):
        console.print(line)


def _exported(message: MessageRow, names: Mapping[int, str]) -> dict[str, str | int | bool | None]:
    return {
        "at": message.at.isoformat(timespec="milliseconds"),
        "leg": message.leg,
        "party": names.get(message.leg),
        "sent": message.sent,
        "peer": message.peer,
        "transport": message.transport,
        "text": message.text,
    }
