"""Where the sound of a recording is, and what opens it."""

from pathlib import Path

from sipagent.config import Config
from sipagent.errors import SetupError
from sipagent.exchange.recording.kept import Kept
from sipagent.exchange.recording.keys import keys_of, opened_key


def opened(config: Config, one: Kept) -> tuple[Path, bytes | None]:
    """Return the file of a recording and its key (None: it is not sealed); see ``files.sound_of``.

    Raises:
        SetupError: there is no sound, or the line does not have the key.
    """
    path = config.paths.recordings / one.file
    if not (one.seconds or path.exists()):
        raise SetupError(f"recording {one.id} has no sound")
    return path, opened_key(one.key, keys_of(config))
