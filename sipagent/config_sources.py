"""Reads agent.toml, what is one's own over it, and the environment over both.

Any key can be overridden from the environment: ``SIPAGENT_SECTION__KEY=value``, the value
written as in TOML (``SIPAGENT_SIP__PORT=5070``); a bare word is taken as a string.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from sipagent import toml
from sipagent.config import FILE, Config
from sipagent.config_sections import Section
from sipagent.errors import ConfigError

ENV_PREFIX = "SIPAGENT_"
#: Settings of one's own, beside the file that they win over: an update of that one disturbs none.
OWN = Path("local/agent.toml")

SectionType = TypeVar("SectionType", bound=Section)


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """Return the settings of a file, with what is one's own put over it, paths absolute.

    ``local/agent.toml`` beside the file wins over it, key by key, and the environment over both.

    Args:
        path: the file; without one the defaults count as if they stood in ./agent.toml.
        environ: the environment.

    Raises:
        ConfigError: names file, line and key, one line a mistake.
    """
    data = toml.read(path) if path is not None else {}
    file = path if path is not None else FILE
    files = [file]
    own = file.parent / OWN
    if own.exists():
        files.append(own)
        _put_over(data, toml.read(own))
    for name, value in sorted(environ.items()):
        if name.startswith(ENV_PREFIX) and "__" in name:
            _override(data, name, value)
    config = toml.validate(Config, data, *files).read_from(files)
    return _absolute(config, file.resolve().parent)


def _put_over(data: dict[str, Any], own: Mapping[str, Any]) -> None:
    """Replace what the other table says too; a list, such as that of the trunks, as a whole."""
    for key, value in own.items():
        there = data.get(key)
        if isinstance(value, dict) and isinstance(there, dict):
            _put_over(there, value)
        else:
            data[key] = value


def _absolute(section: SectionType, base: Path) -> SectionType:
    """Return a section whose paths, and those of the sections in it, are relative to nothing."""
    changed: dict[str, Any] = {}
    for name, value in section:
        match value:
            case Path():
                changed[name] = base / value
            case Section():
                changed[name] = _absolute(value, base)
            case (Section(), *_):
                changed[name] = tuple(_absolute(one, base) for one in value)
    return section.model_copy(update=changed)


def _override(data: dict[str, Any], name: str, value: str) -> None:
    section, _, key = name.removeprefix(ENV_PREFIX).lower().partition("__")
    table = data.setdefault(section, {})
    if not key or not isinstance(table, dict):
        raise ConfigError(f"{name}: is not of the form {ENV_PREFIX}SECTION__KEY")
    try:
        table[key] = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        table[key] = value
