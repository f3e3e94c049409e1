"""Headsets on a real bridge: what goes over their sockets, and what becomes of them."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest

from sipagent.config import SipSection
from sipagent.errors import HungUp
from sipagent.sip.endpoint import Endpoint
from sipagent.telephony import headset
from sipagent.telephony.leg import Leg
from sipagent.telephony.own_leg import OwnLeg
from sipagent.telephony.party import Caller
from tests.calls.softphone import strength
from tests.phone_tones import Signal, coded, decoded, sine

pytestmark = pytest.mark.line

#: Packets that are sent, and that are looked at once the first of them must have come.
SENT, SEEN = 40, 20
LOUD = 0.5
#: A-law knows no zero: the least it has is 8 of 32,768.
SILENCE = 8


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    one = Endpoint(SipSection(address="127.0.0.1", port=0), on_call=lambda leg: None)
    await one.start()
    yield one
    await one.stop()


@asynccontextmanager
async def worn(endpoint: Endpoint) -> AsyncIterator[tuple[Leg, socket.socket]]:
    """Put a headset on; yield its leg and the browser's end of its socket."""
    browser, line = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    browser.setblocking(False)
    with browser:
        async with endpoint.headsets.worn(OwnLeg("1", Caller(None)), line) as leg:
            yield leg, browser


async def packets(browser: socket.socket, count: int) -> list[bytes]:
    """Return the next packets of sound."""
    loop, found = asyncio.get_running_loop(), list[bytes]()
    while len(found) < count:
        packet = await loop.sock_recv(browser, headset.LONGEST)
        assert packet, "the line has ended it"
        if packet.startswith(headset.SOUND):
            found.append(packet[1:])
    return found


async def words(browser: socket.socket) -> dict[str, object]:
    """Return the next packet that is no sound."""
    loop = asyncio.get_running_loop()
    while (packet := await loop.sock_recv(browser, headset.LONGEST)).startswith(headset.SOUND):
        pass
    said = json.loads(packet)
    assert isinstance(said, dict)
    return said


async def heard(browser: socket.socket) -> Signal:
    return decoded(b"".join(await packets(browser, SEEN)), "A")


def frames(hertz: float) -> Iterable[bytes]:
    audio = coded(sine(hertz, SENT / headset.PACE, -10))
    return (audio[at : at + headset.FRAME] for at in range(0, len(audio), headset.FRAME))


async def speak(browser: socket.socket, hertz: float) -> None:
    """Send a tone, a packet whenever one comes: that is the clock of the line."""
    for frame in frames(hertz):
        await packets(browser, 1)
        browser.send(headset.SOUND + frame)


async def test_it_hears_as_long_as_a_block_and_one_way(endpoint: Endpoint) -> None:
    idle = (await endpoint.usage()).ports
    async with worn(endpoint) as (anna, annas), worn(endpoint) as (_, jans):
        async with worn(endpoint) as (ewa, ewas), anna.hearing(ewa):
            _, signal, nothing = await asyncio.gather(speak(ewas, 900), _later(annas), _later(jans))
        assert strength(signal, 900) > LOUD
        assert abs(nothing).max() <= SILENCE
        assert {len(one) for one in await packets(annas, SEEN)} == {headset.FRAME}
    while (await endpoint.usage()).ports > idle:
        await asyncio.sleep(0.02)


async def _later(browser: socket.socket) -> Signal:
    """Return what is heard once the speaker's first packets are through."""
    await packets(browser, SENT - SEEN)
    return await heard(browser)


async def test_buttons_are_keys_and_words_are_shown(endpoint: Endpoint) -> None:
    async with worn(endpoint) as (leg, browser):
        for packet in (b"", b"{", b'{"presses": 5}', b'{"presses": "55"}', b"[]", b"\xff"):
            browser.send(packet or b" ")
        browser.send(headset.presses("5"))
        assert await leg.next_key() == "5"
        leg.note("listening", mode="whisper")
        assert await words(browser) == {"notes": "listening", "mode": "whisper"}


async def test_who_closes_the_browser_has_gone(endpoint: Endpoint) -> None:
    async with worn(endpoint) as (leg, browser):
        waits = asyncio.ensure_future(leg.next_key())
        await packets(browser, 1)
        browser.close()
        with pytest.raises(HungUp):
            await waits
        await leg.wait_over()
        with pytest.raises(HungUp):
            await leg.next_key()


async def test_who_reads_too_slowly_hears_what_is_new(endpoint: Endpoint) -> None:
    """The line waits for nobody, and keeps no more than a moment of sound for them."""
    async with worn(endpoint) as (slow, slows), worn(endpoint) as (_, clock):
        await packets(clock, 2 * headset.PACE)
        loop, waited = asyncio.get_running_loop(), 0
        while True:
            try:
                slows.recv(headset.LONGEST)
            except BlockingIOError:
                break
            waited += 1
        assert 0 < waited < headset.PACE
        await loop.sock_recv(slows, headset.LONGEST)
        assert not slow.over


async def test_sound_without_end_is_cut_short(endpoint: Endpoint) -> None:
    """However much comes at once, what is heard is never older than a moment."""
    async with (
        worn(endpoint) as (anna, annas),
        worn(endpoint) as (jan, jans),
        anna.hearing(jan),
    ):
        for frame in [*frames(900)] * 3:
            while not _taken(jans, headset.SOUND + frame):
                await packets(jans, 1)
        jans.send(headset.SOUND + bytes(headset.LONGEST - 1))
        await packets(annas, headset.PACE)
        assert abs(await heard(annas)).max() <= SILENCE


def _taken(browser: socket.socket, packet: bytes) -> bool:
    """Send a packet; return whether there was room for it."""
    try:
        browser.send(packet)
    except BlockingIOError:
        return False
    return True
