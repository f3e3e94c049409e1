"""Measure the tickets of a help desk: lists, search, threads, opening; and how that grows.

    python -m bench.tickets --tickets 5000

Everything happens in a temporary directory, with made-up tickets, once with a tenth of them and
once with all; a ratio says how much more all of them take.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sipagent.store.database import open_database, writing
from sipagent.tickets.model import Asker, AskerKind, Filter, Importance, Status, Way
from sipagent.tickets.schema import tickets
from sipagent.tickets.tickets import Tickets

_WHAT = ("kran", "winda", "kaloryfer", "domofon", "brama", "oświetlenie", "czynsz", "garaż", "dach")
_WHERE = ("kuchnia", "łazienka", "piwnica", "klatka", "strych", "ogród", "piętro", "parking")
_HOW = ("cieknie", "stoi", "hałasuje", "pęka", "rdzewieje", "śmierdzi", "przecieka", "migocze")
#: How often each thing is done; the median counts.
_TIMES = 30


def main() -> None:
    """Print one JSON object with the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=5_000)
    options = parser.parse_args()
    few, many = (_measured(count) for count in (options.tickets // 10, options.tickets))
    ratios = {name: round(many[name] / few[name], 1) for name in few if few[name]}
    print(json.dumps({"tenth": few, "all": many, "ratio": ratios}, indent=2, ensure_ascii=False))


def _measured(count: int) -> dict[str, float]:
    """Return the figures for so many tickets, in milliseconds of processor time."""
    random.seed(count)
    with tempfile.TemporaryDirectory() as name:
        db = open_database(Path(name) / "bench.db", [tickets])
        kept = Tickets(db)
        with writing(db):
            for at in range(count):
                _fill(kept, at)
        numbers = [one.number for one in kept.listed(Filter(limit=_TIMES))]
        work: dict[str, Callable[[int], object]] = {
            "list, a page of 50": lambda _: kept.listed(Filter(limit=50)),
            "… of one manager, open": lambda _: kept.listed(
                Filter(manager=7, statuses=(Status.NEW, Status.WORK), limit=50)
            ),
            "… the last page": lambda _: kept.listed(Filter(before=151, limit=50)),
            "search, a common word": lambda _: kept.listed(Filter(words="cieknie", limit=50)),
            "… two words": lambda _: kept.listed(Filter(words="windą w piwnicy", limit=50)),
            "… a word of one ticket": lambda _: kept.listed(Filter(words="osobliwość", limit=50)),
            "thread of a ticket": lambda at: kept.thread(numbers[at]),
            "opening one": lambda at: _fill(kept, at),
            "answering one": lambda at: kept.answer(numbers[at], "ewa", "Będziemy jutro."),
        }
        figures = {name: _median(one) for name, one in work.items()}
        db.close()
    return figures


def _fill(kept: Tickets, at: int) -> None:
    """Open a ticket as people do, and have it answered, mostly."""
    what, where, how = (random.choice(some) for some in (_WHAT, _WHERE, _HOW))
    manager = random.choice([None, *range(10)])
    asker = Asker(AskerKind.OWNER, str(100_000 + at), f"Właściciel {at}", manager=manager)
    text = " ".join(random.choices([*_WHAT, *_WHERE, *_HOW], k=60))
    number = kept.open(
        asker,
        random.choice(list(Way)),
        f"{what} {how}, {where}",
        f"{text} osobliwość" if at == 7 else text,
        importance=random.choice(list(Importance)),
    )
    kept.note(number, "ewa", text)
    kept.answer(number, "ewa", text)
    kept.change(number, "ewa", status=random.choice([Status.NEW, Status.WORK, Status.CLOSED]))


def _median(work: Callable[[int], object]) -> float:
    took = []
    for at in range(_TIMES):
        begun = time.process_time()
        work(at)
        took.append(1000 * (time.process_time() - begun))
    return round(statistics.median(took), 2)


if __name__ == "__main__":
    main()
