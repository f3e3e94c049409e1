"""Phones that are registered and say nothing: three misses pause one, and somebody is told."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sipagent.exchange import editing
from sipagent.exchange.bindings import StoredBindings
from sipagent.exchange.queues.schema import queues
from sipagent.exchange.reaching.schema import reaching
from sipagent.exchange.reaching.silence import MISSES, PAUSE, Silence, silent
from sipagent.exchange.schema import exchange
from sipagent.store.store import Store
from sipagent.telephony.accounts import Binding
from sipagent.telephony.fake_phones import Callee
from sipagent.telephony.party import Party
from tests.exchange.exchanges import firm
from tests.exchange.house import ANNAS, CONTACTS, EWAS, House
from tests.exchange.test_calls import from_outside
from tests.simulated import simulated

pytestmark = pytest.mark.unit

DEAD, LIVING = Party(extension="101", contact=ANNAS), Party(extension="103", contact=EWAS)


@simulated
async def test_three_misses_pause_a_phone() -> None:
    """Three misses pause it and tell somebody; a phone that answers begins anew."""
    silence = Silence()
    for _ in range(MISSES - 1):
        silence.take({DEAD: False, LIVING: True}, CONTACTS)
    silence.take({DEAD: True}, CONTACTS)
    for _ in range(MISSES):
        assert silence.speaking("101-1", [ANNAS]) == [ANNAS]
        silence.take({DEAD: False}, CONTACTS)
    assert silence.speaking("101-1", [ANNAS, "sip:other@192.0.2.9"]) == ["sip:other@192.0.2.9"]
    assert silence.speaking("103-1", [EWAS]) == [EWAS]
    await asyncio.sleep(PAUSE)
    assert silence.speaking("101-1", [ANNAS]) == [ANNAS], "it is tried again"
    silence.take({DEAD: False}, CONTACTS)
    assert silence.speaking("101-1", [ANNAS]) == []
    silence.registered("101-1")
    assert silence.speaking("101-1", [ANNAS]) == [ANNAS]


@simulated
async def test_a_phone_that_is_dead_is_called_three_times_and_no_more(tmp_path: Path) -> None:
    house = House({ANNAS: Callee(dead=True), EWAS: Callee(after=5, talks=1)})
    for _ in range(MISSES + 2):
        await house.take(from_outside(), tmp_path)
    assert [leg.called for leg in house.phones.legs].count("101") == MISSES


@simulated
async def test_who_answers_before_that_is_known_counts_for_nobody(tmp_path: Path) -> None:
    house = House({ANNAS: Callee(dead=True), EWAS: Callee(after=1, talks=1)})
    for _ in range(MISSES + 2):
        await house.take(from_outside(), tmp_path)
    assert [leg.called for leg in house.phones.legs].count("101") == MISSES + 2


async def test_others_read_of_a_phone_that_is_silent_until_it_registers(tmp_path: Path) -> None:
    async with Store(tmp_path / "line.db", [exchange, reaching, queues]) as store:
        await store.write(lambda db: editing.replace(db, firm()))
        silence = Silence(store)
        bindings = StoredBindings(store, silence.registered)
        until = datetime.now(UTC) + timedelta(hours=1)
        binding = Binding("101-1", ANNAS, until, "a@b", 1, "192.0.2.101:5060", "UDP", (), "", "")
        bindings.put(binding)
        silence.begin()
        for _ in range(MISSES + 1):
            silence.take({DEAD: False}, CONTACTS)
        await store.written()
        found = await store.read(silent)
        assert [(account, name) for account, name, _ in found] == [("101-1", "Anna Nowak")]
        bindings.put(binding)
        await store.written()
        assert await store.read(silent) == []
