"""The log: one event a line on standard error, with personal data masked."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from sipagent.config import LogSection

#: Keys under which personal data may stand in an event, and are hidden whatever they look like.
PERSONAL = frozenset(
    {"number", "caller", "called", "login", "owner", "digit", "digits", "name"}
    | {"email", "recipient", "target", "text"}
)
_MASK = "•••"
_SHOWN = 3
#: What is personal by its form, wherever it stands: in a reason, a traceback, a far end's words.
_NUMBER = re.compile(r"\+\d{8,15}\b|\btel:\+?\d+", re.IGNORECASE)
_URI = re.compile(r"\b(sips?:)([^\s@<>;\"]+)@", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w:•])[\w.+-]+@(?=[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b)", re.IGNORECASE)


def configure(settings: LogSection) -> None:
    """Set up structlog and the standard library's logging to write the same lines."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
    ]
    if not settings.personal:
        shared.append(mask)
    formatter = structlog.stdlib.ProcessorFormatter(
        processor=_renderer(settings.format), foreign_pre_chain=shared
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    set_level(settings)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    # It tells each table of each font that a statement is set in.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def set_level(settings: LogSection) -> None:
    """Write from another level on."""
    logging.getLogger().setLevel(settings.level.upper())


def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
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
