"""Files with personal data: readable by nobody else."""

import os
from pathlib import Path
from typing import TextIO


def create(path: Path, encoding: str = "utf-8") -> TextIO:
    """Return a new file, or an old one emptied, to write text into; its folder is made.

    Raises:
        OSError: it cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return open(descriptor, "w", encoding=encoding, newline="")
