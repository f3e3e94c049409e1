"""The log: one event a line on standard error, with personal data masked."""

import contextlib
import logging
import re
import sys
from contextlib import nullcontext
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from sipagent.config import LogSection

#: Keys under which personal data may stand in an event, and are hidden whatever they look like.
PERSONAL = frozenset(
    {"number", "caller", "called", "login", "owner", "digit", "digits", "name"}
    | {"email", "recipient", "target", "text", "box"}
)
#: Of others: they tell each table of a font, each rule of an article, each part of a form.
_TALKATIVE = ("asyncio", "fontTools", "markdown_it", "python_multipart", "PIL")
_LEVELS = logging.getLevelNamesMapping()
_MASK = "•••"
_SHOWN = 3
#: What is personal by its form, wherever it stands: in a reason, a traceback, a far end's words.
_NUMBER = re.compile(r"\+\d{8,15}\b|\btel:\+?\d+", re.IGNORECASE)
_URI = re.compile(r"\b(sips?:)([^\s@<>;\"]+)@", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w:•])[\w.+-]+@(?=[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b)", re.IGNORECASE)


def configure(settings: LogSection) -> None:
    """Set up structlog and the standard library's logging to write the same lines."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    if not settings.personal:
        shared.append(mask)
    renderer = _renderer(settings.format)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
    )
    root = logging.getLogger()
    root.handlers = [handler]
    set_level(settings)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    lines = _Lines(handler)
    structlog.configure(
        processors=[_at_level, *shared, renderer],
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )


class _Lines:
    """Where structlog's lines go: past the records of logging, which cost as much as a line."""

    def __init__(self, handler: "logging.StreamHandler[TextIO]") -> None:
        self._handler = handler

    def write(self, line: str) -> None:
        """Write a line between those of the standard library; what cannot be written is lost."""
        with contextlib.suppress(OSError, ValueError), self._handler.lock or nullcontext():
            self._handler.stream.write(f"{line}\n")
            self._handler.flush()

    debug = info = warning = error = critical = write


def _at_level(_logger: Any, method: str, event: EventDict) -> EventDict:
    """Drop what is below the level of the log."""
    if _LEVELS[method.upper()] < logging.getLogger().level:
        raise structlog.DropEvent
    return event


def set_level(settings: LogSection) -> None:
    """Write from another level on."""
    logging.getLogger().setLevel(settings.level.upper())


def mask(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Hide personal values; of a phone number the last three digits stay, to tell calls apart."""
    for key, value in event.items():
        if key in PERSONAL:
            event[key] = _hidden(value)
        elif isinstance(value, str):
            event[key] = _without_persons(value)
    return event


def _hidden(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("+"):
        return _MASK + value[-_SHOWN:]
    return _MASK if value else value


def _without_persons(text: str) -> str:
    if "@" in text:
        text = _URI.sub(lambda found: f"{found[1]}{_MASK}{_end(found[2])}@", text)
        text = _ADDRESS.sub(f"{_MASK}@", text)
    return _NUMBER.sub(lambda found: _MASK + found[0][-_SHOWN:], text)


def _end(user: str) -> str:
    """Return the last digits of a number, and nothing of a name."""
    return user[-_SHOWN:] if user.lstrip("+").isdigit() else ""


def _renderer(form: str) -> Processor:
    if form == "console" or (form == "auto" and sys.stderr.isatty()):
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.JSONRenderer(ensure_ascii=False)
