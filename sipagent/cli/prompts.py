"""``sipagent prompts``: what callers hear, and what of it is one's own."""

from pathlib import Path
from typing import Annotated

import typer

from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.speech.catalogue import Catalogue, written

app = typer.Typer(help="Prompts: what callers hear.", no_args_is_help=True)


@app.command()
def diff(
    language: Annotated[str, typer.Option(help="Only this language, such as pl.")] = "",
    config: ConfigFile = None,
) -> None:
    """Show where prompts of your own differ from those shipped, and which are only yours."""
    paths = settings_of(config).paths
    Catalogue.load(*paths.all_prompts)  # mistakes are told before differences
    shipped, own = (_texts(path, language) for path in paths.all_prompts)
    console = Terminal(lines=True)
    for place, text in own.items():
        there = shipped.get(place)
        name = "  ".join(place)
        if there == text:
            console.print(f"= {name}: the same as shipped; it may go")
        else:
            console.print(f"{'~' if there else '+'} {name}")
            for mark, words in (("-", there), ("+", text)):
                if words is not None:
                    console.print(f"    {mark} {words}")
    if not own:
        console.print(f"no prompts of your own; they would be in {paths.all_prompts[-1]}")


def _texts(directory: Path, language: str) -> dict[tuple[str, str], str]:
    """Return what the files of a directory say, by language and key."""
    return {
        (file.stem, key): text
        for file in sorted(directory.glob(f"{language or '*'}.toml"))
        for key, text in written(file).items()
    }
