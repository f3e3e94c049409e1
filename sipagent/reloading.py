"""What a running line takes anew from agent.toml, and what has to wait for its next start."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from sipagent.config import Config
from sipagent.config_sections import Section
from sipagent.config_texts import TextsSection
from sipagent.errors import ConfigError

#: Sections and keys that are taken anew. ``[billing]`` is read by the commands alone.
_LIVE = frozenset(
    {"trunk", "line", "login", "mail", "transfer", "retention", "billing", "exchange", "log.level"}
    | {"recording", "webhooks", "helpdesk"}
    | {"sip.allow", "sip.direct", "sip.direct_rate", "sip.direct_calls", "sip.trusted"}
    | {f"texts.{name}" for name in TextsSection.model_fields if name != "webhook"}
    | {"sip.registering", "sip.digests", "sip.contacts", "sip.unsolicited_mwi"}
)


@dataclass(frozen=True, slots=True)
class Merged:
    """The settings to go on with, and the keys that have changed, such as ``line.drain``."""

    config: Config
    taken: tuple[str, ...]
    #: Those that have to wait until the line is started again.
    waiting: tuple[str, ...]


def merged(running: Config, file: Config) -> Merged:
    """Return the settings of a line that runs and is given those of the file.

    Raises:
        ConfigError: what is taken anew does not go with what has to wait.
    """
    changed = list(_changed(running, file))
    waiting = tuple(key for key in changed if not _is_live(key))
    values: dict[str, Any] = dict(file)
    for key in waiting:
        name, _, field = key.partition(".")
        old = getattr(running, name)
        values[name] = (
            values[name].model_copy(update={field: getattr(old, field)}) if field else old
        )
    try:
        config = Config.model_validate(values).read_from(file.files)
    except ValidationError as error:
        reasons = "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
        raise ConfigError(
            f"{reasons}, as long as the line is not started again: {', '.join(waiting)}"
        ) from None
    return Merged(config, tuple(key for key in changed if _is_live(key)), waiting)


def _changed(running: Config, file: Config) -> Iterator[str]:
    """Yield the keys of what is not the same: of a section its keys, else the name itself."""
    for name, new in file:
        old = getattr(running, name)
        if not isinstance(new, Section):
            if new != old:
                yield name
            continue
        for field, value in new:
            if value != getattr(old, field):
                yield f"{name}.{field}"


def _is_live(key: str) -> bool:
    return key in _LIVE or key.partition(".")[0] in _LIVE
