"""The words of an announcement as callers would hear them, for who writes them just now."""

import asyncio
from typing import Literal

from sipagent import tasks
from sipagent.control.control import Control, Controls, Wish
from sipagent.domain import Voices
from sipagent.errors import DataError, SetupError, SpeechError
from sipagent.exchange.model import Language
from sipagent.exchange.values import Text
from sipagent.speech.recordings import NONE
from sipagent.telephony.leg import Clip

#: Seconds until who asks is told to ask again, and texts that are rendered at the same time.
_PATIENCE, _MOST = 3.0, 5


class Words(Wish):
    """A text, its language and pace, and the voice that reads it; empty: that of the line."""

    text: Text
    language: Language = "pl"
    voice: str = ""
    pace: Literal["normal", "slow"] = "normal"


class Previews:
    """Has texts rendered that may never be kept, behind what callers wait for.

    Args:
        voices: who speaks; None: nobody.
    """

    def __init__(self, voices: Voices | None) -> None:
        self._voices = voices
        self._rendering: dict[Words, asyncio.Task[Clip]] = {}
        self.controls: Controls = {"announcements.preview": Control(Words, self.preview)}

    async def preview(self, words: Words) -> object:
        """Return the file among the clips, and its seconds; None: it takes longer, ask again.

        Raises:
            DataError: it cannot be rendered, or too much is.
            SetupError: nobody speaks, or not with that voice.
        """
        task = self._rendering.get(words) or self._begin(words)
        await asyncio.wait((task,), timeout=_PATIENCE)
        if not task.done():
            return None
        try:
            clip = task.result()
        except SpeechError as error:
            raise DataError(str(error)) from None
        return {"clip": clip.path.name, "seconds": clip.seconds}

    async def stop(self) -> None:
        """Render nothing any more."""
        await tasks.cancelled(*self._rendering.values())

    def _begin(self, words: Words) -> asyncio.Task[Clip]:
        if len(self._rendering) >= _MOST:
            raise DataError("several texts are being rendered; listen to this one in a moment")
        task = self._rendering[words] = tasks.begin(self._render(words), "preview")
        task.add_done_callback(lambda _: self._rendering.pop(words))
        return task

    async def _render(self, words: Words) -> Clip:
        if self._voices is None or not self._voices.ready:
            raise SetupError("the voices of the line are not there; listen in a moment")
        voices = {str(words.language): words.voice} if words.voice else {}
        await self._voices.find(voices)
        narrator = self._voices.narrator(voices, NONE)
        return await narrator.clip(words.text, words.language, words.pace, urgent=False)
