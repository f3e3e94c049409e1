"""Somebody listens in on a real call from a real browser: the page, its sound, its microphone."""

import asyncio
import contextlib
import itertools
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.async_api import Page

from sipagent.exchange import editing
from sipagent.exchange.listening.schema import listening
from sipagent.exchange.schema import exchange
from sipagent.store.database import open_database
from tests.calls.browser import chosen, chromium, listens, panel_settings, served
from tests.calls.daemon import Daemon, until
from tests.calls.firm import at_work
from tests.calls.softphone import Softphone, strength
from tests.calls.test_firm_calls import TRUNK
from tests.calls.test_listening_in import FIRM, MARIA, TONES, heard_by
from tests.calls.test_put_through import connect
from tests.panel.chromium import require_accessible
from tests.phone_tones import Signal, sine

pytestmark = pytest.mark.outside

#: Lets the test look at what the page plays: the last 8,192 samples, of a second at 8 kHz.
EAR = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) {
  if (to === this.context.destination) {
    window.ear = new AnalyserNode(this.context, { fftSize: 8192 });
    connect.call(this, window.ear);
  }
  return connect.call(this, to, ...more);
};
"""
HEARD = """() => {
  const samples = new Float32Array(8192);
  window.ear.getFloatTimeDomainData(samples);
  return [...samples];
}"""


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Iterator[Daemon]:
    """A line with the firm on it, and where its panel listens."""
    folder = tmp_path_factory.mktemp("firm")
    daemon = Daemon(folder, clips, extra=TRUNK + panel_settings())
    with closing(open_database(daemon.database, [exchange])) as db:
        editing.replace(db, FIRM)
    with at_work(daemon, FIRM):
        yield daemon


async def talk(page: Page, *phones: Softphone) -> list[set[str]]:
    """Let phones talk at once; return whom each of them hears, and whom the page plays last."""
    spoken = [asyncio.to_thread(phone.talk, 2.5) for phone in phones]
    talking = asyncio.gather(*spoken)
    await asyncio.sleep(2.2)
    played = np.array(await page.evaluate(HEARD)) * 32768
    return [*(those(signal[9000:-1500]) for signal in await talking), those(played[-6000:])]


def those(signal: Signal) -> set[str]:
    """Return the accounts whose tones are in a signal."""
    return {account for account, hertz in TONES.items() if strength(signal, hertz) > 0.01}


async def test_a_supervisor_listens_whispers_and_barges_in(firm: Daemon, tmp_path: Path) -> None:
    """What is heard at the browser, and who hears its microphone; all of it on record."""
    microphone = tmp_path / "microphone.wav"
    soundfile.write(microphone, sine(TONES["110-1"], 2, -10) / 32768, 8000)
    with contextlib.ExitStack() as there:
        link = there.enter_context(served(firm, "110"))
        ewa, jan = (
            there.enter_context(Softphone(firm.port, one, TONES[one])) for one in ("103-1", "102-1")
        )
        await asyncio.to_thread(connect, firm, ewa, "102", jan)
        async with chromium(microphone, EAR) as context:
            page = await context.new_page()
            complaints: list[str] = []
            page.on("console", lambda said: complaints.append(said.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            await listens(page, link)
            assert "Jan Kowal <102>" in await page.inner_text("#headset-says")
            for width, theme in itertools.product((360, 1100), ("light", "dark")):
                await page.set_viewport_size({"width": width, "height": 800})
                await page.evaluate("it => document.documentElement.dataset.theme = it", theme)
                await require_accessible(page, f"listening {theme} {width}")
                assert await page.evaluate("document.documentElement.scrollWidth") <= width
                await page.screenshot(path=tmp_path / f"{theme}-{width}.png", full_page=True)
            assert await talk(page, ewa, jan) == [{"102-1"}, {"103-1"}, {"102-1", "103-1"}]
            for mode, hears in (("whisper", set[str]()), ("barge", {"110-1"})):
                await page.click(f"[data-mode={mode}]")
                await chosen(page, mode)
                caller, agent, _ = await talk(page, ewa, jan)
                assert (caller, agent) == ({"102-1"} | hears, {"103-1", "110-1"}), mode
            await page.click("[data-mode=listen]")
            await chosen(page, "listen")
            await asyncio.to_thread(ewa.hang_up)
            await asyncio.to_thread(jan.hung_up)
            await page.wait_for_selector("text=not talking to anybody now")
            await page.click("#headset-end")
            await page.wait_for_selector("text=Listening has ended")
            assert complaints == []
    heard_by(firm, ewa, "listen", "whisper", "barge", "listen")
    call = firm.ended_call(ewa.call_id).id

    def open_uses() -> int:
        with closing(open_database(firm.database, [listening])) as db:
            rows = db.execute(
                "SELECT count(*) FROM listens WHERE call = ? AND listener = ? AND ended IS NULL",
                [call, MARIA],
            )
            return int(rows.fetchone()[0])

    until(open_uses, (0).__eq__)
