"""The speaker with real worker processes: clips, crashes, overload."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from sipagent.errors import ConfigError, SetupError, SpeechError
from sipagent.speech import pool, recordings
from sipagent.speech.clip import Clip
from sipagent.speech.process import WorkerProcess
from sipagent.speech.speaker import Speaker
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

VOICES = Path(__file__).parents[2] / "voices"
POLISH = {"pl": "pl_PL-natan-low"}

Make = Callable[..., Speaker]


def worker(speaker: Speaker) -> WorkerProcess:
    assert speaker._pool is not None
    return speaker._pool.workers[0]


def samples(clip: Clip) -> bytes:
    with wave.open(str(clip.path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        assert file.getnframes() / 8000 == clip.seconds
        return file.readframes(file.getnframes())


async def gone(pid: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
            await asyncio.sleep(0.02)


async def test_a_text_becomes_a_clip_once(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    text = "Naciśnij trzy."
    assert speaker.cached(text, "pl") is None
    clip = await speaker.clip(text, "pl")
    assert 0.7 < clip.seconds < 3
    assert any(samples(clip))
    assert speaker.cached(text, "pl") == clip
    assert await speaker.clip(text, "pl") is clip
    slow = await speaker.clip(text, "pl", "slow", urgent=False)
    assert slow.seconds > clip.seconds * 1.15
    assert clip.path.stat().st_mode & 0o077 == 0


async def test_clips_outlive_the_process_and_spoilt_ones_do_not(
    speakers: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    first = speakers()
    await first.start()
    whole, spoilt = [await first.clip(text, "pl") for text in ("Tak.", "Nie, dziękuję.")]
    await first.close()
    content = bytearray(spoilt.path.read_bytes())
    content[1000] ^= 1
    spoilt.path.write_bytes(content)
    second = speakers()
    await second.start()
    assert second.cached("Tak.", "pl") == whole
    assert second.cached("Nie, dziękuję.", "pl") is None
    again = await second.clip("Nie, dziękuję.", "pl")
    assert samples(again)


async def test_a_clip_cut_short_meanwhile_is_rendered_again(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    clip = await speaker.clip("Do widzenia.", "pl")
    size = clip.path.stat().st_size
    os.truncate(clip.path, 100)
    assert speaker.cached("Do widzenia.", "pl") is None
    assert (await speaker.clip("Do widzenia.", "pl")).path.stat().st_size == size


async def test_a_request_survives_the_death_of_its_worker(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    pid = worker(speaker).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # it holds the request and does not answer it
    request = asyncio.create_task(speaker.clip("Proszę czekać.", "pl"))
    await asyncio.sleep(0.1)
    assert not request.done()
    os.kill(pid, signal.SIGKILL)
    assert (await request).seconds > 0.5
    assert worker(speaker).pid != pid


async def test_an_idle_worker_that_dies_is_replaced(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    pid = worker(speaker).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        while worker(speaker).pid in (pid, None):
            await asyncio.sleep(0.02)
    assert (await speaker.clip("Już jestem.", "pl")).seconds > 0.5


async def test_a_worker_that_stalls_is_replaced(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    stalled = worker(speaker).pid
    assert stalled is not None
    os.kill(stalled, signal.SIGSTOP)
    assert (await speaker.clip("Proszę czekać.", "pl")).seconds > 0.5
    await gone(stalled)


async def test_nobody_waits_without_end(speakers: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "URGENT", 2)
    speaker = speakers(timeout=0.5)
    await speaker.start()
    pid = worker(speaker).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    waiting = [asyncio.create_task(speaker.clip(text, "pl")) for text in ("Raz.", "Dwa.")]
    await asyncio.sleep(0)
    with pytest.raises(SpeechError, match="2 renderings wait for a voice"):
        await speaker.clip("Trzy.", "pl")
    begun = time.monotonic()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert time.monotonic() - begun < 2
    assert all(isinstance(result, SpeechError) for result in results)


async def test_many_that_want_the_same_share_one_rendering(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    clips = await asyncio.gather(*(speaker.clip("To samo.", "pl") for _ in range(20)))
    assert len(set(clips)) == 1
    assert len(list(clips[0].path.parent.glob("*.wav"))) == 1


async def test_who_has_a_caller_waiting_goes_first(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    order: list[str] = []

    async def say(text: str, urgent: bool) -> None:
        await speaker.clip(text, "pl", urgent=urgent)
        order.append(text)

    ahead = [asyncio.create_task(say(f"Tekst {word}.", False)) for word in ("raz", "dwa", "trzy")]
    await asyncio.sleep(0)
    promoted = asyncio.create_task(say("Tekst trzy.", True))
    urgent = asyncio.create_task(say("Pilne.", True))
    await asyncio.gather(*ahead, promoted, urgent)
    assert order.index("Pilne.") < order.index("Tekst dwa.")
    assert order.index("Tekst trzy.") < order.index("Tekst dwa.")


async def test_what_nobody_waits_for_any_more_is_kept_or_dropped(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    begun = asyncio.create_task(speaker.clip("Już w pracy.", "pl"))
    queued = asyncio.create_task(speaker.clip("Jeszcze w kolejce.", "pl"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    begun.cancel()
    queued.cancel()
    await speaker.clip("Na końcu.", "pl")
    assert speaker.cached("Już w pracy.", "pl") is not None
    assert speaker.cached("Jeszcze w kolejce.", "pl") is None


async def test_fixed_prompts_are_rendered_ahead(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    seen: list[tuple[int, int]] = []
    reader = speaker.narrator({}, recordings.NONE)
    items = [(reader, f"Naciśnij {word}.", "pl", "normal") for word in ("jeden", "dwa", "jeden")]
    await speaker.render_all(items, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]
    assert all(reader.cached(*item) for _, *item in items)


async def test_what_is_made_ahead_may_take_longer_than_a_caller_waits(speakers: Make) -> None:
    speaker = speakers(timeout=0.3)
    await speaker.start()
    pid = worker(speaker).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    ahead = asyncio.create_task(speaker.clip("Bez pośpiechu.", "pl", urgent=False))
    with pytest.raises(SpeechError, match=r"the voice took longer than 0\.3 s"):
        await speaker.clip("Pilne.", "pl")
    os.kill(pid, signal.SIGCONT)
    assert (await ahead).seconds > 0.5


async def test_prompts_are_rendered_behind_the_calls(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    words = ["Pierwszy.", "...", "Drugi.", "Trzeci."]
    with capture_logs() as logs:
        reader = speaker.narrator({}, recordings.NONE)
        await speaker.render_behind([(reader, word, "pl", "normal") for word in words])
        while not any(entry["event"] == "prompts rendered" for entry in logs):
            await asyncio.sleep(0.02)
    assert all(speaker.cached(word, "pl") for word in words if word != "...")
    assert [entry["text"] for entry in logs if entry["event"] == "prompt not rendered"] == ["..."]


async def test_closing_does_not_wait_for_what_is_rendered_behind(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    pid = worker(speaker).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # as good as a rendering that takes for ever
    reader = speaker.narrator({}, recordings.NONE)
    await speaker.render_behind([(reader, "Nigdy.", "pl", "normal")])
    await asyncio.sleep(0.05)
    async with asyncio.timeout(PATIENCE):
        await speaker.close()


async def test_a_full_disk_is_told(speakers: Make, tmp_path: Path) -> None:
    speaker = speakers()
    await speaker.start()
    for path in (tmp_path / "clips").iterdir():
        path.unlink()
    (tmp_path / "clips").rmdir()
    (tmp_path / "clips").symlink_to("/dev/full")  # no file can be made in it
    with pytest.raises(SpeechError, match=r"the voice failed: .*clips"):
        await speaker.clip("Nie ma miejsca.", "pl")


async def test_what_cannot_be_said_is_refused(speakers: Make) -> None:
    speaker = speakers()
    with pytest.raises(SpeechError, match="there is no voice for 'pl'"):
        await speaker.clip("Tak.", "pl")
    await speaker.start()
    with pytest.raises(SpeechError, match="nothing to say"):
        await speaker.clip(" \x00 ... [[h@l]] Дом", "pl")
    with pytest.raises(SpeechError, match="there is no voice for 'en'; add it to"):
        await speaker.clip("Tak. [en]Yes.[/en]", "pl")
    with pytest.raises(ConfigError, match="'fast' is no pace; there are normal, slow"):
        await speaker.clip("Tak.", "pl", "fast")


async def test_a_scenario_may_have_a_voice_of_its_own(speakers: Make) -> None:
    speaker = speakers()
    await speaker.start()
    with pytest.raises(SetupError, match="run: sipagent voices install pl_PL-nobody-low"):
        await speaker.find({"pl": "pl_PL-nobody-low"})
    woman = {"pl": "pl_PL-nela-low"}
    her = speaker.narrator(woman, recordings.NONE)
    with pytest.raises(SpeechError, match="there is no voice for 'pl'"):
        await her.clip("Dzień dobry.", "pl")
    await speaker.find(woman)
    his, hers = [await one.clip("Dzień dobry.", "pl") for one in (speaker, her)]
    assert samples(his) != samples(hers)
    assert pitch(hers) > pitch(his) * 1.3
    assert her.cached("Dzień dobry.", "pl") == hers
    assert speaker.cached("Dzień dobry.", "pl") == his


def pitch(clip: Clip) -> float:
    """Return the pitch of a voice in Hz: the strongest delay at which it is like itself."""
    sound = np.frombuffer(samples(clip), "<i2").astype(float)
    found = []
    for begin in range(0, len(sound) - 800, 400):
        part = sound[begin : begin + 800]
        if np.abs(part).mean() > 1000:
            alike = np.correlate(part, part, "full")[800:]
            found.append(8000 / (1 + 25 + int(np.argmax(alike[25:110]))))
    return float(np.median(found))


async def test_without_a_voice_it_does_not_start(tmp_path: Path) -> None:
    speaker = Speaker({"pl": "pl_PL-gosia-medium"}, VOICES, tmp_path)
    with pytest.raises(SetupError, match="run: sipagent voices install pl_PL-gosia-medium"):
        await speaker.start()
    speaker = Speaker({"en": "pl_PL-natan-low"}, VOICES, tmp_path)
    with pytest.raises(SetupError, match=r"\[voices\] en: the voice pl_PL-natan-low speaks 'pl'"):
        await speaker.start()


async def test_a_broken_model_is_told(tmp_path: Path) -> None:
    settings = VOICES / "pl_PL-natan-low.onnx.json"
    (tmp_path / "pl_PL-bad-low.onnx.json").write_bytes(settings.read_bytes())
    (tmp_path / "pl_PL-bad-low.onnx").write_bytes(b"not a model")
    speaker = Speaker({"pl": "pl_PL-bad-low"}, tmp_path, tmp_path / "clips")
    with pytest.raises(SetupError, match=r"the voices cannot be loaded: .*pl_PL-bad-low\.onnx"):
        await speaker.start()


async def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    speaker = Speaker(POLISH, VOICES, tmp_path / "file" / "clips")
    with pytest.raises(SetupError, match="clips cannot be stored here: Not a directory; correct"):
        await speaker.start()


DAEMON = """
import asyncio, sys
from pathlib import Path
from sipagent.speech.speaker import Speaker

async def main():
    speaker = Speaker({"pl": "pl_PL-natan-low"}, Path(sys.argv[1]), Path(sys.argv[2]))
    await speaker.start()
    print(speaker._pool.workers[0].pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_no_worker_outlives_a_daemon_that_is_killed(tmp_path: Path) -> None:
    program = [sys.executable, "-c", DAEMON, str(VOICES), str(tmp_path / "clips")]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        for line in daemon.stdout:
            if line.strip().isdecimal():
                break
        pid = int(line)
        os.kill(pid, signal.SIGSTOP)  # not even a worker that hangs
        daemon.kill()
    await gone(pid)
