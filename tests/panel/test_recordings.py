"""Recordings in the panel: heard in parts, read, downloaded; whoever has one is on record."""

import asyncio
import io
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
import sqlite_utils
import time_machine

from sipagent.errors import TranscriptionError
from sipagent.exchange.recording.files import header
from sipagent.exchange.recording.kept import Kept, Recordings
from sipagent.exchange.recording.uses import uses
from sipagent.panel.files import wanted
from sipagent.panel.permissions import Role
from sipagent.panel.player import waveform
from sipagent.panel.scribe import WRITING
from tests.exchange.recording.samples import voices
from tests.panel.browsing import Browser, Panel, opened
from tests.panel.recordings import keep, write_key
from tests.panel.test_calls import HOSTILE, fill

pytestmark = pytest.mark.unit

SOUND = voices(2.5)
WHOLE = header(len(SOUND)) + SOUND
SAID = f"0:00 Anna: Faktura za wrzesień. {HOSTILE}"


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over a call that is recorded, sealed."""

    def filled(db: sqlite_utils.Database) -> None:
        fill(db)
        with db.conn:
            keep(db, tmp_path / "recordings", sound=SOUND, said=SAID, left_party=HOSTILE)

    key = write_key(tmp_path)
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    with (
        time_machine.travel(noon, tick=True),
        opened(tmp_path, filled, recording={"key_file": key}) as panel,
    ):
        panel.add("adm", language="en")
        panel.add("anna", Role.USER, user="101")
        panel.add("bajka", Role.MANAGER, manager="BAJKA")
        yield panel


@pytest.fixture
def adm(firm: Panel) -> Browser:
    """Let an administrator in."""
    browser = firm.browser()
    browser.log_in("adm")
    return browser


def done(firm: Panel) -> list[tuple[str, str]]:
    """Return who has done what with the recordings."""
    return [(use.who, use.what.value) for use in firm.store.blocking.read(uses)]


def number_of(firm: Panel) -> int:
    """Return the number of the only recording."""
    (one,) = firm.store.blocking.read(lambda db: Recordings(db).listed())
    return one.id


def test_a_call_shows_its_recording_with_a_waveform_and_chapters(firm: Panel, adm: Browser) -> None:
    """What has happened in the call stands among the chapters, at its second of the sound."""
    page, one = adm.get("/calls/call0001").text, number_of(firm)
    assert '<svg class="wave" viewBox="0 0 25 100"' in page  # ten points a second
    assert f'src="/recordings/{one}/sound"' in page
    marks = [part.split('"')[0] for part in page.split('data-at="')[1:]]
    assert marks == ["0.0", "1.0", "1.2"]
    assert '<path class="marks" d="M0.0 0V100M10.0 0V100M12.5 0V100"/>' in page
    assert "The caller presses 7." in page
    assert "Silent, as Anna wants it." in page
    assert done(firm) == []  # nobody has heard anything yet


def test_whoever_hears_it_is_on_record_once(firm: Panel, adm: Browser) -> None:
    """A browser asks for a sound in parts, from anywhere: none of them escapes the record."""
    path = f"/recordings/{number_of(firm)}/sound"
    part = adm.client.get(path, headers={"range": "bytes=50000-"})
    assert part.status_code == 206
    assert part.content == WHOLE[50_000:]
    assert part.headers["content-range"] == f"bytes 50000-{len(WHOLE) - 1}/{len(WHOLE)}"
    assert part.headers["accept-ranges"] == "bytes"
    assert part.headers["cache-control"] == "no-store"
    assert done(firm) == [("adm (panel)", "heard")]
    whole = adm.get(path)
    assert (whole.status_code, whole.content) == (200, WHOLE)
    assert whole.headers["content-length"] == str(len(WHOLE))
    assert done(firm) == [("adm (panel)", "heard")]


def test_any_part_of_a_sealed_recording(firm: Panel, adm: Browser) -> None:
    path = f"/recordings/{number_of(firm)}/sound"
    for asked, first, last in (
        ("0-0", 0, 0), ("10-50", 10, 50), ("43-44", 43, 44), ("44-", 44, None), ("-10", -10, None),
        ("31999-64100", 31_999, 64_100), ("64044-", 64_044, None), ("0-99999999", 0, None),
    ):  # fmt: skip
        part = adm.client.get(path, headers={"range": f"bytes={asked}"})
        assert part.status_code == 206
        assert part.content == WHOLE[first : None if last is None else last + 1], asked


def test_what_is_not_there_of_it(firm: Panel, adm: Browser) -> None:
    path = f"/recordings/{number_of(firm)}/sound"
    beyond = adm.client.get(path, headers={"range": f"bytes={len(WHOLE)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(WHOLE)}")
    assert done(firm) == []
    for odd in ("bytes=5-2", "bytes=0-1,3-4", "seconds=1-2", "bytes=-", "bytes=x-"):
        assert adm.client.get(path, headers={"range": odd}).status_code == 200
    with pytest.raises(ValueError, match="bytes=-0"):
        wanted("bytes=-0", 10)


def test_a_download_is_on_record_and_other_programs_play_it(firm: Panel, adm: Browser) -> None:
    for form in ("wav", "opus", "mp3"):
        require_playable(adm, number_of(firm), form)
    assert done(firm) == [("adm (panel)", "exported")] * 3


def require_playable(adm: Browser, one: int, form: str) -> None:
    """Check that a recording is downloaded whole, with both channels."""
    answer = adm.get(f"/recordings/{one}/file.{form}")
    assert answer.headers["content-disposition"] == f'attachment; filename="recording-{one}.{form}"'
    samples, rate = soundfile.read(io.BytesIO(answer.content))
    assert samples.shape[1] == 2
    assert len(samples) / rate == pytest.approx(2.5, abs=0.2)
    middle = samples[rate : 2 * rate]
    loudest = [np.abs(np.fft.rfft(middle[:, side])).argmax() for side in (0, 1)]
    assert loudest == pytest.approx([400, 900], abs=2)


def test_reading_and_finding_words_is_on_record(firm: Panel, adm: Browser) -> None:
    page = adm.get("/recordings?words=wrzesien").text
    assert "Faktura za wrzesień" in page
    assert "was not said" in adm.get("/recordings?words=podatek").text
    page = adm.get(f"/recordings/{number_of(firm)}").text
    assert "Faktura za wrzesień" in page
    assert "read its words" in page
    assert done(firm) == [("adm (panel)", "found"), ("adm (panel)", "read")]
    every = adm.get("/recordings/uses").text
    assert "found it by its words" in every


def test_words_are_written_down_while_pages_go_on(
    firm: Panel, adm: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks on sees that it goes on, what has kept it from that, and then the words."""
    going = threading.Event()
    heard: list[int] = []
    failing = [TranscriptionError("there is no model")]

    async def written_down(config: object, sound: Iterator[bytes], one: Kept) -> str:
        await asyncio.to_thread(going.wait, 60)
        heard.append(len(b"".join(sound)))
        if failing:
            raise failing.pop()
        return "0:00 Anna: Dzień dobry."

    monkeypatch.setattr("sipagent.exchange.recording.scribe._written_down", written_down)
    folder = tmp_path / "recordings"
    one = firm.store.blocking.write(lambda db: keep(db, folder, sound=SOUND))
    assert "not written down yet" in adm.get(f"/recordings/{one}").text
    for says in ("there is no model", "Dzień dobry."):
        going.clear()
        for _ in range(2):  # pressed twice
            page = adm.post(f"/recordings/{one}/words")
            assert "are being written down" in page.text
            assert 'hx-trigger="every 3s"' in page.text
        going.set()
        part = until(lambda: adm.get(f"/recordings/{one}/words").text, "hx-trigger")
        assert says in part
    assert heard == [len(SOUND), len(SOUND)]
    assert ("adm (panel)", "transcribed") in done(firm)


