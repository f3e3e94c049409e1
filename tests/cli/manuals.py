"""The commands of the manuals, and how they are typed."""

import itertools
import shlex
from pathlib import Path

from typer.testing import CliRunner

from sipagent.cli.main import app

ROOT = Path(__file__).parents[2]


def commands(manual: str) -> list[list[str]]:
    """Return the commands of a manual, without what the shell does with them."""
    text = (ROOT / "docs" / manual).read_text("utf-8").replace("\\\n", " ")
    lines = [line.split(" > ")[0] for line in text.splitlines() if line.startswith("    sipagent ")]
    return [shlex.split(line, comments=True)[1:] for line in lines]


def example(manual: str, before: str) -> str:
    """Return the indented block of a manual that follows a line, up to what is typed."""
    after = (ROOT / "docs" / manual).read_text("utf-8").split(f"{before}\n\n", 1)[1]
    block = itertools.takewhile(lambda line: line[:4].isspace() or not line, after.splitlines())
    text = "".join(f"{line[4:]}\n" for line in block).partition("\nsipagent ")[0]
    return text.rstrip() + "\n"


def run(words: list[str], typed: str | None = None) -> str:
    """Type a command, and what it asks for; return what it prints."""
    done = CliRunner().invoke(app, words, input=typed)
    assert done.exit_code == 0, (words, done.exception)
    return done.output
