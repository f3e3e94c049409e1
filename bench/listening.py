"""Listening in from the browser: how late the browser hears what is said, and is heard itself.

    .venv/bin/python -m bench.listening [--seconds 60] [--calls 300]

A phone sends a short tone each second, and Chromium tells when it plays it; then Chromium's
microphone hears one each second, which is whispered to the other phone. All clocks are that of this
machine. The browser has no device for sound: what a loudspeaker or a microphone adds, and the
network to the browser, come on top. ``--calls``: so many callers listen to prompts meanwhile.
Figures are milliseconds.
"""

import argparse
import asyncio
import contextlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import soundfile
from playwright.async_api import Page

from bench.load import Load
from bench.machine import facts
from sipagent.exchange import editing
from sipagent.exchange.schema import exchange
from sipagent.store.database import open_database
from tests.calls.browser import chosen, chromium, listens, panel_settings, served
from tests.calls.daemon import ROOT, Daemon
from tests.calls.firm import at_work
from tests.calls.softphone import Softphone
from tests.calls.test_firm_calls import TRUNK
from tests.calls.test_listening_in import FIRM
from tests.calls.test_put_through import connect
from tests.phone_tones import Signal, decoded, sine

#: Seconds of a tone, and from one to the next; in Hz.
TONE, EVERY, HERTZ = 0.1, 1.0, 1000
#: Of 32,768: what is louder is the tone. Seconds of silence before it.
LOUD, SILENCE = 3000, 0.3
#: Seconds until jitter buffers have settled.
SETTLING = 5.0
#: Tells when a tone begins at a node, by the clock of the machine, in the thread for sound.
METER = """
class Meter extends AudioWorkletProcessor {
  process([[samples]]) {
    const loud = samples && samples.some((one) => Math.abs(one) > 0.1);
    if (loud && currentTime - (this.last ?? -1) > 0.3) this.port.postMessage(Date.now());
    if (loud) this.last = currentTime;
    return true;
  }
}
registerProcessor("meter", Meter);
"""
#: Puts a meter at what the page plays, and at what its microphone hears.
METERS = """
const code = URL.createObjectURL(new Blob([CODE], { type: "text/javascript" }));
const connect = AudioNode.prototype.connect;
window.played = [];
window.captured = [];
AudioNode.prototype.connect = function (to, ...more) {
  const context = this.context;
  const kept = to === context.destination ? window.played
    : this instanceof MediaStreamAudioSourceNode ? window.captured : null;
  if (kept) context.audioWorklet.addModule(code).then(() => {
    const meter = new AudioWorkletNode(context, "meter", { numberOfOutputs: 0 });
    meter.port.onmessage = ({ data }) => {
      const output = 1000 * (context.baseLatency + context.outputLatency);
      if (kept === window.played) window.output = output;
      kept.push(kept === window.played ? data + output : data);
    };
    connect.call(this, meter);
  });
  return connect.call(this, to, ...more);
};
""".replace("CODE", json.dumps(METER))


def main() -> None:
    """Measure, and print what was."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="of each way")
    parser.add_argument("--calls", type=int, default=0, help="others at the same time")
    options = parser.parse_args()
    print(", ".join(f"{name} {value}" for name, value in facts().items()))
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}; calls: {options.calls}")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        settings = TRUNK + panel_settings()
        line = Daemon(
            Path(folder), ROOT / "data/cache", level="info", extra=settings, drain=0,
            max_calls=options.calls + 100,
        )  # fmt: skip
        with closing(open_database(line.database, [exchange])) as db:
            editing.replace(db, FIRM)
        with at_work(line, FIRM), served(line, "110") as link, crowd(line, options):
            asyncio.run(measured(line, link, options.seconds))


@contextlib.contextmanager
def crowd(line: Daemon, options: argparse.Namespace) -> Iterator[None]:
    """Have others call for the length of the block."""
    if not options.calls:
        yield
        return
    seconds = 2 * options.seconds + 60.0
    load = Load(line.folder, line.port, options.calls, seconds, 20)
    time.sleep(options.calls / 20)
    try:
        yield
    finally:
        load.stop()


async def measured(line: Daemon, link: str, seconds: int) -> None:
    """Listen to two phones that talk, then whisper to one, and print how late all is heard."""
    microphone = line.folder / "microphone.wav"
    soundfile.write(microphone, beep() / 32768, 8000)
    with Softphone(line.port, "103-1") as ewa, Softphone(line.port, "102-1") as jan:
        await asyncio.to_thread(connect, line, ewa, "102", jan)
        async with chromium(microphone, METERS, lenient=True) as context:
            page = await context.new_page()
            await listens(page, link)
            await asyncio.sleep(SETTLING)
            sent = await asyncio.to_thread(beeps, ewa, jan, seconds)
            print("phone to browser:", told(sent, await kept(page, "played")))
            print(f"of that in its output: {await page.evaluate('window.output'):.0f}")
            await page.click("[data-mode=whisper]")
            await chosen(page, "whisper")
            await asyncio.sleep(SETTLING)
            await page.evaluate("window.captured.length = 0")
            heard = await asyncio.to_thread(hears, jan, seconds)
            captured = await kept(page, "captured")
            print("browser to phone:", told(captured[1:-2], heard))
        await asyncio.to_thread(ewa.hang_up)
        await asyncio.to_thread(jan.hung_up)


def beep() -> Signal:
    """Return a tone, and the silence behind it."""
    tone = sine(HERTZ, TONE, -6)
    return np.concatenate([tone, np.zeros(round(8000 * EVERY) - len(tone))])


def beeps(phone: Softphone, other: Softphone, seconds: int) -> list[float]:
    """Send a tone each second, while the other is silent; return when each has begun."""
    sent: list[float] = []
    quiet = threading.Thread(target=other.play, args=(np.zeros(8000 * seconds),))
    quiet.start()
    for _ in range(seconds):
        sent.append(1000 * time.time())
        phone.play(beep())
    quiet.join()
    return sent


def hears(phone: Softphone, seconds: int) -> list[float]:
    """Return when tones have come to a phone."""
    heard: list[float] = []
    last = 0.0
    end = time.time() + seconds
    while (now := time.time()) < end:
        phone._rtp.settimeout(1)
        samples = decoded(phone._rtp.recv(2048)[12:], "A")
        if abs(samples).max() > LOUD:
            if now - last > SILENCE:
                heard.append(1000 * now)
            last = now
    return heard


async def kept(page: Page, name: str) -> list[float]:
    """Return the moments that the page has kept."""
    return [float(one) for one in await page.evaluate(f"window.{name}")]


def told(sent: Sequence[float], heard: Sequence[float]) -> str:
    """Return how long after each moment the next of the others was."""
    late = []
    for moment in sent:
        after = [one - moment for one in heard if 0 <= one - moment < 1000 * EVERY]
        late += after[:1]
    if not late:
        return "nothing was heard"
    ranks = np.percentile(late, [50, 95, 99])
    return (
        f"{len(late)} of {len(sent)}; p50 {ranks[0]:.0f}, p95 {ranks[1]:.0f}, "
        f"p99 {ranks[2]:.0f}, at the most {max(late):.0f}"
    )


if __name__ == "__main__":
    main()
