"""How much of each room the tests have run through, of what coverage.py has counted.

    python -m tests.coverage_by_room

A module that stands in no room, such as ``app.py``, is shown by its own name.
"""

from collections import Counter
from pathlib import Path

from coverage import Coverage

PACKAGE = Path("sipagent")


def main() -> None:
    """Print a line for each room, and one for all of them."""
    counted = Coverage()
    counted.load()
    lines, run = Counter[str](), Counter[str]()
    for file in sorted(PACKAGE.rglob("*.py")):
        _, statements, _, missing, _ = counted.analysis2(str(file))
        for name in (file.relative_to(PACKAGE).parts[0], "all"):
            lines[name] += len(statements)
            run[name] += len(statements) - len(missing)
    for name, total in sorted(lines.items(), key=lambda item: item[0] == "all"):
        if total:
            print(f"{name:20} {total:6} statements  {run[name] / total:4.0%} run")


if __name__ == "__main__":
    main()
