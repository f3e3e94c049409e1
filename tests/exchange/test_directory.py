"""What numbers mean now, and how soon a change is known."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sipagent import tasks
from sipagent.exchange import editing
from sipagent.exchange.bindings import StoredBindings
from sipagent.exchange.directory import Directory, Snapshot
from sipagent.exchange.queues.schema import queues
from sipagent.exchange.reaching.schema import reaching
from sipagent.exchange.schema import exchange
from sipagent.exchange.values import Kind, Ref
from sipagent.store.database import open_database
from sipagent.store.store import Store
from sipagent.telephony.accounts import Account, Accounts, Binding, Bindings
from tests.exchange.exchanges import firm
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """The database of a line that runs, with the firm in it."""
    async with Store(tmp_path / "line.db", [exchange, reaching, queues]) as opened:
        await opened.write(lambda db: editing.replace(db, firm()))
        yield opened


async def read(store: Store) -> Directory:
    directory = Directory(store, "PL")
    await directory.refresh()
    return directory


async def test_internal_numbers_and_short_codes_mean_somebody(store: Store) -> None:
    fields = {"name": "Jan", "number": "600100101", "code": "*022"}
    await store.write(lambda db: editing.add(db, "outside", fields))
    directory = await read(store)
    assert directory.extension("101") == Ref(Kind.USER, "Anna Nowak")
    assert directory.extension("200") == Ref(Kind.GROUP, "Biuro")
    assert directory.extension("*022#") == directory.extension("*022") == Ref(Kind.OUTSIDE, "Jan")
    assert directory.extension("101#") is None
    assert directory.extension("") is None


@pytest.mark.parametrize("called", ["+48221000200", "48221000200", "221000200", "0048221000200"])
async def test_a_number_is_found_however_a_network_writes_it(store: Store, called: str) -> None:
    assert (await read(store)).number(called) == Ref(Kind.GROUP, "Biuro")


async def test_what_is_no_number_here_leads_nowhere(store: Store) -> None:
    directory = await read(store)
    assert directory.number("221000201") is None
    assert directory.number("'; DROP TABLE users") is None


async def test_an_account_is_found_with_what_its_phone_proves_itself_by(store: Store) -> None:
    accounts: Accounts = await read(store)
    assert accounts.find("101-1") == Account(
        "101-1", "sipagent", "0" * 32, "1" * 64, "101", "Anna Nowak"
    )
    assert accounts.find("101-2") is None


async def test_a_phone_without_password_is_no_account(store: Store) -> None:
    fields = {"account": "jan", "user": "Jan Kowal"}
    await store.write(lambda db: editing.add(db, "phones", fields))
    assert (await read(store)).find("jan") is None


async def test_a_change_of_another_program_is_known_without_a_reload(
    store: Store, tmp_path: Path
) -> None:
    directory = await read(store)
    before = directory.now
    watch = tasks.last(directory.watch, "exchange")
    try:
        with closing(open_database(tmp_path / "line.db", [exchange])) as db:
            editing.edit(db, "users", "101", {"number": "110"})
        async with asyncio.timeout(PATIENCE):
            while directory.now is before:
                await asyncio.sleep(0)
    finally:
        await watch.stop()
    assert directory.extension("110") == Ref(Kind.USER, "Anna Nowak")
    assert directory.extension("101") is None
    assert before.extension("101") == Ref(Kind.USER, "Anna Nowak"), "who had it keeps it"


async def test_a_call_knows_what_was_changed_before_it(store: Store, tmp_path: Path) -> None:
    """Nobody has to wait after a change: what follows the database may not have looked yet."""
    directory = await read(store)
    told: list[Snapshot] = []
    directory.subscribe(told.append)
    with closing(open_database(tmp_path / "line.db", [exchange])) as db:
        editing.edit(db, "users", "101", {"number": "110"})
    await asyncio.gather(directory.catch_up(), directory.catch_up())
    assert directory.extension("110") == Ref(Kind.USER, "Anna Nowak")
    assert len(told) == 1, "calls that come at once have it read once"
    before = directory.now
    await directory.catch_up()
    assert directory.now is before


async def test_a_schedule_is_asked_with_its_night(store: Store) -> None:
    now = datetime(2026, 11, 26, 9, tzinfo=UTC)
    fields = {"name": "Biuro", "hours": "mon-fri 08:00-16:00"}
    await store.write(lambda db: editing.add(db, "schedules", fields))
    directory = await read(store)
    assert directory.now.timetables["Biuro"].open_at(now, UTC)
    await store.write(lambda db: editing.set_night(db, "Biuro", now + timedelta(hours=1)))
    await directory.refresh()
    assert not directory.now.timetables["Biuro"].open_at(now, UTC)


async def test_nothing_is_read_again_while_nothing_changes(store: Store) -> None:
    directory = await read(store)
    before = directory.now
    await directory.refresh()
    assert directory.now is before


BINDING = Binding(
    account="101-1",
    contact="<sip:101-1@192.0.2.7:5066;transport=udp;app-id=org.linphone;pn-tok=" + "x" * 700 + ">",
    expires=datetime(2026, 11, 26, 7, tzinfo=UTC),
    call_id="a@192.0.2.7",
    cseq=7,
    source="198.51.100.7:5066",
    transport="udp",
    path=("<sip:proxy.example.org;lr>", "<sip:192.0.2.9;lr>"),
    instance="<urn:uuid:0>",
    user_agent="Linphone",
)


async def test_bindings_outlive_the_daemon(tmp_path: Path, store: Store) -> None:
    bindings: Bindings = StoredBindings(store)
    bindings.put(BINDING)
    await store.written()
    await store.close()
    async with Store(tmp_path / "line.db", [exchange, reaching, queues]) as again:
        assert await StoredBindings(again).load() == [BINDING]


async def test_a_binding_is_replaced_and_dropped(store: Store) -> None:
    bindings = StoredBindings(store)
    bindings.put(BINDING)
    later = replace(BINDING, cseq=8)
    bindings.put(later)
    await store.written()
    assert await bindings.load() == [later]
    bindings.drop("101-1", "<sip:somebody@else>")
    bindings.drop("101-1", BINDING.contact)
    await store.written()
    assert await bindings.load() == []


async def test_bindings_go_with_their_phone(store: Store) -> None:
    bindings = StoredBindings(store)
    bindings.put(BINDING)
    await store.written()
    await store.write(lambda db: editing.remove(db, "phones", "101-1"))
    bindings.put(BINDING)
    await store.written()
    assert await bindings.load() == []
