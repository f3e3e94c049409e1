"""Measure how long a statement takes, and how large it is.

    python -m bench.statement

Figures are milliseconds, for one premises with eight charges and a logo unless they say otherwise;
``first`` is the first statement of a process, when fonts and their code are not in memory yet.
"""

import argparse
import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from sipagent.infoline.writing.statement import (
    AccountLine,
    ChargeLine,
    PremisesPart,
    Statement,
    render,
)

_DAY = date(2026, 8, 31)
_CHARGES = (
    ("Zaliczka na koszty zarządu nieruchomością wspólną", 18_650),
    ("Fundusz remontowy", 9_800),
    ("Centralne ogrzewanie", 21_435),
    ("Zimna woda i odprowadzenie ścieków", 9_672),
    ("Podgrzanie wody użytkowej", 7_840),
    ("Gospodarowanie odpadami komunalnymi", 12_800),
    ("Energia elektryczna części wspólnych", 1_250),
    ("Legalizacja wodomierzy", 430),
)


def main() -> None:
    """Print one JSON object with the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        print(json.dumps(measure(Path(name), options.times), indent=2))


def measure(place: Path, times: int) -> dict[str, object]:
    """Return the figures."""
    logo = place / "logo.png"
    picture = Image.linear_gradient("L").resize((640, 200)).convert("RGB")
    picture.save(logo)
    photo = place / "logo.jpeg"
    Image.effect_noise((3000, 1000), 90).save(photo)
    usual = sample(logo)
    start = time.perf_counter()
    size = len(render(usual))
    first = time.perf_counter() - start
    many = replace(usual, premises=usual.premises * 12)
    return {
        "first": round(first * 1e3, 1),
        "usual": _spread(usual, times),
        "photo_as_logo": _spread(replace(usual, logo=photo), times),
        "without_logo": _spread(replace(usual, logo=None), times),
        "twelve_premises": _spread(many, max(times // 5, 1)),
        "kilobytes": round(size / 1024, 1),
        "kilobytes_without_logo": round(len(render(replace(usual, logo=None))) / 1024, 1),
    }


def sample(logo: Path) -> Statement:
    """Return a usual statement."""
    charges = tuple(ChargeLine(name, amount, _DAY) for name, amount in _CHARGES)
    return Statement(
        manager="Zarząd Nieruchomości „Złota Jesień” sp. z o.o.",
        logo=logo,
        estate="Wspólnota Mieszkaniowa Źródlana 12",
        owner="Grażyna Śćibór-Żółkiewska",
        login="100200",
        accounts=(
            AccountLine("Opłaty eksploatacyjne", -123_456, _DAY),
            AccountLine("Fundusz remontowy", 4_520, _DAY),
        ),
        premises=(PremisesPart("Lokal 14", "ul. Źródlana 12 m. 14", charges),),
        made=datetime(2026, 11, 23, 13, 5, tzinfo=UTC),
    )


def _spread(statement: Statement, times: int) -> dict[str, float]:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        render(statement)
        taken.append((time.perf_counter() - start) * 1e3)
    taken.sort()
    return {
        "p50": round(taken[len(taken) // 2], 1),
        "p99": round(taken[len(taken) * 99 // 100], 1),
    }


if __name__ == "__main__":
    main()
