"""What README and the manual tell a newcomer to type exists."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from sipagent import config
from sipagent.cli.main import app

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "data/sample/README.md",
]

#: A command line in an indented block, or in `code` within a sentence.
COMMANDS = re.compile(r"(?:^ {4,}(?:\$ )?|`)(sipagent (?:[^`\n\\]|\\\n)+)", re.MULTILINE)
FILES = re.compile(r"`((?:\./)?(?:scripts|docs|data|voices|bench|sipagent)/[\w./-]+)`")


def commands() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for match in COMMANDS.finditer(page.read_text("utf-8")):
            yield page, match[1].replace("\\\n", " ").strip()


def words_of(line: str) -> list[list[str]]:
    """Return the words of a command; of each, where it is `sipagent voices list|install|try`."""
    words = shlex.split(re.split(r"…|\s#\s", line, maxsplit=1)[0])[1:]
    for place, word in enumerate(words[:2]):
        if "|" in word:
            return [[*words[:place], one, *words[place + 1 :]] for one in word.split("|")]
    return [words]


def cases() -> list[tuple[str, list[str]]]:
    found = ((page, words) for page, line in commands() for words in words_of(line))
    unique = {(page.relative_to(ROOT).as_posix(), tuple(words)) for page, words in found}
    return [(page, list(words)) for page, words in sorted(unique)]


def test_the_manual_names_commands() -> None:
    assert len(cases()) > 20


@pytest.mark.parametrize(("page", "words"), cases())
def test_a_command_is_known_with_its_options(page: str, words: list[str]) -> None:
    command = typer.main.get_command(app)
    names: list[str] = []
    while hasattr(command, "commands"):
        name = words[len(names)].rstrip(",") if len(words) > len(names) else ""
        if name not in command.commands and (default := getattr(command, "default", "")):
            command = command.commands[default]
            break
        if name not in command.commands:
            assert names, f"{page}: sipagent {name} does not exist"
            break  # a group as a whole
        names.append(name)
        command = command.commands[name]
    known = {option for parameter in command.params for option in parameter.opts}
    known |= {option for parameter in command.params for option in parameter.secondary_opts}
    asked = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert asked <= known | {"--help"}, f"{page}: sipagent {' '.join(words)}"


def test_the_table_of_commands_is_complete() -> None:
    table = (ROOT / "README.md").read_text("utf-8")
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        row = next((line for line in table.splitlines() if f"| `sipagent {name}" in line), "")
        assert row, f"README.md does not name sipagent {name}"
        for part in getattr(command, "commands", {}):
            assert f" {part}`" in row or f"`{part}`" in row, f"README.md: sipagent {name} {part}"


@pytest.mark.parametrize("name", ["run", "check", "simulate", "phone", "say", "owners", "calls"])
def test_help(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0
    assert "Usage" in shown.output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_that_are_named_exist(page: Path) -> None:
    made = ("data/demo", "data/cache", "data/sipagent.db")
    for match in FILES.finditer(page.read_text("utf-8")):
        if not match[1].startswith(made):
            assert (ROOT / match[1]).exists(), f"{page}: {match[1]}"


def test_what_is_typed_into_linphone_is_an_owner_of_the_sample() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    login = re.search(r"type `(\d+)#`", readme)
    number = re.search(r"`sip:(\+\d+)@", readme)
    assert login
    assert number
    sample = (ROOT / "data/sample/README.md").read_text("utf-8").splitlines()
    row = next(line for line in sample if line.startswith(f"| {login[1]} |"))
    assert number[1] in row.replace(" ", "")


def test_the_port_is_the_default() -> None:
    port = config.Config().sip.port
    assert f"`sip:127.0.0.1:{port}`" in (ROOT / "README.md").read_text("utf-8")
