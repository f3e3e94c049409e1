"""What can be done to a scenario on its drawing: each returns another sheet, and checks nothing.

What is wrong afterwards, the checker says of the draft: half-done work can be kept. Why something
cannot be done, is a key of ``panel/texts``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sipagent import toml
from sipagent.errors import ConfigError, DataError
from sipagent.panel.scenarios.layout import Place, snapped
from sipagent.panel.scenarios.sheet import Sheet
from sipagent.telephony.digits import KEYS
from sipagent.toml_text import changed, renamed, with_table, without

#: What the name of a new step looks like; those in files may have any.
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
#: A scenario that says something and hangs up.
_NEW = """\
name = {name}
languages = [{languages}]
start = "welcome"

[steps.welcome]
type = "announcement"
next = "goodbye"

[steps.goodbye]
type = "hang-up"
"""


def new(name: str, languages: Sequence[str]) -> Sheet:
    """Return a scenario to begin with.

    Raises:
        DataError: the name is none.
    """
    _require_name(name)
    spoken = ", ".join(f'"{one}"' for one in languages)
    return Sheet(_NEW.format(name=f'"{name}"', languages=spoken))


def add(sheet: Sheet, name: str, type: str, place: Place | None) -> Sheet:
    """Add a step.

    Raises:
        DataError: its name is none, or taken.
    """
    _require_new(sheet, name)
    text = with_table(sheet.text, ("steps", name), {"type": type})
    places = {**sheet.places, name: place} if place else sheet.places
    return Sheet(text, places)


def remove(sheet: Sheet, name: str) -> Sheet:
    """Remove a step, and the arrows that lead to it as far as a step can be without them."""
    text = without(sheet.text, ("steps", name))
    for keys in _leading_to(sheet.text, name):
        if len(keys) > 2 and keys[1] != name and keys[2] != "keys":
            text = without(text, keys)
    return Sheet(text, {one: at for one, at in sheet.places.items() if one != name})


def rename(sheet: Sheet, name: str, to: str) -> Sheet:
    """Give a step another name, and let all arrows lead there.

    Raises:
        DataError: the name is none, or taken.
    """
    if name == to:
        return sheet
    _require_new(sheet, to)
    text = sheet.text
    for keys in _leading_to(text, name):
        text = changed(text, keys, to)
    text = renamed(text, ("steps", name), to)
    places = {to if one == name else one: at for one, at in sheet.places.items()}
    return Sheet(text, places)


def join(sheet: Sheet, step: str, exit: str, target: str) -> Sheet:
    """Let an exit lead to a step, or nowhere.

    Args:
        sheet: the scenario.
        step: the one that is left.
        exit: a key of a menu, an outcome, or empty for all others.
        target: the step that follows; empty: none.

    Raises:
        DataError: the exit cannot be without one.
    """
    keys = _exit(sheet.text, step, exit)
    if target:
        return replace(sheet, text=changed(sheet.text, keys, target))
    if keys[2] == "keys":
        raise DataError("scenario.wrong-nowhere")
    return replace(sheet, text=without(sheet.text, keys))


def start_at(sheet: Sheet, step: str) -> Sheet:
    """Let callers begin at a step."""
    return replace(sheet, text=changed(sheet.text, ("start",), step))


def settle(sheet: Sheet, step: str, values: Mapping[str, object | None]) -> Sheet:
    """Give settings of a step other values; None: the usual one."""
    text = sheet.text
    for name, value in values.items():
        keys = ("steps", step, *name.split("/"))
        text = without(text, keys) if value is None else changed(text, keys, value)
    return replace(sheet, text=text)


def add_key(sheet: Sheet, step: str, key: str, target: str) -> Sheet:
    """Add a choice to a menu.

    Raises:
        DataError: no telephone has the key, or the menu has it already.
    """
    keys = _table(_steps(sheet.text).get(step, {}), "keys")
    if key not in KEYS or key in keys:
        raise DataError("scenario.wrong-key")
    values = {"prompt": "", "next": target}
    return replace(sheet, text=with_table(sheet.text, ("steps", step, "keys", key), values))


def remove_key(sheet: Sheet, step: str, key: str) -> Sheet:
    """Take a choice from a menu."""
    return replace(sheet, text=without(sheet.text, ("steps", step, "keys", key)))


def put_at(sheet: Sheet, places: Mapping[str, Place]) -> Sheet:
    """Let elements stand elsewhere."""
    steps = _steps(sheet.text)
    there = {name: at for name, at in {**sheet.places, **places}.items() if name in steps}
    return replace(sheet, places=there)


def place_of(x: str, y: str) -> Place | None:
    """Return a place that a browser names; None: it names none."""
    try:
        return snapped(float(x), float(y))
    except (ValueError, OverflowError):
        return None


def _require_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise DataError("scenario.wrong-name")


def _require_new(sheet: Sheet, name: str) -> None:
    _require_name(name)
    if name in _steps(sheet.text):
        raise DataError("scenario.wrong-taken")


def _data(text: str) -> Mapping[str, Any]:
    try:
        return toml.parse(text, Path())
    except ConfigError:
        return {}


def _steps(text: str) -> Mapping[str, Any]:
    return _table(_data(text), "steps")


def _exit(text: str, step: str, exit: str) -> tuple[str, ...]:
    """Return where the file has the next step of an exit."""
    table = _steps(text).get(step)
    if not isinstance(table, dict):
        raise DataError("scenario.wrong-step")
    keys = table.get("keys")
    if not exit:
        return "steps", step, "next"
    if isinstance(keys, dict) and exit in keys:
        return "steps", step, "keys", exit, "next"
    if exit == "dialled" and table.get("type") == "menu":
        return "steps", step, "dial"
    return "steps", step, "on", exit


def _leading_to(text: str, name: str) -> list[tuple[str, ...]]:
    """Return all places where the file names a step as the one that follows."""
    found: list[tuple[str, ...]] = []
    if _data(text).get("start") == name:
        found.append(("start",))
    for step, table in _steps(text).items():
        if isinstance(table, dict):
            ways = _ways(table)
            found += (("steps", step, *way) for way, target in ways if target == name)
    return found


def _ways(table: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], object]]:
    yield ("next",), table.get("next")
    if table.get("type") == "menu":
        yield ("dial",), table.get("dial")
    for outcome, target in _table(table, "on").items():
        yield ("on", outcome), target
    for key, choice in _table(table, "keys").items():
        if isinstance(choice, dict):
            yield ("keys", key, "next"), choice.get("next")


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name, {})
    return found if isinstance(found, dict) else {}
