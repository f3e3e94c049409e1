"""What is wrong in the files of an import: all of it is told, or the rows are left out."""

from dataclasses import dataclass
from typing import Protocol

from sipagent.errors import DataError

MOST_MISTAKES = 50


class Source(Protocol):
    """A file that rows come from."""

    def sentence(self, place: int | str, column: str | None, text: str) -> str:
        """Return a mistake with file, line and column; ``place`` is what the row came with."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was left out: where it stands, what is wrong, and in which column."""

    source: Source
    kind: str
    place: int | str
    column: str | None
    reason: str


class Mistakes:
    """Collects sentences; ``raise_any`` ends an import that has some.

    With ``skip`` a mistake of a row refuses the row; other mistakes still end the import.
    """

    def __init__(self, *, skip: bool = False) -> None:
        self.skip = skip
        self.refusals: list[Refusal] = []
        self._sentences: list[str] = []

    def of_row(
        self, source: Source, kind: str, place: int | str, column: str | None, text: str
    ) -> None:
        """Take a mistake of one row.

        Raises:
            DataError: it is one too many.
        """
        if self.skip:
            self.refusals.append(Refusal(source, kind, place, column, text))
        else:
            self.add(source.sentence(place, column, text))

    def add(self, sentence: str) -> None:
        """Take a sentence that starts with file and line.

        Raises:
            DataError: it is one too many.
        """
        # A file may hold anything; a terminal must not obey it.
        self._sentences.append("".join(c if c.isprintable() else ascii(c)[1:-1] for c in sentence))
        if len(self._sentences) >= MOST_MISTAKES:
            self._give_up(f"stopped after {MOST_MISTAKES} mistakes")

    def raise_any(self) -> None:
        """End the import if anything is wrong.

        Raises:
            DataError: one line a mistake.
        """
        if self._sentences:
            count = len(self._sentences)
            self._give_up("1 mistake" if count == 1 else f"{count} mistakes")

    def _give_up(self, how: str) -> None:
        lines = [*self._sentences, f"nothing was imported: {how}"]
        raise DataError("\n".join(lines))
