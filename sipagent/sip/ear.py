"""Telling speech from silence by the level of what the far end sends."""

from dataclasses import dataclass

#: Level (0 to 100) from which it is speech on a quiet line, and by how much it stands out of the
#: noise on another.
_AUDIBLE = 8
_ABOVE_NOISE = 6
#: By how much the noise is taken to have risen in each second without a quieter moment.
_RISE = 2.0
#: Gaps in seconds that belong to speech: between words, and before a closed consonant.
_GAP = 0.5


@dataclass(slots=True)
class Ear:
    """Is fed levels with their times, in seconds, and knows what was heard."""

    #: Whether the far end speaks; short gaps do not count.
    speaking: bool = False
    #: Whether speech was heard since ``forget``.
    heard: bool = False
    _last_loud: float = 0.0
    _noise: float = 0.0
    _fed: float = 0.0

    def feed(self, level: int, now: float) -> None:
        """Take the level of this moment."""
        self._noise = min(level, self._noise + _RISE * (now - self._fed))
        self._fed = now
        if level >= max(_AUDIBLE, self._noise + _ABOVE_NOISE):
            self.speaking = self.heard = True
            self._last_loud = now
        elif now - self._last_loud >= _GAP:
            self.speaking = False

    def silent_for(self, now: float) -> float:
        """Return for how long nothing has been heard, after something was; else 0."""
        return now - self._last_loud if self.heard else 0.0

    def forget(self) -> None:
        """Wait for speech anew."""
        self.heard = False
