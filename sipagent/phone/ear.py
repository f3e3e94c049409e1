"""Telling speech from silence by the level of what the far end sends."""

from dataclasses import dataclass

#: Level (0 to 100) from which it is speech; the noise of a line stays below.
_AUDIBLE = 8
#: Speech that lasts less than this many seconds is a click.
_CLICK = 0.06


@dataclass(slots=True)
class Ear:
    """Is fed levels with their times, in seconds, and knows what was heard."""

    #: When the present stretch of sound or silence began.
    since: float = 0.0
    speaking: bool = False
    #: Whether speech was heard since ``forget``.
    heard: bool = False

    def feed(self, level: int, now: float) -> None:
        """Take the level of this moment."""
        loud = level >= _AUDIBLE
        if loud != self.speaking:
            self.speaking, self.since = loud, now
        if loud and now - self.since >= _CLICK:
            self.heard = True

    def silent_for(self, now: float) -> float:
        """Return for how long nothing has been heard, after something was; else 0."""
        return now - self.since if self.heard and not self.speaking else 0.0

    def forget(self) -> None:
        """Wait for speech anew."""
        self.heard = False
