"""Measure the directory at full size: import, nightly import, look-up of a login, and searching.

    python -m bench.owners --owners 200000

Everything happens in a temporary directory, with made-up owners.
"""

import argparse
import csv
import json
import random
import resource
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from sipagent.config import LoginSection
from sipagent.infoline.directory import Directory
from sipagent.infoline.login import Login
from sipagent.infoline.schema import infoline
from sipagent.infoline.search import Wanted, page
from sipagent.infoline.transfer.importing import import_files
from sipagent.store.data import Single
from sipagent.store.database import open_database

_CHARGES = ("Fundusz remontowy", "Zaliczka na wodę", "Centralne ogrzewanie", "Wywóz odpadów")


def main() -> None:
    """Print one JSON object with the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--owners", type=int, default=200_000)
    parser.add_argument("--lookups", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(measure(Path(name), options.owners, options.lookups), indent=2))


def measure(place: Path, owners: int, lookups: int) -> dict[str, object]:
    """Return the figures, in seconds, microseconds and megabytes as their names say."""
    files = place / "files"
    write_files(files, owners)
    path = place / "bench.db"
    db = open_database(path, [infoline])
    figures: dict[str, object] = {"owners": owners}
    figures["import_seconds"], figures["import_lock_seconds"] = _import(path, files)
    figures["same_again_seconds"], figures["same_again_lock_seconds"] = _import(path, files)
    figures["database_megabytes"] = round(path.stat().st_size / 1e6)
    figures["peak_memory_megabytes"] = round(
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    )
    directory = Directory(db)
    logins = [str(100_000 + random.randrange(owners)) for _ in range(lookups)]
    figures["find"] = _spread(directory.find, logins)
    figures["accounts_and_charges"] = _spread(lambda login: _figures(directory, login), logins)
    login = Login(Single(db), LoginSection())
    now = datetime.now(UTC)
    figures["login_accepted"] = _spread(lambda it: login.check(it, _phone(it), now=now), logins)
    figures["login_unknown"] = _spread(
        lambda it: login.check(f"9{it}", f"+486{it}99", now=now), logins[:5000]
    )
    figures["login_wrong_number"] = _spread(
        lambda it: login.check(it, f"+487{it}98", now=now), logins[:5000]
    )
    last = str(100_000 + owners - 1)
    texts = ("", "wlasciciel", f"wlasciciel {last}", f"lokal {last}", last, _phone(last), "nikt")
    for manager in (None, 1):
        for text in (*texts, f"w{last}@example.org"):
            begun = time.process_time()
            page(db, Wanted(text, manager), 50)
            took = round(1000 * (time.process_time() - begun), 1)
            figures[f"search_{'all' if manager is None else 'own'}_milliseconds {text}"] = took
    db.close()
    return figures


def write_files(place: Path, owners: int) -> None:
    """Write CSV files with 2 accounts, 1.2 premises and 4 charges a premises for each owner."""
    place.mkdir()
    managers = [f"M{number}" for number in range(20)]
    _sheet(place, "managers", "manager,manager_name", ([m, f"Firma {m}"] for m in managers))
    _sheet(
        place,
        "estates",
        "manager,estate,estate_name",
        ([m, f"E{n}", f"Osiedle {n}"] for m in managers for n in range(100)),
    )
    logins = range(100_000, 100_000 + owners)
    _sheet(
        place,
        "owners",
        "manager,estate,login,owner_name,phones,emails",
        (
            [f"M{n % 20}", f"E{n % 97}", n, f"Właściciel {n}", _written(n), f"w{n}@example.org"]
            for n in logins
        ),
    )
    homes = [(n, f"L{k}") for n in logins for k in range(2 if n % 5 == 0 else 1)]
    _sheet(
        place,
        "premises",
        "login,premises,premises_name",
        ([n, home, f"Lokal {n} {home}"] for n, home in homes),
    )
    _sheet(
        place,
        "accounts",
        "login,account,account_name,balance,balance_date",
        (
            [n, code, f"Konto {code}", f"{(n * 37) % 200000 / 100 - 900:.2f}", "31.08.2026"]
            for n in logins
            for code in ("eksploatacja", "remonty")
        ),
    )
    _sheet(
        place,
        "charges",
        "login,premises,charge,amount,valid_from",
        (
            [n, home, charge, f"{(n * 7) % 50000 / 100:.2f}".replace(".", ","), "2026-01-01"]
            for n, home in homes
            for charge in _CHARGES
        ),
    )


def _sheet(place: Path, name: str, header: str, rows: Iterator[list[object]]) -> None:
    with open(place / f"{name}.csv", "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header.split(","))
        writer.writerows(rows)


def _written(number: int) -> str:
    digits = _phone(str(number))[3:]
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def _phone(login: str) -> str:
    return f"+48600{login[-6:]}"


def _import(path: Path, files: Path) -> tuple[float, float]:
    """Return how long an import takes, and the longest time that another writer waited."""
    done, waits = threading.Event(), [0.0]
    other = threading.Thread(target=_knock, args=(path, done, waits))
    other.start()
    start = time.perf_counter()
    db = open_database(path, [infoline])
    import_files(db, [files])
    db.close()
    seconds = time.perf_counter() - start
    done.set()
    other.join()
    return round(seconds, 1), round(max(waits), 2)


def _knock(path: Path, done: threading.Event, waits: list[float]) -> None:
    connection = sqlite3.connect(path, timeout=120, isolation_level=None)
    while not done.wait(0.05):
        start = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        waits.append(time.perf_counter() - start)
    connection.close()


def _figures(directory: Directory, login: str) -> None:
    owner = directory.find(login)
    if owner is not None:
        directory.accounts(owner.id)
        directory.charges(owner.id)


def _spread(work: Callable[[str], object], logins: list[str]) -> dict[str, float]:
    times = []
    for login in logins:
        start = time.perf_counter()
        work(login)
        times.append((time.perf_counter() - start) * 1e6)
    times.sort()
    return {
        "p50_microseconds": round(times[len(times) // 2], 1),
        "p99_microseconds": round(times[len(times) * 99 // 100], 1),
        "longest_microseconds": round(times[-1], 1),
    }


if __name__ == "__main__":
    main()
