"""``sipagent install``: the daemon as a service of systemd, and away with it again."""

import compileall
import os
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Annotated

import typer

import sipagent
from sipagent import config_sources, shipped
from sipagent.cli.settings import SERVICE
from sipagent.config import Config
from sipagent.errors import SetupError
from sipagent.ops.installing import (
    Plan,
    Step,
    default_config,
    hidden_from,
    install_plan,
    remove_plan,
    stamped,
)
from sipagent.ops.unit import Place, units

_PACKAGE = Path(sipagent.__file__).parent
_CLOSED = (
    "closed to the service's user; put sipagent and its Python where all may read, such as /opt"
)


def install(
    config: Annotated[Path, typer.Option(help="Settings; made where they are missing.")] = SERVICE,
    user: Annotated[str, typer.Option("--user-name", help="Who runs it.")] = "sipagent",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what is to be done.")] = (
        False
    ),
    force: Annotated[bool, typer.Option("--force", help="Write over an edited unit.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the service away.")] = False,
) -> None:
    """Install the line as a service of systemd; what is there already is left alone."""
    place = Place("sipagent", user, shipped.ROOT, Path(sys.executable), config.absolute())
    plan = remove_plan(place) if remove else _install(place, force=force, show=dry_run)
    if plan.edited:
        typer.echo("\n".join(plan.edited))
    if dry_run:
        _show(plan)
    elif plan.steps and os.geteuid() != 0:
        raise SetupError(f"this needs root: sudo {shlex.join(_words())}")
    elif plan.edited:
        raise SetupError("a unit was edited, as shown; --force writes it anew")
    else:
        for step in plan.steps:
            typer.echo(step.what)
            step.do()
        typer.echo("done" if plan.steps else "nothing to do")
    for advice in plan.advice:
        typer.echo(f"note: {advice}")


def _install(place: Place, *, force: bool, show: bool) -> Plan:
    first = []
    if place.config.exists():
        config = config_sources.load(place.config)
    else:
        text = default_config(place)
        config = Config.model_validate(tomllib.loads(text))
        first.append(Step(f"write {place.config}", lambda: _write(place.config, text)))
    closed = ", ".join(map(str, hidden_from(place, config)))
    plan = install_plan(place, config, first=first, force=force)
    if closed and show:
        plan.advice.append(f"{closed}: {_CLOSED}")
    elif closed:
        raise SetupError(f"{closed}: {_CLOSED}")
    if plan.steps:
        plan.steps.insert(0, Step(f"compile {_PACKAGE}", _compile))
    if show:
        for name, unit in units(place, config).items():
            typer.echo(f"==> /etc/systemd/system/{name}\n{stamped(unit)}")
    return plan


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def _compile() -> None:
    """Compile the program: the service cannot, and would start slower each time."""
    compileall.compile_dir(_PACKAGE, quiet=1)


def _show(plan: Plan) -> None:
    for step in plan.steps:
        typer.echo(f"would: {step.what}")
    if not plan.steps:
        typer.echo("nothing to do")


def _words() -> list[str]:
    return [str(Path(sys.argv[0]).absolute()), *sys.argv[1:]]
