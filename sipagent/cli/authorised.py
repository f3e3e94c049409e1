"""``sipagent authorised``: numbers outside from which calls can be ordered."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from sipagent.cli import exchange_entries as entries
from sipagent.cli import texts
from sipagent.cli.costs import tell_cost
from sipagent.cli.entry_pins import Generated, TakeAway, set_pin
from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.config import Config
from sipagent.domains import composed
from sipagent.exchange import editing
from sipagent.exchange.entry import Entry
from sipagent.exchange.model import Authorised, User
from sipagent.exchange.ordered.answers import FORM, answer
from sipagent.exchange.reading import Stored, load
from sipagent.messages.templates import Templates


def _beside(stored: Stored, entry: Entry, settings: Config) -> Mapping[str, Any]:
    return {"pin": entry.has_secret}


app = entries.group(
    "authorised",
    "Numbers outside from which their users can order calls.",
    {"Number": "number", "User": "user", "Shown": "shown", "Schedule": "schedule", "PIN": "pin"},
    beside=_beside,
)

Shown = Annotated[
    str | None, typer.Option(help="The number that the other side sees; without it the user's.")
]
Schedule = Annotated[
    str | None, typer.Option(help="When calls can be ordered; without it at any time.")
]


@app.command()
def add(
    number: Annotated[str, typer.Argument(help="Such as 600100101; the line calls back there.")],
    *,
    user: Annotated[str, typer.Option(help="Name or internal number: whose rights count.")],
    shown: Shown = None,
    schedule: Schedule = None,
    config: ConfigFile = None,
) -> None:
    """Let calls be ordered from a number, once it has a PIN."""
    fields = _fields(user, shown, schedule, config)
    tell_cost(number, config)
    entries.added("authorised", {"number": number, **fields}, config)


@app.command()
def edit(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="As it is listed.")],
    *,
    renumber: Annotated[str | None, typer.Option("--number", help="New number.")] = None,
    user: Annotated[str | None, typer.Option(help="Name or internal number.")] = None,
    shown: Shown = None,
    schedule: Schedule = None,
    seen: entries.Seen = None,
    config: ConfigFile = None,
) -> None:
    """Change an authorised number; an empty value takes something away."""
    fields = {"number": renumber, **_fields(user, shown, schedule, config)}
    tell_cost(renumber, config)
    entries.edited("authorised", number, fields, config, seen)


@app.command()
def pin(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="As it is listed.")],
    *,
    generated: Generated = False,
    take_away: TakeAway = False,
    config: ConfigFile = None,
) -> None:
    """Give a number a PIN, without which nothing is ordered from it; it is asked for, unseen."""
    set_pin("authorised", number, config, generated=generated, take_away=take_away)


@app.command()
def instruct(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="As it is listed.")],
    config: ConfigFile = None,
) -> None:
    """Send a text there that says how calls are ordered by text; without the PIN."""
    settings = settings_of(config)
    with entries.read(settings) as db:
        there = load(db).exchange
    found = editing.existing(there, "authorised", number)
    assert isinstance(found, Authorised)
    user = there.find("users", found.user)
    language = user.language if isinstance(user, User) else "pl"
    templates = Templates(composed().texts, settings.paths.templates)
    texts.put(settings, found.number, answer(templates, language, FORM))


def _fields(
    user: str | None, shown: str | None, schedule: str | None, config: Path | None
) -> dict[str, Any]:
    return {"user": _name(user, config), "shown": shown, "schedule": schedule}


def _name(user: str | None, config: Path | None) -> str | None:
    """Return the name of a user who is there; what is not given stays so."""
    if user is None:
        return None
    with entries.written(settings_of(config)) as db:
        return editing.existing(load(db).exchange, "users", user).key
