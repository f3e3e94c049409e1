"""Errors that a person can act on.

Every error has a stable ``code`` (for logs, metrics and scripts), a sentence that says what is
wrong and what to do, and the exit status of a command that ends with it.
"""

from typing import ClassVar


class SipAgentError(Exception):
    """Base of all errors that sipagent raises on purpose."""

    code: ClassVar[str] = "error"
    exit_status: ClassVar[int] = 1


class ConfigError(SipAgentError):
    """agent.toml, a scenario or a prompt file is wrong; the text names file, line and key."""

    code = "config"
    exit_status = 2


class SetupError(SipAgentError):
    """The machine lacks something: a library, a voice, a port, room on the disk."""

    code = "setup"
    exit_status = 3


class DataError(SipAgentError):
    """Data given by the user cannot be taken; the text names file, line and column."""

    code = "data"
    exit_status = 4


class CallError(SipAgentError):
    """Something about one call went wrong."""

    code = "call"
    exit_status = 5


class HungUp(CallError):
    """The call is over: the other side hung up, or it was lost.

    Raised out of whatever the scenario was waiting for, so that a step needs no check of its own.
    """

    code = "hung-up"


class TranscriptionError(SipAgentError):
    """A recording could not be turned into text."""

    code = "transcription"
    exit_status = 6


class Fault(SipAgentError):
    """Something broke that must not: the daemon ends, and whoever watches it starts it again."""

    code = "fault"
    exit_status = 7


class SpeechError(SipAgentError):
    """Text could not be turned into audio."""

    code = "speech"
    exit_status = 6
