"""The announcements of the exchange: words that a voice of their own reads, or recordings."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from sipagent.domain import Voices
from sipagent.errors import SipAgentError
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import Announcement
from sipagent.scenario.announcements import Announcements
from sipagent.scenario.talk import Said, Speaker, Talk
from sipagent.speech import recordings
from sipagent.speech.recordings import Recording, Recordings
from sipagent.speech.words import LANGUAGES
from sipagent.threads import FILES

#: Seconds between two looks at whether anything is to be rendered.
_LOOK = 2.0
#: A language in which a recording is played, which is the same in all.
_ANY = "pl"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Words:
    """Something to say: its words, or what stands for a recording, and who says them."""

    text: str
    language: str
    speaker: Speaker | None


@dataclass(frozen=True, slots=True)
class _File:
    """A recording as it was when its file had this age and size; nobody plays one that is unfit."""

    stamp: tuple[int, int]
    speaker: Speaker | None


class OwnAnnouncements(Announcements):
    """The announcements as they are now, rendered before anybody hears them.

    Args:
        there: returns the exchange as it is now.
        folder: of the recordings.
        voices: who speaks; None: nobody but who speaks to a caller anyway.
    """

    def __init__(
        self, there: Callable[[], Snapshot], folder: Path, voices: Voices | None = None
    ) -> None:
        self._there = there
        self._folder = folder
        self._voices = voices
        self._files: dict[str, _File] = {}
        self._rendered: set[_Words] = set()
        #: Languages and voices that were found.
        self._known: set[tuple[str, str]] = set()

    async def said(self, talk: Talk, name: str) -> Said | None:
        """Return an announcement as something to say; None: it is gone, or cannot be played."""
        found = self._find(name)
        words = await self._words(found, talk.language) if found is not None else None
        if words is None:
            log.warning("an announcement cannot be played", announcement=name)
            return None
        key = f"announcement.{name}"
        return talk.read(key, words.text, language=words.language, speaker=words.speaker)

    async def keep_rendered(self) -> None:
        """Render whatever is new, until cancelled."""
        while True:
            await self.render()
            await asyncio.sleep(_LOOK)

    async def render(self) -> None:
        """Render what is new since the last time, behind what callers wait for."""
        if self._voices is None or not self._voices.ready:
            return
        there: set[_Words] = set()
        for one in self._there().exchange.announcements:
            for language in one.text or (_ANY,):
                words = await self._words(one, language)
                if words is None or words.speaker is None:
                    continue
                there.add(words)
                if words not in self._rendered:
                    await self._render(one.name, words, words.speaker)
        self._rendered = there

    async def _render(self, name: str, words: _Words, speaker: Speaker) -> None:
        try:
            await speaker.clip(words.text, words.language, "normal", urgent=False)
        except SipAgentError as error:
            log.warning("announcement not rendered", announcement=name, reason=str(error))

    async def _words(self, found: Announcement, language: str) -> _Words | None:
        """Return what is said of an announcement, in a language as far as it has that."""
        if found.recording:
            return await self._recorded(found, language)
        text = next((text for one, text in found.text.items() if one == language), None)
        if text is None:
            language, text = next(iter(found.text.items()))
        return _Words(text, language, await self._speaker(found))

    async def _speaker(self, found: Announcement) -> Speaker | None:
        """Return who reads an announcement; None: who reads everything else."""
        if self._voices is None:
            return None
        voices = {str(language): name for language, name in found.voice.items()}
        try:
            if not voices.items() <= self._known:  # to find one reads all of its files
                await self._voices.find(voices)
                self._known |= voices.items()
        except SipAgentError:  # ``check`` and the start say so
            voices = {}
        return self._voices.narrator(voices, recordings.NONE)

    async def _recorded(self, found: Announcement, language: str) -> _Words | None:
        text = _standing_for(found.recording)
        if self._voices is None:
            return _Words(text, language, None)
        try:
            file = await FILES.run(self._file, found.recording, self._voices)
        except OSError:
            return None
        return None if file.speaker is None else _Words(text, language, file.speaker)

    def _file(self, name: str, voices: Voices) -> _File:
        """Return a recording, read anew where its file has changed."""
        path = self._folder / name
        stat = path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        known = self._files.get(name)
        if known is None or known.stamp != stamp:
            speaker: Speaker | None = None
            try:
                recorded = {_standing_for(name): Recording.of(path)}
                everywhere = Recordings(dict.fromkeys(LANGUAGES, recorded))
                speaker = voices.narrator({}, everywhere)
            except ValueError as error:
                log.warning("a recording cannot be played", file=str(path), reason=str(error))
            known = self._files[name] = _File(stamp, speaker)
        return known

    def _find(self, name: str) -> Announcement | None:
        found = self._there().exchange.find("announcements", name)
        return found if isinstance(found, Announcement) else None


def _standing_for(recording: str) -> str:
    """Return the words in whose place a recording is heard."""
    return f"({recording})"
