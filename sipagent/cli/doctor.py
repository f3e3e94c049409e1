"""``sipagent doctor``: looks at the line and its machine, and says what to do."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer

from sipagent import config as settings
from sipagent import config_sources
from sipagent.cli.settings import ConfigFile, file_of
from sipagent.cli.terminal import Terminal
from sipagent.config import LogSection
from sipagent.doctor import calls, checks, line, promises
from sipagent.doctor.finding import Finding, Level, Patient
from sipagent.domains import composed
from sipagent.errors import ConfigError
from sipagent.ops import log
from sipagent.sip import library

_STYLE = {Level.OK: "green", Level.WARNING: "yellow", Level.ERROR: "red"}
_SLOTS = 1


def doctor(
    recorded: Annotated[
        str | None,
        typer.Argument(metavar="[CALL]", help="Explain a refusal, or one-way audio, in this call."),
    ] = None,
    call: Annotated[
        bool, typer.Option("--call", help="Call the line, and see that audio flows both ways.")
    ] = False,
    network: Annotated[
        bool, typer.Option("--network", help="Ask a time server on the Internet, too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    config: ConfigFile = None,
) -> None:
    """Check the line and its machine; exit status 1 where something does not work."""
    file = file_of(config)
    loaded = config_sources.load(file)
    log.configure(LogSection(level="error"))  # standard output belongs to the findings
    if recorded is not None and call:
        raise ConfigError("either a call of the records, or --call: not both")
    found: Iterable[Finding]
    if recorded is not None:
        found = calls.recorded(loaded, recorded)
    elif call:
        library.require(_SLOTS)
        found = calls.called(loaded)
    else:
        patient = Patient(loaded, file or settings.FILE, line.status(loaded), network)
        found = checks.examine(patient, (*checks.CHECKS, promises.check_of(composed())))
    told = _print_json(found) if as_json else _print(found)
    if any(finding.level is Level.ERROR for finding in told):
        raise typer.Exit(1)


def _print(findings: Iterable[Finding]) -> list[Finding]:
    console = Terminal(lines=True)
    told = []
    for finding in findings:
        told.append(finding)
        console.print(f"{finding.level:8}", style=_STYLE[finding.level], end="")
        console.print(f"{finding.check}: {finding.text}")
        if finding.advice:
            console.print(f"        → {finding.advice}")
    return told


def _print_json(findings: Iterable[Finding]) -> list[Finding]:
    told = list(findings)
    typer.echo(json.dumps([asdict(finding) for finding in told], ensure_ascii=False, indent=2))
    return told
