"""Taking somebody out of a queue, as whoever looks after it asks the running line."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sipagent.control.control import done
from sipagent.errors import DataError
from sipagent.exchange.queues.controls import controls
from sipagent.telephony.fake_phones import Callee
from tests.exchange.house import ANNAS, JANS
from tests.exchange.queues.work import ANNA, Work, caller, firm
from tests.simulated import simulated

pytestmark = pytest.mark.unit

RINGS = Callee(after=None)


async def asked(work: Work, do: str, **wanted: object) -> Any:
    return await done(controls(work.dispatcher, lambda: work.snapshot), do, wanted)


@simulated
async def test_one_who_waits_goes_on_to_somebody_else(tmp_path: Path) -> None:
    work = Work({ANNAS: RINGS, JANS: Callee(after=1, talks=30)})
    async with work.begun(tmp_path):
        call = caller()
        taking = asyncio.create_task(work.take(call, tmp_path))
        await asyncio.sleep(5)
        ((one,),) = [queue["waiting"] for queue in await asked(work, "queues.live")]
        taken = await asked(work, "queues.take-out", id=one["id"], to="102", by="Maria")
        assert taken == {"id": 1, "to": "user:Jan Kowal"}
        await asyncio.sleep(5)
        anna, *_ = work.phones.legs
        assert anna.over
        assert [leg.called for leg in call.partners] == ["102"]
        await taking
        rows = work.rows("SELECT outcome, led_on_to, round(waited) FROM queue_calls")
        assert rows == [("left", "user:Jan Kowal", 5)]
        assert work.rows("SELECT member, outcome FROM queue_offers") == [(str(ANNA), "withdrawn")]
        (event,) = [event for event in call.timeline if event.kind == "taken-out"]
        assert event.details == {"queue": "Serwis", "by": "Maria", "to": "user:Jan Kowal"}


@simulated
async def test_without_anybody_they_go_where_the_queue_leads_those_who_leave_it(
    tmp_path: Path,
) -> None:
    there = firm(leads={"left": "user:Jan Kowal"})
    work = Work({ANNAS: RINGS, JANS: Callee(after=1, talks=5)}, there=there)
    async with work.begun(tmp_path):
        taking = asyncio.create_task(work.take(caller(), tmp_path))
        await asyncio.sleep(5)
        await asked(work, "queues.take-out", id=1, by="Maria")
        await taking
        assert work.rows("SELECT led_on_to FROM queue_calls") == [("user:Jan Kowal",)]


@simulated
async def test_one_who_is_to_be_called_back_is_so_no_more(tmp_path: Path) -> None:
    work = Work({ANNAS: RINGS}, there=firm(callback_key="1", misses=0))
    async with work.begun(tmp_path):
        await work.open(tmp_path)
        await work.walk(caller(script=["1", "1"]), tmp_path)
        with pytest.raises(DataError, match="not on the line"):
            await asked(work, "queues.take-out", id=2, to="102", by="Maria")
        await asked(work, "queues.take-out", id=2, by="Maria")
        await asyncio.sleep(1)
        assert work.rows("SELECT * FROM queue_callbacks") == []
        (queue,) = await asked(work, "queues.live")
        assert queue["waiting"] == []


@simulated
async def test_what_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    async with Work({ANNAS: RINGS}).begun(tmp_path) as work:
        call = caller()
        walking = asyncio.create_task(work.walk(call, tmp_path))
        await asyncio.sleep(5)
        for wanted, sentence in (
            ({"id": 7}, "nobody waits who has the number 7"),
            ({"id": 1, "to": "199"}, "nobody has the number '199'"),
            ({"id": 1, "to": "user:Nikt"}, "there is no user 'Nikt'"),
            ({"id": 1, "to": "scenario:infolinia"}, "could go on"),
            ({"id": 1, "to": "1000"}, "they wait in Serwis already"),
        ):
            with pytest.raises(DataError, match=sentence):
                await asked(work, "queues.take-out", by="Maria", **wanted)
        call.hangs_up()
        await walking
