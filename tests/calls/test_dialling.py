"""Dialling and ringing on the wire: whoever leaves, in whichever moment, leaves no leg behind."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sipagent.config import SipSection, TransferSection
from sipagent.sip.endpoint import Endpoint
from sipagent.speech.clip import Clip
from sipagent.switching.ring import Called, Order, Plan
from sipagent.switching.ringing import Sounds, ringing
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.party import Party, TargetRefused
from sipagent.telephony.phones import Origin
from tests.callee import Callee
from tests.cancelling import at_every_wait
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

REASON = 'Reason: SIP;cause=200;text="Call completed elsewhere"\r\n'


@dataclass(frozen=True)
class Ringback:
    """Nobody hears it: the caller of these tests has no telephone."""

    key: str = "ringback"
    text: str = "(tone)"

    async def clip(self) -> Clip:
        return Clip(Path(), 5.0)

    def meanwhile(self) -> None:
        """Nothing is heard while it is made."""


SOUNDS = Sounds(Ringback())


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    settings = SipSection(address="127.0.0.1", port=0, max_calls=8)
    endpoint = Endpoint(settings, transfer=TransferSection(hosts=("127.0.0.1",)))
    await endpoint.start()
    yield endpoint
    await endpoint.stop()


async def idle(endpoint: Endpoint, ports: int) -> None:
    """Return once no call, no player and no task of one is left."""
    async with asyncio.timeout(PATIENCE):
        while True:
            usage = await endpoint.usage()
            names = {task.get_name() for task in asyncio.all_tasks()}
            left = {
                name for name in names if name.startswith(("ring-", "end-", "caller-", "early-"))
            }
            if not (usage.calls or usage.ports > ports or left):
                return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("statuses", [(), ("180 Ringing",), ("200 OK",), ("486 Busy Here",)])
@pytest.mark.parametrize("again", [0, 1])
async def test_whoever_is_cancelled_leaves_no_leg(
    endpoint: Endpoint, statuses: tuple[str, ...], again: int
) -> None:
    ports = (await endpoint.usage()).ports
    async with Callee(*statuses) as phone:

        async def call() -> None:
            async with endpoint.phones.dialling(Party(uri=phone.uri)) as leg:
                for _ in range(3):
                    await asyncio.sleep(0.01)
                assert leg.over == (statuses == ("486 Busy Here",))

        cancelled = await at_every_wait(call, lambda: idle(endpoint, ports), again=again)
        assert cancelled >= 3
        until = asyncio.get_running_loop().time() + 10
        while phone.methods.count("INVITE") > answered(phone, statuses):
            assert asyncio.get_running_loop().time() < until, phone.methods
            await asyncio.sleep(0.01)


def answered(phone: Callee, statuses: tuple[str, ...]) -> int:
    """Return how many calls have ended, as the telephone sees it."""
    if not statuses:  # CANCEL waits for a provisional response (RFC 3261, section 9.1)
        return phone.methods.count("INVITE")
    if statuses == ("486 Busy Here",):
        return phone.methods.count("ACK")
    return phone.methods.count("CANCEL") + phone.methods.count("BYE")


async def test_whoever_leaves_the_block_by_an_error_hangs_up(endpoint: Endpoint) -> None:
    async def call(uri: str) -> None:
        async with endpoint.phones.dialling(Party(uri=uri)) as leg:
            await leg.connected()
            raise ZeroDivisionError

    async with asyncio.timeout(PATIENCE), Callee("200 OK") as phone:
        with pytest.raises(ZeroDivisionError):
            await call(phone.uri)
        await phone.hears("BYE")


async def test_who_may_not_be_called_is_not_called(endpoint: Endpoint) -> None:
    with pytest.raises(TargetRefused):
        async with endpoint.phones.dialling(Party.of("sip:a@192.0.2.7")):
            pytest.fail("nobody was called")


async def test_the_called_sees_for_whom_it_is(endpoint: Endpoint) -> None:
    origin = Origin("+48600100100", "infolinia")
    async with (
        asyncio.timeout(PATIENCE),
        Callee("180 Ringing") as phone,
        endpoint.phones.dialling(Party(uri=phone.uri), origin),
    ):
        invite = await phone.hears("INVITE")
    place = phone.uri.partition("@")[2]
    assert "From: <sip:+48600100100@127.0.0.1>" in invite
    assert f"P-Asserted-Identity: <sip:+48600100100@{place}>\r\n" in invite
    assert f"Diversion: <sip:infolinia@{place}>;reason=deflection\r\n" in invite


async def test_the_others_are_told_that_the_call_is_completed_elsewhere(endpoint: Endpoint) -> None:
    """A member cancelled before any 1xx still gets CANCEL with Reason: SIP;cause=200."""
    ports = (await endpoint.usage()).ports
    async with (
        asyncio.timeout(PATIENCE),
        Callee("180 Ringing") as ringing_one,
        Callee() as silent,
        Callee("180 Ringing") as winner,
    ):
        phones = [ringing_one, silent, winner]
        plan = Plan([Called(Party(uri=phone.uri)) for phone in phones])
        ring = ringing(endpoint.phones, FakeLeg(), plan, SOUNDS)
        opening = asyncio.create_task(ring.__aenter__())
        for phone in phones:
            await phone.hears("INVITE")
        await winner.answers("200 OK")
        rang = await opening
        assert rang.leg is not None
        assert REASON in await ringing_one.hears("CANCEL")
        await silent.answers("180 Ringing")
        assert REASON in await silent.hears("CANCEL")
        await ring.__aexit__(None, None, None)
        await winner.hears("BYE")
        assert "CANCEL" not in winner.methods
        await idle(endpoint, ports)


async def test_who_gives_up_for_all_says_nothing_of_elsewhere(endpoint: Endpoint) -> None:
    async with asyncio.timeout(PATIENCE), Callee("180 Ringing") as phone:
        plan = Plan([Called(Party(uri=phone.uri))], seconds=0.2)
        async with ringing(endpoint.phones, FakeLeg(), plan, SOUNDS) as rang:
            assert rang.leg is None
        assert "Reason:" not in await phone.hears("CANCEL")


async def test_two_answer_in_the_same_moment(endpoint: Endpoint) -> None:
    """One has the call; the other one's answer is acknowledged, and its call ended (BYE)."""
    ports = (await endpoint.usage()).ports
    async with asyncio.timeout(PATIENCE), Callee("200 OK") as first, Callee("200 OK") as second:
        phones = [first, second]
        plan = Plan([Called(Party(uri=phone.uri)) for phone in phones])
        async with ringing(endpoint.phones, FakeLeg(), plan, SOUNDS) as rang:
            assert rang.leg is not None
            loser = await one_that_hears(phones, "BYE")
            assert "ACK" in loser.methods
            assert REASON in await loser.hears("BYE") or "CANCEL" in loser.methods
            (winner,) = {first, second} - {loser}
            assert "BYE" not in winner.methods
        await winner.hears("BYE")
        await idle(endpoint, ports)


async def one_that_hears(phones: list[Callee], method: str) -> Callee:
    hearing = {asyncio.create_task(phone.hears(method)): phone for phone in phones}
    done, others = await asyncio.wait(hearing, return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
    return hearing[done.pop()]


async def test_whoever_is_cancelled_while_many_ring_leaves_nobody_ringing(
    endpoint: Endpoint,
) -> None:
    ports = (await endpoint.usage()).ports
    async with Callee("180 Ringing") as first, Callee("302 Moved", "180 Ringing") as second:
        parties = [Called(Party(uri=phone.uri)) for phone in (first, second)]

        async def call() -> None:
            plan = Plan(parties, Order.AT_ONCE, seconds=0.1)
            async with ringing(endpoint.phones, FakeLeg(), plan, SOUNDS) as rang:
                assert rang.leg is None

        assert await at_every_wait(call, lambda: idle(endpoint, ports)) >= 3
