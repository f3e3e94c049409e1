"""The log: one event a line on standard error, with personal data masked."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from sipagent.config import LogSection

#: Keys under which personal data may stand in an event; nothing personal stands elsewhere.
PERSONAL = frozenset(
    {"number", "caller", "called", "login", "digit", "name", "email", "recipient", "text"}
)
_MASK = "•••"
_SHOWN = 3


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
    root.setLevel(settings.level.upper())
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide personal values; of a phone number the last three digits stay, to tell calls apart."""
    for key in PERSONAL & event.keys():
        value = event[key]
        if isinstance(value, str) and value.startswith("+"):
            event[key] = _MASK + value[-_SHOWN:]
        elif value:
            event[key] = _MASK
    return event


def _renderer(form: str) -> Processor:
    if form == "console" or (form == "auto" and sys.stderr.isatty()):
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.JSONRenderer(ensure_ascii=False)
