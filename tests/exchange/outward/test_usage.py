"""What users have called today is known after a restart."""

from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sipagent.exchange import editing
from sipagent.exchange.outward.limits import Used
from sipagent.exchange.outward.schema import outward
from sipagent.exchange.outward.usage import StoredUsage, delete_usage, used_on
from sipagent.exchange.schema import exchange
from sipagent.store.database import open_database
from sipagent.store.store import Store
from tests.exchange.exchanges import firm

pytestmark = pytest.mark.unit

DAY, NEXT = date(2026, 11, 26), date(2026, 11, 27)


async def test_it_is_added_up_by_day_and_outlives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "line.db"
    async with Store(path, [exchange, outward]) as store:
        await store.write(lambda db: editing.replace(db, firm()))
        kept = StoredUsage(store)
        for used in (Used(1000, 0, 5), Used(2000, 2000, 7)):
            kept.add("Anna Nowak", DAY, used)
        kept.add("Nobody", DAY, Used(1, 1, 1))
        await store.written()
    async with Store(path, [exchange, outward]) as store:
        kept = StoredUsage(store)
        assert await kept.load("Anna Nowak", DAY) == Used(3000, 2000, 12)
        assert await kept.load("Anna Nowak", NEXT) == Used()
        assert await kept.load("Jan Kowal", DAY) == Used()


async def test_it_goes_on_under_another_name_and_goes_with_its_user(tmp_path: Path) -> None:
    path = tmp_path / "line.db"
    async with Store(path, [exchange, outward]) as store:
        await store.write(lambda db: editing.replace(db, firm()))
        StoredUsage(store).add("Jan Kowal", DAY, Used(1000, 0, 5))
        await store.written()
    with closing(open_database(path, [exchange, outward])) as db:
        editing.edit(db, "users", "Jan Kowal", {"name": "Jan Kowalski"})
        assert used_on(db, "Jan Kowalski", DAY) == Used(1000, 0, 5)
        editing.edit(db, "groups", "Biuro", {"members": ["user:Anna Nowak"]})
        editing.remove(db, "users", "Jan Kowalski")
        assert db["outward_usage"].count == 0


async def test_what_is_old_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "line.db"
    async with Store(path, [exchange, outward]) as store:
        await store.write(lambda db: editing.replace(db, firm()))
        for day in (DAY, NEXT):
            StoredUsage(store).add("Jan Kowal", day, Used(1000, 0, 5))
        await store.written()
    with closing(open_database(path, [exchange, outward])) as db:
        midnight = datetime(2026, 11, 27, tzinfo=UTC)
        assert delete_usage(db, midnight, None) == 1
        assert delete_usage(db, midnight, 10) == 1
        assert used_on(db, "Jan Kowal", NEXT) == Used(1000, 0, 5)
