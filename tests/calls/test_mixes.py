"""Three in a room on real calls: who hears whom, through mute, hold and new offers."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sipagent.speech.clip import Clip
from sipagent.telephony.mix import Mix, Seat
from tests.calls.farend import FarEnd, hum, sound
from tests.calls.test_mixing import Line, hold, move, resume
from tests.phone_tones import sine

pytestmark = pytest.mark.line

PITCHES = {"+48600100101": 500, "+48600100102": 900, "+48600100103": 1300}
ALL = frozenset(PITCHES.values())
RATE = 8000
#: Seconds of sound that are looked at.
LOOK = 0.25


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    line = Line()
    await line.endpoint.start()
    yield line
    await line.endpoint.stop()


@contextlib.contextmanager
def humming(phones: list[FarEnd]) -> Iterator[None]:
    """Let each phone hum at its pitch, in the codec and to the place of the moment."""
    stop = threading.Event()

    def hums(phone: FarEnd, hertz: int) -> None:
        while not stop.is_set():
            phone.play(hum(hertz, 0.1, phone.codec))

    threads = [
        threading.Thread(target=hums, args=(phone, hertz))
        for phone, hertz in zip(phones, list(PITCHES.values())[-len(phones) :], strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def pitches(phone: FarEnd) -> frozenset[int]:
    """Return which of the tones a phone hears just now."""
    samples = sound(phone.packets(LOOK))
    return tones(samples)


def tones(samples: "np.typing.NDArray[np.float32]") -> frozenset[int]:
    if len(samples) < 800:
        return frozenset()
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) / len(samples)
    at = {hertz: round(hertz * len(samples) / RATE) for hertz in (*ALL, 700, 1700)}
    return frozenset(hz for hz, bin in at.items() if spectrum[bin - 3 : bin + 4].max() > 0.005)


async def hear(phone: FarEnd, expected: set[int] | frozenset[int]) -> None:
    """Wait until a phone hears just these tones."""
    for _ in range(20):
        if (heard := await asyncio.to_thread(pitches, phone)) == expected:
            return
    pytest.fail(f"heard {sorted(heard)}, and not {sorted(expected)}")


async def test_each_hears_all_others_and_not_himself(line: Line, tmp_path: Path) -> None:
    """Mute survives hold and re-INVITE; nobody's hold music reaches the room."""
    idle = (await line.endpoint.usage()).ports
    with contextlib.ExitStack() as calls:
        phones = [calls.enter_context(FarEnd(line.endpoint.port, number)) for number in PITCHES]
        for phone in phones:
            assert (await asyncio.to_thread(phone.call, phone.sdp())).status == 200
        anna, jan, _ = phones
        async with line.endpoint.mixes.mixing() as mix, contextlib.AsyncExitStack() as seats:
            taken = [
                await seats.enter_async_context(mix.seated(line.legs[number])) for number in PITCHES
            ]
            with humming(phones):
                await _all_hear(phones)
                await _mute_holds(phones, taken)
                await _hold_music_waits(phones)
                await hear(anna, {900, 1300})
                assert max([await seat.quiet() or 0.0 for seat in taken]) < 1.0, "all speak"
                await _recorded_with_a_tone(mix, jan, tmp_path)
        for phone in phones:
            await hear(phone, set())
            await asyncio.to_thread(phone.hang_up)
    assert await line.ports(idle) == idle


async def _all_hear(phones: list[FarEnd]) -> None:
    for phone, own in zip(phones, PITCHES.values(), strict=True):
        await hear(phone, ALL - {own})


async def _mute_holds(phones: list[FarEnd], seats: list[Seat]) -> None:
    anna, jan, _ = phones
    await seats[0].mute(on=True)
    await hear(jan, {1300})
    await asyncio.to_thread(hold, anna)
    await asyncio.to_thread(resume, anna)
    await asyncio.to_thread(move, anna)
    await hear(anna, {900, 1300})
    await hear(jan, {1300})
    await seats[0].mute(on=False)
    await hear(jan, {500, 1300})


async def _hold_music_waits(phones: list[FarEnd]) -> None:
    anna, jan, ewa = phones
    await asyncio.to_thread(hold, jan)
    await hear(anna, {1300})
    await hear(ewa, {500})
    await asyncio.to_thread(resume, jan)
    await hear(ewa, {500, 900})


async def _recorded_with_a_tone(mix: Mix, phone: FarEnd, folder: Path) -> None:
    """A clip is heard beside those who talk; the file has all of it."""
    clip, file = folder / "tone.wav", folder / "room.wav"
    soundfile.write(clip, sine(700, 2.0, -10) / 32768, RATE, subtype="PCM_16")
    async with mix.recorded(file):
        playing = asyncio.ensure_future(mix.play(Clip(clip, 2.0)))
        await hear(phone, {500, 700, 1300})
        await playing
        await hear(phone, {500, 1300})
    samples, _ = soundfile.read(file, dtype="float32")
    assert tones(samples[RATE // 4 : RATE]) == ALL | {700}


@pytest.mark.parametrize("seconds", [0.0, 0.001, 0.05])
async def test_who_is_cancelled_leaves_no_seat(line: Line, seconds: float) -> None:
    number = next(iter(PITCHES))
    with FarEnd(line.endpoint.port, number) as phone:
        assert (await asyncio.to_thread(phone.call, phone.sdp())).status == 200
        ports = (await line.endpoint.usage()).ports

        async def sit() -> None:
            async with line.endpoint.mixes.mixing() as mix, mix.seated(line.legs[number]):
                await asyncio.sleep(60)

        sitting = asyncio.ensure_future(sit())
        await asyncio.sleep(seconds)
        sitting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sitting
        assert await line.ports(ports) == ports
        await asyncio.to_thread(phone.hang_up)


async def test_who_hangs_up_is_heard_no_more_and_the_others_go_on(line: Line) -> None:
    with contextlib.ExitStack() as calls:
        phones = [calls.enter_context(FarEnd(line.endpoint.port, number)) for number in PITCHES]
        for phone in phones:
            assert (await asyncio.to_thread(phone.call, phone.sdp())).status == 200
        async with line.endpoint.mixes.mixing() as mix, contextlib.AsyncExitStack() as seats:
            for number in PITCHES:
                await seats.enter_async_context(mix.seated(line.legs[number]))
            await asyncio.to_thread(phones[0].hang_up)
            await line.legs[next(iter(PITCHES))].wait_over()
            with humming(phones[1:]):
                await hear(phones[1], {1300})
        for phone in phones[1:]:
            await asyncio.to_thread(phone.hang_up)
