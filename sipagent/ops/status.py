"""What the running daemon says of itself: its ``/status``, as other programs here ask for it."""

import json
import urllib.request
from typing import Any

from sipagent.config import HttpSection
from sipagent.errors import ConfigError, SetupError

#: Seconds that an answer may take.
_TIMEOUT = 5.0
#: Addresses that mean all of the machine's own.
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def ask(settings: HttpSection) -> dict[str, Any]:
    """Return what ``/status`` says.

    Raises:
        ConfigError: the daemon serves no status.
        SetupError: no daemon answers, or something else does.
    """
    if not settings.enabled:
        raise ConfigError("http.enabled is false in agent.toml: the daemon tells no status")
    host = _ANY.get(settings.address, settings.address)
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/status"
    # A proxy of the environment has no business between a command and its own daemon.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=_TIMEOUT) as answer:
            said = json.load(answer)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise SetupError(
            f"no daemon answers at {url} ({reason}); is `sipagent run` running, with the same "
            "agent.toml?"
        ) from None
    if not isinstance(said, dict):
        raise SetupError(f"what answers at {url} is no sipagent; see [http] in agent.toml")
    return said
