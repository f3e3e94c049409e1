"""What commands print on: data stays as it is, whatever rich would make of it."""

from rich.console import Console

#: Columns of a list that goes into a file or another program.
_WIDE = 200


class Terminal(Console):
    """A console on which neither ``:name:`` nor ``[name]`` means anything.

    Args:
        stderr: print to standard error.
        lines: print sentences, each of which is one line, however narrow the terminal is; else
            tables, which fit into it.
    """

    def __init__(self, *, stderr: bool = False, lines: bool = False) -> None:
        super().__init__(stderr=stderr, emoji=False, markup=False, highlight=False, soft_wrap=lines)
        if not lines and not self.is_terminal:
            self.width = _WIDE
