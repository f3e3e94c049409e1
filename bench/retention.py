"""How long a wrong login waits for the database while many old calls are deleted.

    .venv/bin/python -m bench.retention [--calls 500000] [--events 10]

The database is made in a temporary folder. A login counts from ``Login.check`` to its verdict; a
wrong one is written down, and so needs the database for itself.
"""

import argparse
import asyncio
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sipagent import retention
from sipagent.config import Config, LoginSection, PathsSection, RetentionSection
from sipagent.domains import composed
from sipagent.infoline.login import Login
from sipagent.infoline.schema import infoline
from sipagent.messages.schema import messages
from sipagent.records.schema import records
from sipagent.store.database import open_database
from sipagent.store.store import Store
from sipagent.threads import STORE

#: Seconds between two logins.
PAUSE = 0.05


def fill(path: Path, calls: int, events: int) -> None:
    open_database(path, [records, infoline]).close()
    with sqlite3.connect(path) as db:
        db.executemany(
            "INSERT INTO calls (id, sip_id, started, ended, asserted, called, scenario) "
            "VALUES (?, '', '2020-01-01', '2020-01-01', 0, '+48221234567', 'infolinia')",
            ((f"{number:020}",) for number in range(calls)),
        )
        db.executemany(
            "INSERT INTO call_events VALUES (?, ?, 1000, 'prompt', ?)",
            (
                (f"{number:020}", seq, '{"key": "menu.intro", "text": "Saldo: jeden."}')
                for number in range(calls)
                for seq in range(events)
            ),
        )


async def measure(path: Path) -> None:
    domains = composed()
    store = Store(path, [records, *domains.migrations, messages])
    login = Login(store.blocking, LoginSection())
    config = Config(
        paths=PathsSection(database=path, recordings=path.parent, outbox=path.parent / "outbox"),
        retention=RetentionSection(calls=30),
    )
    waits: list[float] = []
    began = time.perf_counter()
    deleting = asyncio.create_task(
        retention.run(store.blocking, config, domains, datetime.now(UTC))
    )
    while not deleting.done():
        asked = time.perf_counter()
        await STORE.run(login.check, "999999", f"+48600{len(waits):06}", now=datetime.now(UTC))
        waits.append(time.perf_counter() - asked)
        await asyncio.sleep(PAUSE)
    deleted = (await deleting)["calls"]
    await store.close()
    waits.sort()
    print(f"{deleted} calls deleted in {time.perf_counter() - began:.0f} s; {len(waits)} logins:")
    for name, share in (("p50", 0.5), ("p99", 0.99), ("worst", 1.0)):
        print(f"  {name:6} {1000 * waits[min(int(share * len(waits)), len(waits) - 1)]:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500_000)
    parser.add_argument("--events", type=int, default=10)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.db"
        fill(path, wanted.calls, wanted.events)
        asyncio.run(measure(path))


if __name__ == "__main__":
    main()
