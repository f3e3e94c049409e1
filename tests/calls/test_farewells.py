"""A run that has died leaves its calls to the next one, which ends them: what is on the wire."""

import asyncio
from collections.abc import Mapping

import pytest

from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint
from sipagent.telephony.handsets import Handsets
from tests.calls.account import Phone
from tests.calls.peer import Message
from tests.calls.test_phones import OFFER, House
from tests.patience import PATIENCE

pytestmark = pytest.mark.line


class Kept(dict[str, str]):
    """Farewells in memory; those of the run before, when it begins."""

    async def load(self) -> Mapping[str, str]:
        return dict(self)

    def put(self, sip_id: str, text: str) -> None:
        self[sip_id] = text

    def drop(self, sip_id: str) -> None:
        self.pop(sip_id, None)


async def opened(house: House, kept: Kept, port: int = 0) -> Endpoint:
    settings = SipSection(address="127.0.0.1", port=port, max_calls=4)
    line = Endpoint(
        settings, on_call=house.calls.put_nowait, handsets=Handsets(house, house), farewells=kept
    )
    await line.start()
    line.open()
    return line


async def soon(kept: Kept, count: int) -> None:
    """Return once so many calls would be ended."""
    async with asyncio.timeout(PATIENCE):
        while len(kept) != count:
            await asyncio.sleep(0.01)


def ringing(phone: Phone, invite: Message, status: str = "180 Ringing") -> bytes:
    """Return an answer that begins a dialog."""
    return phone.reply(invite, status).replace(b"\r\nCall-ID", b";tag=there\r\nCall-ID", 1)


async def test_a_call_that_is_over_leaves_nothing() -> None:
    house, kept = House(), Kept()
    line = await opened(house, kept)
    try:
        with Phone(line.port) as phone:
            await asyncio.to_thread(phone.register)
            (uri,) = await line.registrations.contacts("101-1")
            leg = await line.dial(uri)
            invite = await asyncio.to_thread(phone.answer)
            assert kept == {}
            phone.send(ringing(phone, invite))
            await soon(kept, 1)
            (text,) = kept.values()
            assert text.startswith(f"CANCEL {uri} SIP/2.0\r\n")
            assert invite.header("Via") in text
            phone.send(ringing(phone, invite, "486 Busy Here"))
            await asyncio.wait_for(leg.wait_over(), PATIENCE)
            await soon(kept, 0)
    finally:
        await line.stop()


async def test_who_rings_is_cancelled_and_who_hears_it_ring_is_refused() -> None:
    house, kept = House(), Kept()
    line = await opened(house, kept)
    with Phone(line.port) as phone, Phone(line.port, "48600100200") as caller:
        try:
            await asyncio.to_thread(phone.register)
            (uri,) = await line.registrations.contacts("101-1")
            await line.dial(uri)
            invite = await asyncio.to_thread(phone.answer)
            phone.send(ringing(phone, invite))
            caller.send(caller.request("INVITE", body=OFFER))
            taken = await asyncio.wait_for(house.calls.get(), PATIENCE)
            await taken.ring()
            await soon(kept, 2)
            left = Kept(kept)
        finally:
            await line.stop()
        await asyncio.to_thread(phone.drain)
        await asyncio.to_thread(caller.drain)
        again = await opened(house, left, line.port)
        try:
            cancel = await asyncio.to_thread(phone.answer)
            assert cancel.method == "CANCEL"
            assert cancel.header("Via") == invite.header("Via")
            refusal = await asyncio.to_thread(caller.answer)
            assert refusal.status == 480
            assert ";tag=" in refusal.header("To")
            assert left == {}, "once is enough"
        finally:
            await again.stop()


@pytest.mark.parametrize(
    "text", ["", "nonsense", "SIP/2.0 480 Gone\r\n\r\n", "BYE sip:x SIP/2.0\r\n"]
)
async def test_what_makes_no_sense_is_not_sent_and_forgotten(text: str) -> None:
    kept = Kept(a=text)
    line = await opened(House(), kept)
    assert kept == {}
    await line.stop()
