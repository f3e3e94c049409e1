"""Templates: the texts of letters and statements, which a manager may write anew.

A template is a file such as ``statement.pl.txt``: Jinja2, paragraphs with an empty line between
them, and for a letter ``Subject: …`` in the first line. One in the overlay counts before the one
that is shipped. Templates are run in a sandbox, and no value can become markup, a line or a header.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sipagent.errors import ConfigError
from sipagent.messages.layout import Block, printable

_SUBJECT = "Subject:"
#: Stands for a block until the text is cut into paragraphs; no value has a control character.
_SLOT = re.compile("\x00([0-9]+)\x00")


@dataclass(frozen=True, slots=True)
class Texts:
    """The templates that a domain ships.

    Args:
        folder: where they are, as ``NAME.LANGUAGE.txt``.
        values: name of a template → the values that it may use; none for one that is only a part
            of others, with their values.
        letters: names of those that are letters.
    """

    folder: Path
    values: Mapping[str, Sequence[str]]
    letters: frozenset[str]

    @property
    def files(self) -> list[str]:
        """Their names, in order."""
        return sorted(path.name for path in self.folder.glob("*.txt"))


@dataclass(frozen=True, slots=True)
class Text:
    """What a template says; ``subject`` is empty where it is no letter."""

    subject: str
    blocks: Sequence[Block]


class Templates:
    """The templates of an overlay and those that are shipped, as they are when this is made.

    Args:
        texts: what the domains ship; no two of them share a name.
        overlay: one's own.

    Raises:
        ConfigError: every mistake in them, one a line, each with its file.
    """

    def __init__(self, texts: Sequence[Texts], overlay: Path | None = None) -> None:
        self._values = {name: known for one in texts for name, known in one.values.items()}
        self._letters = frozenset(name for one in texts for name in one.letters)
        shipped = [one.folder for one in texts]
        self._folders = shipped if overlay is None else [overlay, *shipped]
        loaders = [FileSystemLoader(folder, encoding="utf-8-sig") for folder in self._folders]
        self._environment = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader(loaders),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        names = sorted(name for one in texts for name in one.files)
        mistakes = [*_strangers(overlay, names)]
        for name in names:
            mistakes += self._mistakes(name)
        if mistakes:
            raise ConfigError("\n".join(dict.fromkeys(mistakes)))

    def text(self, name: str, language: str, values: Mapping[str, str | Block]) -> Text:
        """Return what a template says with these values, all that it may use.

        Raises:
            ConfigError: it fails with them.
        """
        file = f"{name}.{language}.txt"
        try:
            return self._text(name, file, values)
        except Exception as error:  # a template may raise whatever Python knows
            raise ConfigError(self._sentence(file, error)) from error

    def _text(self, name: str, file: str, values: Mapping[str, str | Block]) -> Text:
        slots: list[Block] = []
        known = {key: _shown(value, slots) for key, value in values.items()}
        written = self._environment.get_template(file).render(known).strip()
        subject = ""
        if name in self._letters:
            first, _, written = written.partition("\n")
            subject = first.removeprefix(_SUBJECT).strip()
        return Text(subject, list(_paragraphs(written, slots)))

    def _mistakes(self, file: str) -> Iterator[str]:
        """Yield what is wrong with a template, tried with all of its values and with none."""
        name = file.partition(".")[0]
        for filled in ("x", "") if self._values[name] else ():
            values = dict.fromkeys(self._values[name], filled)
            try:
                written = self._environment.get_template(file).render(values)
            except Exception as error:  # a template may raise whatever Python knows
                yield self._sentence(file, error)
                continue
            if name in self._letters and not written.lstrip().startswith(_SUBJECT):
                yield f"{self._path(file)}:1: a letter begins with a line '{_SUBJECT} …'"

    def _sentence(self, file: str, error: Exception) -> str:
        """Return a mistake with its file and, where it is known, the line."""
        if isinstance(error, TemplateSyntaxError):
            return f"{self._path(error.name or file)}:{error.lineno}: {error.message}"
        known = ", ".join(self._values[file.partition(".")[0]])
        place = _place(error) or self._path(file)
        return f"{place}: {error}; the values of {file} are: {known}"

    def _path(self, file: str) -> Path:
        """Return where a template comes from."""
        return next(path for folder in self._folders if (path := folder / file).exists())


def _strangers(overlay: Path | None, names: Sequence[str]) -> Iterator[str]:
    """Yield the files of an overlay that nothing would ever read, but those of an editor."""
    for path in sorted(overlay.glob("[!.]*")) if overlay is not None else ():
        if path.name not in names and not path.name.endswith("~"):
            near = get_close_matches(path.name, names, n=1)
            advice = f"is it {near[0]}?" if near else f"there are {', '.join(names)}"
            yield f"{path}: is no template of a letter or statement; {advice}"


def _place(error: Exception) -> str:
    """Return the template's file and line in which an error was raised, empty where it was not."""
    found, trace = "", error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.endswith(".txt"):
            found = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def _shown(value: str | Block, slots: list[Block]) -> str:
    """Return a value as it stands in a text: one line, or the place of a block."""
    if isinstance(value, str):
        return " ".join(printable(value).splitlines())
    slots.append(value)
    return f"\x00{len(slots) - 1}\x00"


def _paragraphs(written: str, slots: Sequence[Block]) -> Iterator[Block]:
    for part in re.split(r"\n[ \t]*\n", written):
        text = "\n".join(line.strip() for line in part.strip().splitlines())
        for number, piece in enumerate(_SLOT.split(text)):
            if number % 2:
                yield slots[int(piece)]
            elif piece.strip():
                yield piece.strip()
