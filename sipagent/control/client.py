"""Asks the running line, as commands do."""

import json
import socket
from typing import Any, BinaryIO

from sipagent.config import Config
from sipagent.control.wire import ANSWER, Question, short
from sipagent.errors import ConfigError, DataError, SetupError, SipAgentError

#: Seconds that an answer may take.
_TIMEOUT = 10.0
#: Those whose sentences are for whoever asks; all others are the line's own trouble.
_KINDS: dict[str, type[SipAgentError]] = {one.code: one for one in (ConfigError, DataError)}


class Unanswered(SetupError):
    """The line was asked, and broke off its answer: nobody knows whether it has done it."""

    code = "unanswered"


def ask(config: Config, do: str, **wanted: object) -> Any:
    """Have the running line do something, and return what it answers.

    Args:
        config: of the line.
        do: ``subject.verb``.
        **wanted: what belongs to it.

    Raises:
        SetupError: no line runs, or it refuses.
        Unanswered: it may have done it, or not.
        DataError, ConfigError: what was asked cannot be, and why.
    """
    path = config.paths.control
    try:
        with socket.socket(socket.AF_UNIX) as line, line.makefile("rb") as answers:
            line.settimeout(_TIMEOUT)
            with short(path) as name:
                line.connect(name)
            line.sendall(Question(do, wanted).written())
            answer = _answer(answers)
    except OSError as error:
        reason = error.strerror or str(error)
        raise SetupError(
            f"no line answers at {path} ({reason}); is `sipagent run` running, with the same "
            "agent.toml, and as the same user?"
        ) from None
    if not answer.endswith(b"\n"):
        raise Unanswered(f"the line broke off its answer to {do!r}; see its log")
    said = json.loads(answer)
    if (refusal := said.get("error")) is not None:
        raise _KINDS.get(refusal["code"], SetupError)(refusal["text"])
    return said["answer"]


def _answer(answers: BinaryIO) -> bytes:
    """Return the line that answers; nothing, or a part of one, where it is broken off."""
    try:
        return answers.readline(ANSWER)
    except OSError:
        return b""
