"""How long somebody is let in nowhere, in words."""

import math
from datetime import timedelta

from sipagent.scenario.talk import Said, Talk


def locked(talk: Talk, wait: timedelta) -> Said:
    """Return the wait in words, rounded up: minutes below two hours, then hours."""
    minutes = max(2, math.ceil(wait / timedelta(minutes=1)))
    if minutes < 120:
        return talk("login.locked-minutes", minutes=minutes)
    return talk("login.locked-hours", hours=math.ceil(minutes / 60))
