"""Mistakes in files: all of them are told, up to a number that somebody still reads."""

from sipagent.errors import DataError

MOST_MISTAKES = 50


class Mistakes:
    """Collects sentences; ``raise_any`` ends an import that has some."""

    def __init__(self) -> None:
        self._sentences: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._sentences)

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