def test_words_of_what_was_deleted_meanwhile_are_not_kept(
    firm: Panel, adm: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = threading.Event()

    async def written_down(*_: object) -> str:
        await asyncio.to_thread(going.wait, 60)
        return "0:00 Anna: Tajne."

    monkeypatch.setattr("sipagent.exchange.recording.scribe._written_down", written_down)
    one, data = number_of(firm), firm.store.blocking
    adm.get(f"/recordings/{one}")
    adm.post(f"/recordings/{one}/words")
    data.write(lambda db: Recordings(db).delete(Recordings(db).find(one), "jan"))
    going.set()
    assert asyncio.run(WRITING.settled(60))
    assert adm.get("/recordings?words=tajne").text.count("<q>") == 0
    assert data.read(lambda db: db.execute("SELECT count(*) FROM recording_words").fetchone()) == (
        0,
    )


def until(look: Callable[[], str], gone: str) -> str:
    """Return what is seen once something is not in it any more."""
    deadline = time.monotonic() + 60
    while gone in (seen := look()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)
    return seen


def test_where_nothing_is_written_down_no_button_says_so(tmp_path: Path) -> None:
    def filled(db: sqlite_utils.Database) -> None:
        fill(db)
        with db.conn:
            keep(db, tmp_path / "recordings")

    write_key(tmp_path)
    with opened(tmp_path, filled, transcription={"enabled": False}) as panel:
        panel.add("adm", language="en")
        browser = panel.browser()
        browser.log_in("adm")
        page = browser.get(f"/recordings/{number_of(panel)}").text
    assert "Transcription is off" in page
    assert "Write the words down" not in page


def test_what_strangers_have_said_or_sent_is_text(firm: Panel, adm: Browser) -> None:
    for path in ("/recordings", f"/recordings/{number_of(firm)}", "/calls/call0001",
                 f"/recordings?words={HOSTILE}"):  # fmt: skip
        page = adm.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_recordings_are_for_administrators(firm: Panel) -> None:
    """After a hand-over others talk in a recording: it is not simply its user's."""
    for name in ("anna", "bajka"):
        browser, one = firm.browser(), number_of(firm)
        browser.log_in(name)
        for path in ("", f"/{one}", f"/{one}/sound", f"/{one}/file.wav", "/uses"):
            assert browser.get(f"/recordings{path}").status_code == 404
        assert "/recordings" not in browser.get("/calls/call0001").text
    assert done(firm) == []


def test_there_is_no_such_recording_and_no_such_format(firm: Panel, adm: Browser) -> None:
    for name in ("0", "99", "x", "-1", "9" * 30, "1'--"):
        for rest in ("", "/sound", "/file.wav"):
            assert adm.get(f"/recordings/{name}{rest}").status_code == 404
    assert adm.get(f"/recordings/{number_of(firm)}/file.exe").status_code == 404
    assert done(firm) == []


def test_without_its_key_it_is_neither_heard_nor_on_record(
    firm: Panel, adm: Browser, tmp_path: Path
) -> None:
    one = number_of(firm)
    (tmp_path / "recording.key").write_text("not a key")
    answer = adm.get(f"/recordings/{one}/sound")
    assert answer.status_code == 409
    assert "a key of recordings is 32 bytes" in answer.text
    assert adm.get(f"/recordings/{one}/file.mp3").status_code == 409
    assert done(firm) == []


def test_one_that_goes_on_is_heard_later(firm: Panel, adm: Browser) -> None:
    one = number_of(firm)
    firm.store.blocking.write(
        lambda db: db.execute("UPDATE recordings SET ended = NULL WHERE id = ?", [one])
    )
    assert "still being recorded" in adm.get("/calls/call0001").text
    assert adm.get(f"/recordings/{one}/sound").status_code == 409
    assert done(firm) == []


def test_pages_of_recordings_follow_each_other(firm: Panel, adm: Browser, tmp_path: Path) -> None:
    for _ in range(60):
        firm.store.blocking.write(lambda db: keep(db, tmp_path / "recordings", sound=voices(0.1)))
    first = adm.get("/recordings").text
    older = first.split('" rel="next"')[0].rpartition('href="')[2]
    second = adm.get(older).text
    seen = [part.split('"')[0] for page in (first, second) for part in
            page.split('<a href="/recordings/')[1:] if part[0].isdigit()]  # fmt: skip
    assert len(seen) == 61
    assert list(map(int, seen)) == sorted(map(int, seen), reverse=True)


def test_a_waveform_of_an_hour_is_small() -> None:
    assert waveform(b"") is None
    drawing = waveform(bytes([200, 0] * 1800))
    assert drawing is not None
    assert len(drawing) < 15_000
    assert 'viewBox="0 0 600 100"' in drawing
