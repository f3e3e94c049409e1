"""Text → clip: what the rest of the house asks to have something read aloud."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import structlog

from sipagent import tasks
from sipagent.errors import ConfigError, SpeechError
from sipagent.speech import recordings
from sipagent.speech import voices as voice_files
from sipagent.speech.clip import Clip
from sipagent.speech.clips import Clips
from sipagent.speech.pacing import PACES, VERSION
from sipagent.speech.pool import Pool
from sipagent.speech.recordings import Recording, Recordings
from sipagent.speech.script import Part, parts
from sipagent.threads import FILES

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Narrator:
    """A speaker as one scenario wants it: its voices, and what is recorded of its prompts.

    ``voices`` are pairs of language and name of a voice.
    """

    speaker: "Speaker"
    voices: tuple[tuple[str, str], ...]
    recorded: Recordings

    async def clip(
        self, text: str, language: str, pace: str = "normal", *, urgent: bool = True
    ) -> Clip:
        """Return a text as audio; see ``Speaker.clip``."""
        return await self.speaker.narrated(self, text, language, pace, urgent=urgent)

    def cached(self, text: str, language: str, pace: str = "normal") -> Clip | None:
        """Return a text as audio where it was rendered before."""
        return self.speaker.kept(self, text, language, pace)


#: A text to be rendered: who reads it, its words, language and pace.
Item = tuple[Narrator, str, str, str]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a clip is made of, by which voices, and its key in the cache."""

    parts: tuple[Part, ...]
    models: dict[str, str]
    key: str


@dataclass(frozen=True, slots=True)
class _Found:
    voice: voice_files.Voice
    identity: str


