"""Links, loops and recordings of two sides on real calls, through holds and new offers."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from sipagent.config import SipSection
from sipagent.errors import CallError
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg
from sipagent.sip.mixer import Link
from sipagent.telephony.recorder import Recorder
from tests.calls.farend import MULAW, FarEnd, Rtp, hum, pitch, sound, talk
from tests.calls.peer import ALAW

pytestmark = pytest.mark.line

ANNA, OFFICE = "+48600100101", "+48600100102"
RATE = 8000


class Line:
    """An endpoint that answers every call."""

    def __init__(self) -> None:
        self.legs: dict[str, SipLeg] = {}
        self._answers: set[asyncio.Task[None]] = set()
        settings = SipSection(address="127.0.0.1", port=0, max_calls=4)
        self.endpoint = Endpoint(settings, on_call=self._take)

    def _take(self, leg: SipLeg) -> None:
        self.legs[leg.caller.number or ""] = leg
        self._answers.add(asyncio.ensure_future(leg.answer()))

    async def ports(self, expected: int) -> int:
        """Return how many ports the bridge has: as expected, or after a while."""
        for _ in range(100):
            if (await self.endpoint.usage()).ports == expected:
                break
            await asyncio.sleep(0.02)
        return (await self.endpoint.usage()).ports


@dataclass
class Pair:
    """Two far ends, and their legs."""

    line: Line
    anna: FarEnd
    office: FarEnd

    def __post_init__(self) -> None:
        self.legs = self.line.legs[ANNA], self.line.legs[OFFICE]

    async def talk(self) -> tuple[int, int]:
        """Let Anna hum at 500 Hz and the office at 900; return what each hears, in hundreds."""
        return await asyncio.to_thread(talk, self.anna, self.office)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    line = Line()
    await line.endpoint.start()
    yield line
    await line.endpoint.stop()


@asynccontextmanager
async def two(line: Line) -> AsyncIterator[Pair]:
    """Two callers who are there, and who have left nothing when they are gone."""
    idle = (await line.endpoint.usage()).ports
    async with calling(line) as pair:
        yield pair
        for phone in (pair.anna, pair.office):
            if phone._media:
                await asyncio.to_thread(phone.hang_up)
    assert await line.ports(idle) == idle


@asynccontextmanager
async def calling(line: Line) -> AsyncIterator[Pair]:
    with FarEnd(line.endpoint.port, ANNA) as anna, FarEnd(line.endpoint.port, OFFICE) as office:
        for phone in (anna, office):
            assert (await asyncio.to_thread(phone.call, phone.sdp())).status == 200
        yield Pair(line, anna, office)


def hold(phone: FarEnd) -> None:
    assert phone.call(phone.sdp(direction="sendonly")).status == 200


def resume(phone: FarEnd) -> None:
    assert phone.call(phone.sdp(phone.codec)).status == 200


def move(phone: FarEnd) -> None:
    """Offer another codec and another port."""
    phone.codec = MULAW if phone.codec == ALAW else ALAW
    phone.move()
    resume(phone)


async def heard(phone: FarEnd, seconds: float) -> list[Rtp]:
    return await asyncio.to_thread(phone.packets, seconds)


@contextmanager
def humming(phone: FarEnd, hertz: float) -> Iterator[None]:
    """Hum in the background."""
    stop = threading.Event()
    tone = hum(hertz, 0.1, phone.codec)

    def hums() -> None:
        while not stop.is_set():
            phone.play(tone)

    thread = threading.Thread(target=hums)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


# ------------------------------------------------------------------------------------ joined


@pytest.mark.parametrize("turned", [False, True])
async def test_two_who_are_joined_hear_each_other_whatever_either_offers(
    line: Line, turned: bool
) -> None:
    async with two(line) as pair:
        one, other = (pair.office, pair.anna) if turned else (pair.anna, pair.office)
        here, there = pair.legs
        assert await pair.talk() == (0, 0)
        async with here.joined(there):
            assert await pair.talk() == (9, 5)
            await asyncio.to_thread(hold, one)
            assert await pair.talk() == ((9, 0) if turned else (0, 5)), "music of the hold is heard"
            await asyncio.to_thread(move, other)
            await asyncio.to_thread(resume, one)
            assert await pair.talk() == (9, 5)
            await asyncio.to_thread(move, one)
            assert await pair.talk() == (9, 5)
            await asyncio.to_thread(resume, other)
            assert await pair.talk() == (9, 5), "an offer that changes nothing"
        assert await pair.talk() == (0, 0)


async def test_who_hears_another_is_not_heard_whatever_either_offers(line: Line) -> None:
    """While either holds the path waits: music of a hold is not what is listened to."""
    async with two(line) as pair:
        here, there = pair.legs
        async with here.hearing(there):
            for held, other in ((pair.office, pair.anna), (pair.anna, pair.office)):
                await asyncio.to_thread(hold, held)
                assert await pair.talk() == (0, 0)
                await asyncio.to_thread(move, other)
                await asyncio.to_thread(resume, held)
                assert await pair.talk() == (9, 0)
        assert await pair.talk() == (0, 0)


async def test_who_joins_a_leg_that_holds_is_heard_when_it_is_back(line: Line) -> None:
    async with two(line) as pair:
        anna, office = pair.legs
        await asyncio.to_thread(pair.anna.call, pair.anna.sdp(direction="inactive"))
        async with anna.joined(office):
            assert await pair.talk() == (0, 0)
            await asyncio.to_thread(move, pair.anna)
            assert await pair.talk() == (9, 5)


async def test_when_one_goes_the_other_one_may_join_a_third(line: Line) -> None:
    async with two(line) as pair:
        anna, office = pair.legs
        with FarEnd(line.endpoint.port, "+48600100103") as third:
            async with anna.joined(office):
                await asyncio.to_thread(pair.office.hang_up)
                await office.wait_over()
                await asyncio.to_thread(third.call, third.sdp())
                async with anna.joined(line.legs["+48600100103"]):
                    assert await asyncio.to_thread(talk, pair.anna, third) == (9, 5)
            await asyncio.to_thread(third.hang_up)


async def test_a_link_is_as_loud_as_it_was_declared(line: Line) -> None:
    """A louder declaration counts from the next tick on, for as long as it stands."""

    async def loudest() -> float:
        await heard(pair.office, 0.1)
        return float(np.abs(sound(await heard(pair.office, 0.3))).max())

    async with two(line) as pair:
        here, there = (leg._session for leg in pair.legs)
        mixer, run = here.mixer, here.thread.run
        whisper, talking = Link(here, there, 0.25), Link(here, there)
        with humming(pair.anna, 500):
            await run(mixer.declare, whisper)
            quiet = await loudest()
            await run(mixer.declare, talking)
            assert await loudest() == pytest.approx(4 * quiet, rel=0.1)
            await run(mixer.withdraw, talking)
            assert await loudest() == pytest.approx(quiet, rel=0.1)


# ------------------------------------------------------------------------------------- loops


@dataclass(frozen=True)
class Tone:
    """A prompt that is its own clip: whole waves of a tone, and no whole number of frames."""

    path: Path
    seconds: float
    key: str = "music"
    text: str = "music"

    async def clip(self) -> "Tone":
        return self

    def meanwhile(self) -> None:
        return None


@pytest.fixture
def music(tmp_path: Path) -> Tone:
    path = tmp_path / "music.wav"
    length = 150 * 20  # waves of 400 Hz; a frame is 160 samples
    wave = 0.3 * np.sin(2 * np.pi * np.arange(length) / 20)
    soundfile.write(path, wave, RATE, subtype="PCM_16")
    return Tone(path, length / RATE)


async def test_a_loop_has_no_gap(line: Line, music: Tone) -> None:
    async with two(line) as pair, pair.legs[0].playing(music):
        await heard(pair.anna, 0.3)
        samples = sound(await heard(pair.anna, 2.0))
        assert len(samples) > 1.5 * RATE
        assert np.abs(samples[20:] - samples[:-20]).max() < 0.05, "a wave is not like the last one"
        assert np.abs(samples).max() > 0.25


async def test_one_player_serves_all_who_hear_it(line: Line, music: Tone) -> None:
    """Through hold, another codec, another port, and the end of one of them."""
    async with two(line) as pair:
        anna, office = pair.legs
        ports = (await line.endpoint.usage()).ports
        async with anna.playing(music):
            async with office.playing(music):
                for phone in (pair.anna, pair.office):
                    assert pitch(await heard(phone, 0.5)) == pytest.approx(400, abs=10)
                assert await line.ports(ports + 1) == ports + 1
                await asyncio.to_thread(hold, pair.anna)
                assert pitch(await heard(pair.office, 0.5)) == pytest.approx(400, abs=10)
                assert await heard(pair.anna, 0.2) == []
                await asyncio.to_thread(move, pair.anna)
                await asyncio.to_thread(move, pair.office)
                for phone in (pair.anna, pair.office):
                    await heard(phone, 0.1)
                    assert pitch(await heard(phone, 0.5)) == pytest.approx(400, abs=10)
            await heard(pair.office, 0.2)
            assert pitch(await heard(pair.office, 0.3)) == 0
            assert pitch(await heard(pair.anna, 0.5)) == pytest.approx(400, abs=10)
            await asyncio.to_thread(pair.anna.hang_up)
            await anna.wait_over()
            assert await line.ports(ports - 1) == ports - 1, (
                "the player ends with its last listener"
            )


# -------------------------------------------------------------------------------- recordings


@asynccontextmanager
async def recorded(left: SipLeg, right: SipLeg, path: Path) -> AsyncIterator[Recorder]:
    async with left.recorder(path) as recorder:
        recorder.hear([left], [right])
        yield recorder


def channels(path: Path) -> NDArray[np.float64]:
    samples, rate = soundfile.read(path)
    assert rate == RATE
    assert samples.shape[1] == 2
    return np.asarray(samples.T)


def loud(samples: NDArray[np.float64], hertz: float) -> float:
    """Return how many seconds of a channel are a tone of that frequency."""
    frames = samples[: len(samples) // 400 * 400].reshape(-1, 400)
    bins = np.abs(np.fft.rfft(frames, axis=1))
    is_it = (bins.argmax(axis=1) == round(hertz / 20)) & (np.abs(frames).max(axis=1) > 0.05)
    return float(is_it.sum() * 400 / RATE)


async def test_each_side_has_a_channel_of_its_own(line: Line, tmp_path: Path) -> None:
    """Hold, another codec and port, and the end of one side: the other one goes on."""
    path = tmp_path / "both.wav"
    async with two(line) as pair:
        anna, office = pair.legs
        async with anna.joined(office), recorded(anna, office, path):
            with humming(pair.anna, 500), humming(pair.office, 900):
                await asyncio.sleep(1.0)
            await asyncio.to_thread(hold, pair.anna)
            with humming(pair.anna, 400), humming(pair.office, 900):
                await asyncio.sleep(1.0)
            await asyncio.to_thread(move, pair.anna)
            with humming(pair.anna, 500), humming(pair.office, 900):
                await asyncio.sleep(1.0)
            await asyncio.to_thread(pair.office.hang_up)
            await office.wait_over()
            with humming(pair.anna, 700):
                await asyncio.sleep(0.5)
        left, right = channels(path)
    assert loud(left, 500) > 1.4
    assert loud(left, 700) > 0.3, "who is left is written until the block ends"
    assert loud(left, 400) < 0.1, "music of a hold is not written"
    assert loud(right, 900) > 2.3
    assert loud(left, 900) + loud(right, 500) + loud(right, 700) == 0
    assert len(left) / RATE > 3.4


async def test_the_channels_stay_in_step(line: Line, tmp_path: Path) -> None:
    """One voice on both channels is the same on both, sample by sample, whatever is offered."""
    path = tmp_path / "twice.wav"
    async with two(line) as pair:
        anna, _ = pair.legs
        async with recorded(anna, anna, path):
            for change in (hold, resume, move, move):
                await asyncio.to_thread(pair.anna.play, hum(500, 0.4, pair.anna.codec))
                await asyncio.to_thread(change, pair.anna)
            await asyncio.to_thread(pair.anna.play, hum(500, 0.4, pair.anna.codec))
        left, right = channels(path)
    assert loud(left, 500) > 1.0
    assert np.array_equal(left, right)


async def test_a_recording_is_whole_when_the_line_stops(line: Line, tmp_path: Path) -> None:
    path = tmp_path / "stopped.wav"
    async with calling(line) as pair:
        anna, office = pair.legs
        async with recorded(anna, office, path):
            await asyncio.to_thread(pair.anna.play, hum(500, 0.6))
            stopping = asyncio.ensure_future(line.endpoint.stop())
            for phone in (pair.anna, pair.office):
                await asyncio.to_thread(phone.await_bye)
            await stopping
            assert loud(channels(path)[0], 500) > 0.3, "PJSIP itself has closed it"
    assert loud(channels(path)[0], 500) > 0.3


@pytest.mark.parametrize("seconds", [0.0, 0.002, 0.01, 0.1])
async def test_a_recording_that_is_given_up_leaves_no_ports(
    line: Line, tmp_path: Path, seconds: float
) -> None:
    async def record() -> None:
        async with recorded(anna, office, tmp_path / "given-up.wav"):
            await asyncio.sleep(60)

    async with two(line) as pair:
        anna, office = pair.legs
        ports = (await line.endpoint.usage()).ports
        recording = asyncio.ensure_future(record())
        await asyncio.sleep(seconds)
        recording.cancel()
        with pytest.raises(asyncio.CancelledError):
            await recording
        assert await line.ports(ports) == ports


async def test_a_file_that_cannot_be_made_is_told(line: Line, tmp_path: Path) -> None:
    async with two(line) as pair:
        anna, office = pair.legs
        with pytest.raises(CallError, match="cannot record: "):
            async with recorded(anna, office, tmp_path / "nowhere/both.wav"):
                pytest.fail("it was begun")


async def test_a_full_disk_ends_no_call(line: Line, tmp_path: Path) -> None:
    path = tmp_path / "full.wav"
    path.symlink_to("/dev/full")
    async with two(line) as pair:
        anna, office = pair.legs
        async with anna.joined(office), recorded(anna, office, path):
            assert await pair.talk() == (9, 5)
            assert await pair.talk() == (9, 5)
        assert await pair.talk() == (0, 0)
