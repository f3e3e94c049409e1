"""Rows that an import left out, as a CSV file for whoever mends them."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from sipagent.infoline.transfer.mistakes import Refusal
from sipagent.infoline.transfer.private import create
from sipagent.infoline.transfer.table import TableFile

_HEADER = ("file", "line", "column", "reason", "row")


def write_refusals(path: Path, refusals: Sequence[Refusal]) -> None:
    """Write one line a mistake: where it is, what is wrong, and the row as it stands in its file.

    The file opens in a Polish Excel as it is: UTF-8 with its mark, and semicolons.

    Raises:
        OSError: it cannot be written.
    """
    by_file: dict[TableFile, list[Refusal]] = defaultdict(list)
    for refusal in refusals:
        if isinstance(refusal.source, TableFile):
            by_file[refusal.source].append(refusal)
    with create(path, "utf-8-sig") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(_HEADER)
        for file, found in by_file.items():
            rows = dict(file.originals({refusal.place for refusal in found}))
            for one in found:
                cells = (one.column or "", one.reason, *rows.get(one.place, ()))
                writer.writerow((file.path, one.place, *cells))
