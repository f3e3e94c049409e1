"""What calling somebody promises (``telephony.phones.Phones``), on the fake and on the wire."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from sipagent.config import SipSection, TransferSection
from sipagent.errors import HungUp
from sipagent.sip.endpoint import Endpoint
from sipagent.telephony.fake_phones import Callee, FakePhones
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Party, TargetRefused
from sipagent.telephony.phones import Phones
from tests import callee
from tests.patience import PATIENCE
from tests.telephony.contract import end_of

URI = "sip:callee@127.0.0.1:9"
#: What is done by who is called: without a network, and as answers to an INVITE.
KINDS: dict[str, tuple[Callee, tuple[str, ...]]] = {
    "rings": (Callee(after=None), ("180 Ringing",)),
    "is trying": (Callee(after=None, rings=False), ("100 Trying",)),
    "is silent": (Callee(dead=True), ()),
    "answers": (Callee(), ("180 Ringing", "200 OK")),
    "is busy": (Callee(code=486), ("486 Busy Here",)),
    "has moved": (Callee(code=302, moved_to=URI), ("302 Moved Temporarily",)),
}
#: Where nobody may be called.
FOREIGN = Party(uri="sip:a@192.0.2.7")

Reach = Callable[[str], AbstractAsyncContextManager[tuple[Phones, Party]]]


@asynccontextmanager
async def fake(kind: str) -> AsyncIterator[tuple[Phones, Party]]:
    """Yield phones without a network, and somebody to call."""
    yield FakePhones({URI: KINDS[kind][0]}, refused=[FOREIGN.uri]), Party(uri=URI)


@asynccontextmanager
async def wire(kind: str) -> AsyncIterator[tuple[Phones, Party]]:
    """Yield the phones of an endpoint, and a telephone to call."""
    settings = SipSection(address="127.0.0.1", port=0, max_calls=4)
    endpoint = Endpoint(settings, transfer=TransferSection(hosts=("127.0.0.1",)))
    await endpoint.start()
    try:
        async with callee.Callee(*KINDS[kind][1]) as phone:
            yield endpoint.phones, Party(uri=phone.uri)
    finally:
        await endpoint.stop()


@pytest.fixture(
    params=[
        pytest.param(fake, marks=pytest.mark.unit, id="fake"),
        pytest.param(wire, marks=pytest.mark.line, id="wire"),
    ]
)
def reach(request: pytest.FixtureRequest) -> Reach:
    """Call somebody who does as is said."""
    made: Reach = request.param
    return made


async def test_who_answers_is_connected_until_the_block_ends(reach: Reach) -> None:
    async with reach("answers") as (phones, party):
        async with phones.dialling(party) as leg:
            await leg.connected()
            assert not leg.over
        assert end_of(leg)[0] == "agent"


async def test_who_gives_up_waiting_takes_the_answer_from_nobody(reach: Reach) -> None:
    async with reach("answers") as (phones, party), phones.dialling(party) as leg:
        waiting, giving_up = (asyncio.create_task(leg.connected()) for _ in range(2))
        await asyncio.sleep(0)
        giving_up.cancel()
        await waiting
        assert leg.answered


@pytest.mark.parametrize("kind", ["rings", "is silent"])
async def test_nobody_rings_after_the_block(reach: Reach, kind: str) -> None:
    async with reach(kind) as (phones, party):
        async with phones.dialling(party) as leg:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await leg.connected()
            assert not leg.over
        if kind == "rings":  # who has not even said that it tries cannot be told at once
            assert leg.over


async def test_a_body_that_fails_hangs_up(reach: Reach) -> None:
    legs: list[Leg] = []

    async def call(phones: Phones, party: Party) -> None:
        async with phones.dialling(party) as leg:
            legs.append(leg)
            await leg.connected()
            raise ZeroDivisionError

    async with reach("answers") as reached:
        with pytest.raises(ZeroDivisionError):
            await call(*reached)
        assert legs[0].over


async def test_who_is_cancelled_hangs_up(reach: Reach) -> None:
    async with reach("rings") as (phones, party):
        legs: list[Leg] = []

        async def call() -> None:
            async with phones.dialling(party) as leg:
                legs.append(leg)
                await leg.connected()

        calling = asyncio.create_task(call())
        while not legs:
            await asyncio.sleep(0)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        assert legs[0].over


async def test_who_is_busy_says_so(reach: Reach) -> None:
    async with reach("is busy") as (phones, party), phones.dialling(party) as leg:
        with pytest.raises(HungUp):
            await leg.connected()
        assert end_of(leg) == ("caller", 486)
        assert not leg.answered


async def test_who_has_moved_says_where(reach: Reach) -> None:
    async with reach("has moved") as (phones, party), phones.dialling(party) as leg:
        with pytest.raises(HungUp):
            await leg.connected()
        assert end_of(leg) == ("caller", 302)
        assert leg.moved_to.startswith("sip:callee@127.0.0.1:")
        assert phones.moved(party, leg.moved_to).uri == leg.moved_to


async def test_who_may_not_be_called_is_not_called(reach: Reach) -> None:
    async with reach("rings") as (phones, _):
        with pytest.raises(TargetRefused):
            phones.routes(FOREIGN)
        with pytest.raises(TargetRefused):
            await phones.dialling(FOREIGN).__aenter__()


@pytest.mark.parametrize("kind", ["rings", "is trying", "answers"])
async def test_who_has_said_anything_is_there(reach: Reach, kind: str) -> None:
    async with reach(kind) as (phones, party), phones.dialling(party) as leg:
        async with asyncio.timeout(PATIENCE):
            await leg.progressed()
            if kind == "rings":
                assert leg.alerting


async def test_who_is_silent_is_not(reach: Reach) -> None:
    async with reach("is silent") as (phones, party), phones.dialling(party) as leg:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await leg.progressed()


async def test_of_who_has_refused_nothing_more_comes(reach: Reach) -> None:
    async with reach("is busy") as (phones, party), phones.dialling(party) as leg:
        async with asyncio.timeout(PATIENCE):
            await leg.wait_over()
        with pytest.raises(HungUp):
            await leg.progressed()
        assert end_of(leg) == ("caller", 486)
