"""``sipagent users``: the people of the exchange."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from sipagent.cli.costs import tell_cost
from sipagent.cli.entry_pins import Generated, TakeAway, set_pin
from sipagent.cli.exchange_entries import Seen, added, edited, group, read, words, written
from sipagent.cli.settings import ConfigFile, settings_of, write_file
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.exchange import lists, user_list
from sipagent.exchange.entry import Entry
from sipagent.exchange.reading import Stored, load
from sipagent.money import amount


def _beside(stored: Stored, entry: Entry, settings: Config) -> Mapping[str, Any]:
    phones = [one.account for one in stored.exchange.phones if one.user == entry.key]
    return {"phones": phones, "pin": entry.has_secret}


app = group(
    "users",
    "Users: people with an internal number.",
    {"Number": "number", "Name": "name", "Mobile": "mobile", "E-mail": "email", "Phones": "phones"},
    beside=_beside,
)

Email = Annotated[str | None, typer.Option(help="Their e-mail address.")]
Mobile = Annotated[str | None, typer.Option(help="Their mobile's number.")]
Role = Annotated[str | None, typer.Option(help="user or administrator.")]
Rights = Annotated[
    str | None,
    typer.Option(
        help="What they may call, with commas: internal, mobile, national, international, premium, "
        "prefixes such as +49; listen, to listen in on calls; and record, to record by a key."
    ),
]
Shown = Annotated[
    str | None, typer.Option(help="Number that others see; without it: the main one.")
]
Language = Annotated[str | None, typer.Option(help="pl or en.")]
DailyMinutes = Annotated[
    str | None, typer.Option(help="Minutes of calls over the trunks in a day; empty: as usual.")
]
DailyInternational = Annotated[
    str | None, typer.Option(help="Minutes of those abroad and to dear numbers; empty: as usual.")
]
DailyAmount = Annotated[
    str | None, typer.Option(help="What they may cost in a day, in zlotys without VAT.")
]
CallsAtOnce = Annotated[
    str | None, typer.Option(help="Calls over the trunks at the same time; empty: as usual.")
]
Recorded = Annotated[
    str | None,
    typer.Option(help="Whether their conversations are recorded: no, announced or unannounced."),
]
ListeningTone = Annotated[
    bool | None,
    typer.Option(
        "--listening-tone/--no-listening-tone",
        help="Whether they hear a tone while somebody listens in on them.",
    ),
]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Such as 'Anna Nowak'.")],
    *,
    number: Annotated[str, typer.Option(help="Internal number, 2 to 6 digits.")],
    email: Email = None,
    mobile: Mobile = None,
    role: Role = None,
    rights: Rights = None,
    shown: Shown = None,
    language: Language = None,
    daily_minutes: DailyMinutes = None,
    daily_international: DailyInternational = None,
    daily_amount: DailyAmount = None,
    calls_at_once: CallsAtOnce = None,
    recorded: Recorded = None,
    listening_tone: ListeningTone = None,
    config: ConfigFile = None,
) -> None:
    """Add a person."""
    fields = {
        "name": name,
        "number": number,
        "email": email,
        "mobile": mobile,
        "role": role,
        "rights": words(rights),
        "shown": shown,
        "language": language,
        "daily_minutes": daily_minutes,
        "daily_international": daily_international,
        "daily_amount": _amount(daily_amount),
        "calls_at_once": calls_at_once,
        "recorded": recorded,
        "listening_tone": listening_tone,
    }
    tell_cost(mobile, config)
    added("users", fields, config)


@app.command()
def edit(
    user: Annotated[str, typer.Argument(metavar="USER", help="Name or internal number.")],
    *,
    name: Annotated[str | None, typer.Option(help="New name.")] = None,
    number: Annotated[str | None, typer.Option(help="New internal number.")] = None,
    email: Email = None,
    mobile: Mobile = None,
    role: Role = None,
    rights: Rights = None,
    shown: Shown = None,
    language: Language = None,
    daily_minutes: DailyMinutes = None,
    daily_international: DailyInternational = None,
    daily_amount: DailyAmount = None,
    calls_at_once: CallsAtOnce = None,
    recorded: Recorded = None,
    listening_tone: ListeningTone = None,
    seen: Seen = None,
    config: ConfigFile = None,
) -> None:
    """Change a person; an empty value takes something away."""
    fields = {
        "name": name,
        "number": number,
        "email": email,
        "mobile": mobile,
        "role": role,
        "rights": words(rights),
        "shown": shown,
        "language": language,
        "daily_minutes": daily_minutes,
        "daily_international": daily_international,
        "daily_amount": _amount(daily_amount),
        "calls_at_once": calls_at_once,
        "recorded": recorded,
        "listening_tone": listening_tone,
    }
    tell_cost(mobile, config)
    edited("users", user, fields, config, seen)


@app.command()
def pin(
    user: Annotated[str, typer.Argument(metavar="USER", help="Name or internal number.")],
    *,
    generated: Generated = False,
    take_away: TakeAway = False,
    config: ConfigFile = None,
) -> None:
    """Give a person a PIN, with which they listen in; it is asked for, unseen."""
    set_pin("users", user, config, generated=generated, take_away=take_away)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write, such as users.csv.")],
    config: ConfigFile = None,
) -> None:
    """Write all people into a CSV file, which only you can read."""
    with read(settings_of(config)) as db:
        text = user_list.written(load(db).exchange)
    write_file(file, text.encode(), private=True)
    typer.echo(file)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV: name, number, and the other columns.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, but change nothing.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Add the people of a list, and change those who are there: all of them, or nobody.

    Who is not in the list stays. What a missing column says stays as it is.
    """
    settings, text = settings_of(config), lists.text_of(file)
    with written(settings) as db:
        country = settings.line.country
        found = user_list.take(db, text, str(file), dry_run=dry_run, country=country)
    for change in found:
        typer.echo(f"{change.what:<8} {change}")
    typer.echo(f"{len(found)} {'would change' if dry_run else 'changed'}")


def _amount(text: str | None) -> str | None:
    """Return grosze for zlotys; nothing stays nothing, and empty stays empty."""
    try:
        return str(amount(text)) if text else text
    except ValueError as error:
        raise DataError(f"--daily-amount: {error}") from None
