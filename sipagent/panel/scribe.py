"""Recordings that somebody wants written down, one after another, while pages go on."""

import threading

import structlog

from sipagent.config import Config
from sipagent.errors import SipAgentError
from sipagent.exchange.recording import words
from sipagent.exchange.recording.kept import Kept, Recordings
from sipagent.exchange.recording.scribe import words_of
from sipagent.exchange.recording.uses import Use
from sipagent.store.data import Data
from sipagent.threads import Threads

#: Whisper takes the processors that there are: one recording at a time.
WRITING = Threads("writing", 1, 100)

log = structlog.get_logger(__name__)


class Scribe:
    """Has recordings written down.

    Args:
        config: the settings.
        data: where words are kept.
    """

    def __init__(self, config: Config, data: Data) -> None:
        self._config = config
        self._data = data
        self._lock = threading.Lock()
        #: By number, what has kept it from being written down; empty: it waits, or goes on.
        self._states: dict[int, str] = {}

    def state(self, number: int) -> str | None:
        """Return why a recording was not written down; empty while it is, None otherwise."""
        with self._lock:
            return self._states.get(number)

    def begin(self, one: Kept, who: str) -> None:
        """Have a recording written down, and do not wait; once, however often that is wanted.

        Raises:
            Overloaded: too many wait already.
        """
        with self._lock:
            if self._states.get(one.id) == "":
                return
            WRITING.begin(self._write, one, who)
            self._states[one.id] = ""

    def _write(self, one: Kept, who: str) -> None:
        try:
            text = words_of(self._config, one)
            self._data.write(lambda db: words.keep(db, one.id, text))
            self._data.write(lambda db: Recordings(db).used(one, who, Use.TRANSCRIBED))
        except SipAgentError as error:
            log.warning("a recording cannot be written down", recording=one.id, reason=str(error))
            with self._lock:
                self._states[one.id] = str(error)
        else:
            with self._lock:
                del self._states[one.id]
