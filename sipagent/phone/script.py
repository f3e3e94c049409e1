"""What the test phone does, as a TOML file or as one line of text.

In a file each ``[[do]]`` is one action: ``press = "100001#"``, ``wait = 2.5``, ``silence = 0.8``,
``speech = true``, ``say = "…"``, ``play = "x.wav"``, ``hang-up = true``, ``hung-up = true``,
``hold = true``, ``resume = true``, ``transfer = "103"``, ``consult = "103"`` and then
``join = true`` or ``back = true``, or ``refused = 486``, the only action of its script. ``within``
seconds go with what is waited for.
In one line: ``"silence 0.8 within 20; press 1; hang-up"``; a value in double quotes may hold ``;``.
"""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sipagent import toml
from sipagent.errors import ConfigError
from sipagent.telephony.digits import KEYS

#: Silence after which the far end is taken to have finished, in seconds.
_PAUSE = 1.2
_PLAIN = ("speech", "hang-up", "hung-up", "hold", "resume", "join", "back")
_WITHOUT_VALUE = {"silence": _PAUSE, **dict.fromkeys(_PLAIN, True)}
_PARTS = re.compile(r'(?:[^;"]|"[^"]*"?)+')
_INLINE = re.compile(r"(?P<name>\S+)(?:\s+(?P<value>.*?))??(?:\s+within\s+(?P<within>\S+))?", re.S)
_QUOTED = re.compile(r'"([^"]*)"')


class Action(BaseModel):
    """One thing to do or to wait for; exactly one of those before ``within`` is set."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    #: Keys to press, one after the other (RFC 4733).
    press: str | None = None
    #: Seconds to do nothing.
    wait: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    #: The far end speaks, and is then silent for so many seconds.
    silence: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    #: The far end is heard.
    speech: Literal[True] | None = None
    #: Text that the phone speaks.
    say: Annotated[str, Field(min_length=1)] | None = None
    #: Sound file that the phone plays; a relative path is relative to the script.
    play: Path | None = None
    hang_up: Literal[True] | None = Field(None, alias="hang-up")
    #: The far end ends the call.
    hung_up: Literal[True] | None = Field(None, alias="hung-up")
    #: The far end refuses the call with this SIP code, instead of answering it.
    refused: Annotated[int, Field(ge=300, le=699)] | None = None
    #: Let the far end wait, and be back.
    hold: Literal[True] | None = None
    resume: Literal[True] | None = None
    #: Put the far end through to a number or SIP URI (REFER), and see that somebody answers there.
    transfer: Annotated[str, Field(min_length=1)] | None = None
    #: Let the far end wait, and talk to a number or SIP URI in a second call; then either let the
    #: two talk to each other (REFER with Replaces), or hang up that call and be back.
    consult: Annotated[str, Field(min_length=1)] | None = None
    join: Literal[True] | None = None
    back: Literal[True] | None = None
    #: Longest wait in seconds, for what is waited for.
    within: float = Field(60.0, gt=0, allow_inf_nan=False)
    #: Seconds from the start of one key to the next; PJSIP sends each for 0.2 s.
    gap: float = Field(0.3, ge=0.2, allow_inf_nan=False)
    #: Language of what is said, where it is not that of the command line.
    language: str | None = None
    #: Shown when the action begins.
    note: str = ""

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
        for setting, names in _BELONGS.items():
            if setting in self.model_fields_set and self.name not in names:
                raise ValueError(f"{setting!r} goes with {' or '.join(names)}, not {self.name!r}")
        return self

    @property
    def name(self) -> str:
        """Return which action it is, as it is written in a script."""
        return self._set()[0]

    def _set(self) -> list[str]:
        return [name for name, field in _NAMES.items() if getattr(self, field) is not None]


#: Which actions a setting belongs to.
_BELONGS = {
    "within": ("silence", "speech", "hung-up", "transfer", "consult", "join"),
    "gap": ("press",),
    "language": ("say",),
}
_NAMES = {
    name.replace("_", "-"): name for name in Action.model_fields if name not in (*_BELONGS, "note")
}


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    do: tuple[Action, ...] = Field(min_length=1)


def load(path: Path) -> tuple[Action, ...]:
    """Return the script of a TOML file.

    Raises:
        ConfigError: names file, line and key, one line a mistake.
    """
    actions = toml.validate(_File, toml.read(path), path).do
    _check(actions, f"{path}: ")
    return tuple(_beside(action, path.parent) for action in actions)


def parse(line: str) -> tuple[Action, ...]:
    """Return the script of one line, its actions separated by ``;``.

    Raises:
        ConfigError: names the action that is wrong.
    """
    actions = tuple(_parse(part.strip()) for part in _PARTS.findall(line) if part.strip())
    if not actions:
        raise ConfigError("the script is empty; write such as: silence; press 1; hang-up")
    _check(actions, "script: ")
    return actions


def _parse(part: str) -> Action:
    match = _INLINE.fullmatch(part)
    name = match["name"] if match else part
    if match is None or name not in _NAMES:
        raise ConfigError(f"script: {part!r}: there is no action {name!r}: {', '.join(_NAMES)}")
    value = (match["value"] or "").strip()
    if quoted := _QUOTED.fullmatch(value):
        value = quoted[1]
    given: dict[str, object] = {name: value or _WITHOUT_VALUE.get(name)}
    if value and _WITHOUT_VALUE.get(name) is True:
        raise ConfigError(f"script: {part!r}: {name!r} takes no value")
    if match["within"]:
        given["within"] = match["within"]
    try:
        return Action.model_validate(given)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ConfigError(f"script: {part!r}: {reason}") from None


def _check(actions: tuple[Action, ...], where: str) -> None:
    """Refuse what can never go well, whatever the far end does."""
    names = [action.name for action in actions]
    if "refused" in names and len(names) > 1:
        raise ConfigError(f"{where}'refused' stands alone: nothing can follow a refusal")
    for name in ("hang-up", "hung-up"):
        if name in names[:-1]:
            raise ConfigError(f"{where}{name!r} comes last: the call is over then")
    consulting = False
    for name in names:
        if name in ("join", "back") and not consulting:
            raise ConfigError(f"{where}{name!r} comes after 'consult': there is one call only")
        if name in ("consult", "transfer", "hold", "resume") and consulting:
            raise ConfigError(f"{where}{name!r} comes after 'join' or 'back', not in a second call")
        consulting = name == "consult" or (consulting and name not in ("join", "back"))


def _beside(action: Action, folder: Path) -> Action:
    if action.play is None:
        return action
    return action.model_copy(update={"play": folder / action.play})
