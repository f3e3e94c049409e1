"""The shipped agent.toml is the manual of the settings: complete, and nothing but the defaults."""

import re
from pathlib import Path

import pytest

from sipagent import config, config_sources

pytestmark = pytest.mark.unit

FILE = Path(__file__).parent.parent / "agent.toml"


def test_it_says_the_defaults() -> None:
    shipped = config_sources.load(FILE, {})
    defaults = config.Config()
    beside = shipped.model_copy(update={"paths": defaults.paths})
    assert beside.model_dump() == defaults.model_dump()
    for name, path in defaults.paths:
        assert getattr(shipped.paths, name) == FILE.parent / path


@pytest.mark.parametrize("name", list(config.Config.model_fields))
def test_every_key_is_in_it(name: str) -> None:
    text = FILE.read_text("utf-8")
    assert re.search(rf"^#? ?\[+{name}\]+$", text, re.MULTILINE)
    for key in keys_of(name):
        assert re.search(rf"^(# )?{key} = ", text, re.MULTILINE), key


def keys_of(section: str) -> list[str]:
    value = getattr(config.Config(), section)
    if isinstance(value, dict):
        return list(value)
    model = config.TrunkSection if section == "trunk" else type(value)
    return [field.alias or name for name, field in model.model_fields.items()]
