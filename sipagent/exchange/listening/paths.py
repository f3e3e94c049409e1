"""Who hears whom while somebody listens in; pure, and the only place that says so."""

from collections.abc import Collection
from enum import StrEnum
from typing import TypeVar

Someone = TypeVar("Someone")


class Mode(StrEnum):
    """How somebody listens in."""

    #: They hear, and nobody hears them.
    LISTEN = "listen"
    #: The agent hears them, too.
    WHISPER = "whisper"
    #: Everybody does.
    BARGE = "barge"


def paths(
    mode: Mode, listener: Someone, agent: Someone, others: Collection[Someone], *, held: bool
) -> frozenset[tuple[Someone, Someone]]:
    """Return the paths of sound that there are besides those of the conversation itself.

    While somebody of the conversation holds, the others hear music, and nobody of them hears the
    agent: so the listener hears nobody but the agent then, and is heard by nobody else.

    Args:
        mode: how they listen in.
        listener: who does.
        agent: who is listened to.
        others: who talk with the agent.
        held: whether somebody of the conversation holds.

    Returns:
        who is heard, and by whom, for each path.
    """
    there = frozenset({agent} if held else {agent, *others})
    heard_by = {Mode.LISTEN: frozenset[Someone](), Mode.WHISPER: frozenset({agent})}
    heard = frozenset((one, listener) for one in there)
    return heard | frozenset((listener, one) for one in heard_by.get(mode, there))
