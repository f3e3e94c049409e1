"""Where in a JSON text a value stands: asked only when there is a mistake to tell."""

import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


def line_of(text: str, spot: str) -> int:
    """Return the 1-based line of the value at ``managers[0].name``, or of what is around it."""
    wanted = [match[1] or int(match[2]) for match in _STEP.finditer(spot)]
    offset = _Finder(text, wanted).run()
    return text.count("\n", 0, offset) + 1


class _Finder:
    """Walks the tokens of a text with the path of the current one on a stack."""

    def __init__(self, text: str, wanted: list[str | int]) -> None:
        self._text = text
        self._wanted = wanted
        self._path: list[str | int] = []
        self._objects: list[bool] = []
        self._best = (0, 0)
        self._name = False

    def run(self) -> int:
        """Return the offset of the deepest value on the wanted path."""
        for match in _TOKEN.finditer(self._text):
            self._take(match[0], match.start())
            if self._best[0] == len(self._wanted):
                break
        return self._best[1]

    def _take(self, token: str, offset: int) -> None:
        match token:
            case "{" | "[":
                self._arrive(offset)
                self._objects.append(token == "{")
                self._path.append("" if token == "{" else 0)
                self._name = token == "{"
            case "}" | "]":
                if self._path:
                    self._path.pop()
                    self._objects.pop()
                self._name = False
            case ",":
                self._next()
            case ":":
                self._name = False
            case _ if self._name:
                self._path[-1] = token.strip('"')
                # A name stands on the line that one looks for, its value perhaps below it.
                self._arrive(offset)
            case _:
                self._arrive(offset)

    def _next(self) -> None:
        if self._path and self._objects[-1]:
            self._name = True
        elif self._path:
            self._path[-1] = int(self._path[-1]) + 1

    def _arrive(self, offset: int) -> None:
        depth = len(self._path)
        if self._best[0] < depth <= len(self._wanted) and self._path == self._wanted[:depth]:
            self._best = (depth, offset)