class Speaker:
    """The voices of all languages, rendering in worker processes, and the clips they made.

    Args:
        voices: language → name of a voice, as in ``[voices]``.
        voices_dir: where voices lie that no package brings.
        cache_dir: where clips are kept.
        workers: number of processes.
        timeout: seconds that a caller waits for a clip.
        cache_megabytes: size of the cache in 10⁶ bytes.
        waited: is told of each clip that a caller waited for whether it was in the cache, and
            how many seconds it took.
    """

    def __init__(
        self,
        voices: Mapping[str, str],
        voices_dir: Path,
        cache_dir: Path,
        *,
        workers: int = 1,
        timeout: float = 60.0,
        cache_megabytes: int = 256,
        waited: Callable[[bool, float], None] = lambda cached, seconds: None,
    ) -> None:
        self._names = dict(voices)
        self._voices_dir = voices_dir
        self._workers = workers
        self._timeout = timeout
        self._waited = waited
        self._clips = Clips(cache_dir, cache_megabytes * 1_000_000)
        #: By language and name.
        self._found: dict[tuple[str, str], _Found] = {}
        self._usual = self.narrator({}, recordings.NONE)
        self._pool: Pool | None = None
        self._behind: asyncio.Task[None] | None = None
        # The script of a text is needed twice or more: to look its clip up, then to render it.
        self._plan = lru_cache(maxsize=2048)(self._make_plan)

    async def open(self) -> None:
        """Find the voices and open the cache: what was rendered before can be had from now on.

        Raises:
            SetupError: a voice is missing, or the cache cannot be written; the text says what to
                do.
        """
        await self.find(self._names)
        spoilt = await FILES.run(self._clips.open)
        if spoilt:
            log.warning("spoilt clips deleted", count=spoilt)

    async def find(self, voices: Mapping[str, str]) -> None:
        """Find the voices of a scenario, so that narrators can use them.

        Raises:
            SetupError: one is missing, or speaks another language.
        """
        found = await FILES.run(voice_files.find_all, voices, self._voices_dir)
        for language, voice in found.items():
            identity = await FILES.run(voice.identity)
            self._found[language, voices[language]] = _Found(voice, identity)

    def narrator(self, voices: Mapping[str, str], recorded: Recordings) -> Narrator:
        """Return one who reads with other voices than the usual ones; ``find`` comes before."""
        return Narrator(self, tuple({**self._names, **voices}.items()), recorded)

    async def start(self) -> None:
        """Open what is not open, start the processes and load the voices.

        Raises:
            SetupError: a voice is missing or cannot be loaded, or the cache cannot be written;
                the text says what to do.
        """
        if not self._found:
            await self.open()
        self._pool = self._make_pool()
        await self._pool.start()
        names = [found.voice.name for found in self._found.values()]
        log.info("voices loaded", voices=names, clips=len(self._clips))

    def start_behind(self) -> None:
        """Start the processes without waiting for them; renderings wait until they are there.

        To be called after ``open``. A voice that cannot be loaded is an error in the log, and
        loaded again for the next caller or rendering.
        """
        self._pool = self._make_pool()
        self._pool.start_behind()

    async def close(self) -> None:
        """End the processes at once; safe to call twice, and before ``start``."""
        await self._drop_behind()
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await pool.close()

    def attend(self) -> Callable[[object], None]:
        """Have the voices there for a caller; what is returned is to be called when he has gone.

        Where nobody calls for a minute they go, and their memory comes back.
        """
        return self._pool.attend() if self._pool is not None else lambda caller: None

    @property
    def ready(self) -> bool:
        """Whether texts can be rendered."""
        return self._pool is not None and self._pool.alive

    async def clip(
        self, text: str, language: str, pace: str = "normal", *, urgent: bool = True
    ) -> Clip:
        """Return a text as audio, from the cache or rendered now.

        Args:
            text: running text; a sentence of another language is marked ``[en]…[/en]``.
            language: of the text.
            pace: ``normal`` or ``slow``.
            urgent: a caller waits for it, so it goes before those that are made ahead of need.

        Raises:
            SpeechError: it cannot be rendered, too many others wait, or it takes too long.
        """
        return await self.narrated(self._usual, text, language, pace, urgent=urgent)

    def cached(self, text: str, language: str, pace: str = "normal") -> Clip | None:
        """Return a text as audio where it was rendered before."""
        return self.kept(self._usual, text, language, pace)

    async def narrated(
        self, narrator: Narrator, text: str, language: str, pace: str, *, urgent: bool
    ) -> Clip:
        """Return a text as audio, as a narrator reads it; see ``clip``."""
        began = time.perf_counter()
        plan = self._plan(narrator, text, language, pace)
        cached = self._clips.get(plan.key)
        clip = cached or await self._render(plan, pace, urgent)
        if urgent:
            self._waited(cached is not None, time.perf_counter() - began)
        return clip

    def kept(self, narrator: Narrator, text: str, language: str, pace: str) -> Clip | None:
        """Return what a narrator has read before."""
        return self._clips.get(self._plan(narrator, text, language, pace).key)

    async def render_all(
        self,
        items: Iterable[Item],
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Render many texts, in their order; nobody waits, so it takes as long as it takes.

        Args:
            items: what.
            progress: is told how many are done, and of how many.

        Raises:
            SpeechError: one of them cannot be rendered; the others are given up.
        """
        wanted = list(dict.fromkeys(items))
        rest = iter(wanted)
        done = 0

        async def render_rest() -> None:
            nonlocal done
            for item in rest:
                await self.narrated(*item, urgent=False)
                done += 1
                if progress is not None:
                    progress(done, len(wanted))

        # One more than there are workers, so that none of them idles between two texts.
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._workers + 1):
                    group.create_task(render_rest())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def render_behind(self, items: Iterable[Item]) -> None:
        """Render many texts behind what callers wait for, in place of what was still to be done.

        A text that cannot be rendered is a warning in the log, and tried when it is asked for.
        """
        await self._drop_behind()
        self._behind = tasks.begin(self._render_behind(list(items)), "render-behind")

    async def _render_behind(self, items: list[Item]) -> None:
        count = 0
        for item in items:
            await asyncio.sleep(0)  # to look one up is work too, and calls go on
            try:
                if self.kept(*item) is None:
                    await self.narrated(*item, urgent=False)
                    count += 1
            except SpeechError as error:
                log.warning("prompt not rendered", text=item[1], reason=str(error))
        if count:
            log.info("prompts rendered", count=count)

    async def _drop_behind(self) -> None:
        if self._behind is not None:
            await tasks.cancelled(self._behind)
            self._behind = None

    def _make_pool(self) -> Pool:
        # The first language is spoken to everybody; another voice is loaded when it is needed.
        usual = [self._found[one].voice.model.absolute() for one in self._usual.voices[:1]]
        return Pool(usual, self._workers, self._timeout, self._clips.add)

    async def _render(self, plan: _Plan, pace: str, urgent: bool) -> Clip:
        """Ask a worker (see ``sipagent.speech.worker``)."""
        if self._pool is None:
            raise SpeechError("the voices are not started")
        request = {
            "voices": plan.models,
            "parts": [
                {"recording": str(part.path)}
                if isinstance(part, Recording)
                else {"language": part.language, "text": part.text}
                for part in plan.parts
            ],
            "pace": pace,
            "directory": str(self._clips.directory),
            "key": plan.key,
        }
        return await self._pool.render(plan.key, request, urgent=urgent)

    def _make_plan(self, narrator: Narrator, text: str, language: str, pace: str) -> _Plan:
        if pace not in PACES:
            raise ConfigError(f"{pace!r} is no pace; there are {', '.join(PACES)}")
        heard = tuple(parts(text, language, narrator.recorded))
        if not heard:
            raise SpeechError("there is nothing to say")
        names = dict(narrator.voices)
        said: list[tuple[str, ...]] = []
        models: dict[str, str] = {}
        for part in heard:
            if isinstance(part, Recording):
                said.append((part.digest,))
                continue
            found = self._found.get((part.language, names.get(part.language, "")))
            if found is None:
                raise SpeechError(f"there is no voice for {part.language!r}; add it to [voices]")
            models[part.language] = str(found.voice.model.absolute())
            said.append((found.identity, part.language, part.text))
        written = json.dumps([VERSION, pace, said])
        return _Plan(heard, models, hashlib.sha256(written.encode()).hexdigest()[:40])
