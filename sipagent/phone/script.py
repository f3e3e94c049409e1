"""What the test phone does, as a TOML file or as one line of text.

In a file each ``[[do]]`` is one action: ``press = "100001#"``, ``wait = 2.5``, ``silence = 0.8``,
``speech = true``, ``say = "…"``, ``play = "x.wav"``, ``hang-up = true``, ``hung-up = true``, with
``within`` seconds where something is waited for. In one line: ``"silence; press 1; hang-up"``.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sipagent import toml
from sipagent.errors import ConfigError
from sipagent.sip.digits import KEYS

#: Silence after which the far end is taken to have finished, in seconds.
_PAUSE = 1.2
_WITHOUT_VALUE = {"silence": _PAUSE, "speech": True, "hang-up": True, "hung-up": True}


class Action(BaseModel):
    """One thing to do or to wait for; exactly one of the first eight is set."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    #: Keys to press, one after the other (RFC 4733).
    press: str | None = None
    #: Seconds to do nothing.
    wait: Annotated[float, Field(ge=0)] | None = None
    #: The far end speaks, and is then silent for so many seconds.
    silence: Annotated[float, Field(gt=0)] | None = None
    #: The far end is heard.
    speech: bool | None = None
    #: Text that the phone speaks.
    say: str | None = None
    #: WAV file that the phone plays.
    play: Path | None = None
    hang_up: bool | None = Field(None, alias="hang-up")
    #: The far end ends the call.
    hung_up: bool | None = Field(None, alias="hung-up")
    #: Longest wait in seconds.
    within: float = Field(60.0, gt=0)

    @field_validator("press")
    @classmethod
    def _keys(cls, keys: str | None) -> str | None:
        if keys is not None and (not keys or set(keys) - KEYS):
            raise ValueError(f"{keys!r} are not keys of a telephone")
        return keys

    @model_validator(mode="after")
    def _one(self) -> "Action":
        if len(self._set()) != 1:
            raise ValueError("an action is exactly one of " + ", ".join(_NAMES))
        return self

    @property
    def name(self) -> str:
        """Return which action it is, as it is written in a script."""
        return self._set()[0]

    def _set(self) -> list[str]:
        return [name for name, field in _NAMES.items() if getattr(self, field) is not None]


_NAMES = {name.replace("_", "-"): name for name in Action.model_fields if name != "within"}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    do: tuple[Action, ...] = Field(min_length=1)


def load(path: Path) -> tuple[Action, ...]:
    """Return the script of a TOML file.

    Raises:
        ConfigError: names file, line and key.
    """
    return toml.validate(_File, toml.read(path), path).do


def parse(line: str) -> tuple[Action, ...]:
    """Return the script of one line, its actions separated by ``;``.

    Raises:
        ConfigError: names the action that is wrong.
    """
    actions = tuple(_parse(part.strip()) for part in line.split(";") if part.strip())
    if not actions:
        raise ConfigError("the script is empty; write such as: silence; press 1; hang-up")
    return actions


def _parse(part: str) -> Action:
    name, _, value = part.partition(" ")
    if name not in _NAMES:
        raise ConfigError(f"script: {part!r}: there is no action {name!r}: {', '.join(_NAMES)}")
    given = value.strip() or _WITHOUT_VALUE.get(name)
    try:
        return Action.model_validate({name: given})
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ConfigError(f"script: {part!r}: {reason}") from None
