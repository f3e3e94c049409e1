"""Changes in the text of a TOML file that people write: all that is not changed stays as it is.

A text is a list of statements: comments and empty lines, heads of tables, and pairs of a key and a
value. A change writes single statements anew. What tomllib reads afterwards has to be what was
wanted; else the text is left as it is, and whoever wanted it is told to write it by hand.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sipagent.errors import DataError

Path = tuple[str, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


class ByHand(DataError):
    """Something is written in a way that people alone can change."""

    code = "by-hand"


@dataclass(frozen=True, slots=True)
class _Statement:
    """Some lines of the text.

    Args:
        text: the lines, with their ends.
        keys: the whole way to the table or to the value; none for comments and empty lines.
        value: of a pair.
        head: whether it begins a table.
    """

    text: str
    keys: Path = ()
    value: Any = None
    head: bool = False

    @property
    def pair(self) -> bool:
        """Whether it is a key with its value."""
        return bool(self.keys) and not self.head

    @property
    def comment(self) -> bool:
        """Whether it is a comment with a line of its own."""
        return not self.keys and bool(self.text.strip())


def changed(text: str, keys: Path, value: object) -> str:
    """Return a text in which a value stands that was another one, or was not there.

    Args:
        text: the file.
        keys: the way to the value.
        value: a text, a number, whether, or a list or mapping of such.

    Raises:
        ByHand: this can be changed as text only.
    """

    def put(data: dict[str, Any]) -> None:
        _table_in(data, keys)[keys[-1]] = value

    return _proved(text, lambda statements: _set(statements, keys, value), put)


def without(text: str, keys: Path) -> str:
    """Return a text without a value, or without a table and all that belongs to it.

    The comment that stands directly above a table goes with it; others stay.

    Raises:
        ByHand: this can be changed as text only.
    """

    def drop(data: dict[str, Any]) -> None:
        if not _has(data, keys):
            return
        above = _table_in(data, keys)
        del above[keys[-1]]
        # A mapping between braces goes with the last that was in it.
        if len(keys) > 1 and not above and not _has_head(text, keys[:-1]):
            del _table_in(data, keys[:-1])[keys[-2]]

    return _proved(text, lambda statements: _removed(statements, keys), drop)


def with_table(text: str, keys: Path, values: Mapping[str, object]) -> str:
    """Return a text with a table more, behind those of the same family, or at its end.

    Raises:
        DataError: there is one already.
        ByHand: this can be changed as text only.
    """

    def put(data: dict[str, Any]) -> None:
        above = _table_in(data, keys)
        if keys[-1] in above:
            raise DataError(f"{shown(keys)} is there already")
        above[keys[-1]] = dict(values)

    return _proved(text, lambda statements: _added(statements, keys, values), put)


def renamed(text: str, keys: Path, name: str) -> str:
    """Return a text in which a table has another name; what refers to it stays as it is.

    Raises:
        DataError: that name is taken.
        ByHand: this can be changed as text only.
    """

    def move(data: dict[str, Any]) -> None:
        above = _table_in(data, keys)
        if name in above:
            raise DataError(f"{shown((*keys[:-1], name))} is there already")
        if keys[-1] in above:
            above[name] = above.pop(keys[-1])

    def rename(statements: list[_Statement]) -> list[_Statement]:
        return [_headed(one, keys, name) for one in statements]

    return _proved(text, rename, move)


def written(value: object) -> str:
    """Return a value as TOML writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case [dict(), *_]:
            return "[\n" + "".join(f"    {written(one)},\n" for one in value) + "]"
        case list() | tuple():
            return f"[{', '.join(map(written, value))}]"
        case dict():
            pairs = ", ".join(f"{_key(name)} = {written(one)}" for name, one in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case _:
            # A basic string of TOML is one of JSON, as long as nothing in it is invisible.
            return json.dumps(value, ensure_ascii=False)


def shown(keys: Sequence[str]) -> str:
    """Return the way to something as the head of a table has it."""
    return ".".join(map(_key, keys))


def _table_in(data: dict[str, Any], keys: Path) -> dict[str, Any]:
    """Return the table that has the last of some keys; it is made where it is missing."""
    for key in keys[:-1]:
        data = data.setdefault(key, {})
        if not isinstance(data, dict):
            raise DataError(f"{shown(keys[:-1])} is no table")
    return data


def _has(data: object, keys: Path) -> bool:
    for key in keys:
        if not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else written(name)


def _proved(
    text: str,
    change: Callable[[list[_Statement]], list[_Statement]],
    wanted: Callable[[dict[str, Any]], None],
) -> str:
    """Return a text after a change, where it means what it has to mean."""
    try:
        expected = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ByHand(f"this is no TOML that can be read: {error}") from None
    wanted(expected)
    new = "".join(one.text for one in change(_statements(text)))
    try:
        meant = tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        meant = None
    if meant != expected:
        raise ByHand("this is written in a way that can be changed as text only")
    return new


def _statements(text: str) -> list[_Statement]:
    found: list[_Statement] = []
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    table: Path = ()
    while lines:
        one = _next(lines, table)
        if one.head:
            table = one.keys
        found.append(one)
    return found


def _next(lines: list[str], table: Path) -> _Statement:
    """Take the next statement from the beginning of the lines."""
    line = lines.pop(0)
    begin = line.lstrip()
    if not begin or begin.startswith("#"):
        return _Statement(line)
    if begin.startswith("[["):
        raise ByHand("lists of tables can be changed as text only")
    if begin.startswith("["):
        return _Statement(line, tuple(_way(tomllib.loads(line))), head=True)
    keys = table + _keys(line)
    while not _whole(line) and lines:
        line += lines.pop(0)
    value = tomllib.loads(line)
    for key in keys[len(table) :]:
        value = value[key]
    return _Statement(line, keys, value)


def _way(data: object) -> Iterator[str]:
    """Yield the keys of tables of which each holds just the next one."""
    while isinstance(data, dict) and data:
        (key,) = data
        yield key
        data = data[key]


def _keys(line: str) -> Path:
    """Return the key that a line begins with; a dotted one has several parts."""
    return tuple(_way(tomllib.loads(f"{line[: _equals(line)]} = 0")))


def _equals(line: str) -> int:
    """Return where the sign is that ends the key."""
    for match in re.finditer("=", line):
        if _whole(f"{line[: match.start()]} = 0"):
            return match.start()
    raise ByHand(f"{line.strip()!r} can be changed as text only")


def _whole(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _set(statements: list[_Statement], keys: Path, value: object) -> list[_Statement]:
    for at, one in enumerate(statements):
        if one.pair and one.keys == keys:
            return [*statements[:at], _given(one, value), *statements[at + 1 :]]
        if one.pair and isinstance(one.value, dict) and one.keys == keys[: len(one.keys)]:
            inner = _nested(one.value, keys[len(one.keys) :], value)
            return [*statements[:at], _given(one, inner), *statements[at + 1 :]]
    table, pair = _home(statements, keys)
    rest = keys[len(table) :]
    if len(rest) > 1 and not pair:
        value = _nested({}, rest[1:], value)
        rest = rest[:1]
    line = _Statement(f"{shown(rest)} = {written(value)}\n", keys, value)
    at = _end_of(statements, table)
    return [*statements[:at], line, *statements[at:]]


def _home(statements: list[_Statement], keys: Path) -> tuple[Path, bool]:
    """Return the table that has, or is nearest to, a new key; and whether it has its siblings."""
    heads = {one.keys for one in statements if one.head} | {()}
    table = max((head for head in heads if head == keys[: len(head)] and head != keys), key=len)
    siblings = any(one.pair and one.keys[:-1] == keys[:-1] for one in statements)
    return table, siblings


def _end_of(statements: list[_Statement], table: Path) -> int:
    """Return where a table's last pair ends, or its head where it has none."""
    at: Path = ()
    end = 0
    for number, one in enumerate(statements, start=1):
        if one.head:
            at = one.keys
        if at == table and one.keys:
            end = number
    return end


def _nested(data: Mapping[str, Any], keys: Path, value: object) -> dict[str, Any]:
    if len(keys) == 1:
        return {**data, keys[0]: value}
    inner = data.get(keys[0], {})
    return {**data, keys[0]: _nested(inner if isinstance(inner, dict) else {}, keys[1:], value)}


def _given(one: _Statement, value: object) -> _Statement:
    """Return a pair with another value, and its comment."""
    if value == one.value and type(value) is type(one.value):
        return one
    equals = _equals(one.text)
    head, rest = one.text[: equals + 1], one.text[equals + 1 :]
    space = rest[: len(rest) - len(rest.lstrip(" \t"))]
    return replace(one, text=f"{head}{space}{written(value)}{_comment(rest)}\n", value=value)


def _comment(rest: str) -> str:
    """Return the comment behind a value, with the space before it."""
    for match in re.finditer(r"[ \t]*#", rest):
        if _whole(f"x = {rest[: match.start()]}"):
            return rest[match.start() :].rstrip("\r\n")
    return ""


def _removed(statements: list[_Statement], keys: Path) -> list[_Statement]:
    kept: list[_Statement] = []
    for section in _sections(statements):
        head = next((one for one in section if one.head), None)
        if head is None or head.keys[: len(keys)] != keys:
            for one in section:
                kept += _unless(one, keys)
            continue
        rest = _apart(section)
        if any(one.comment for one in rest) or (kept and kept[-1].keys):
            kept += rest
    return kept


def _sections(statements: list[_Statement]) -> list[list[_Statement]]:
    """Return what belongs together: a head with the comments directly above, and all below it."""
    found: list[list[_Statement]] = [[]]
    for one in statements:
        if one.head:
            above: list[_Statement] = []
            while found[-1] and found[-1][-1].comment:
                above.insert(0, found[-1].pop())
            found.append(above)
        found[-1].append(one)
    return found


def _apart(section: list[_Statement]) -> list[_Statement]:
    """Return what stands at the end of a section behind an empty line."""
    last = max(at for at, one in enumerate(section) if one.keys)
    rest = section[last + 1 :]
    blank = next((at for at, one in enumerate(rest) if not one.comment), len(rest))
    return rest[blank:]


def _unless(one: _Statement, keys: Path) -> list[_Statement]:
    """Return what is left of a statement without a value."""
    if not one.pair:
        return [one]
    if isinstance(one.value, dict) and one.keys == keys[: len(one.keys)] != keys:
        inner = _dropped(one.value, keys[len(one.keys) :])
        return [_given(one, inner)] if inner else []
    return [] if one.keys[: len(keys)] == keys else [one]


def _dropped(data: Mapping[str, Any], keys: Path) -> dict[str, Any]:
    if len(keys) == 1:
        return {key: value for key, value in data.items() if key != keys[0]}
    inner = data.get(keys[0])
    if not isinstance(inner, dict):
        return dict(data)
    return {**data, keys[0]: _dropped(inner, keys[1:])}


def _has_head(text: str, keys: Path) -> bool:
    return any(one.head and one.keys == keys for one in _statements(text))


def _added(
    statements: list[_Statement], keys: Path, values: Mapping[str, object]
) -> list[_Statement]:
    """Return a table behind the last one that belongs to the same, such as a key of a menu."""
    pairs = "".join(f"{_key(name)} = {written(one)}\n" for name, one in values.items())
    family = [at for at, one in enumerate(statements) if _related(one, keys)]
    at = _last_of_table(statements, family[-1]) if family and len(keys) > 2 else len(statements)
    close = len(keys) > 2
    head = _Statement(f"{'' if close else chr(10)}[{shown(keys)}]\n{pairs}", keys, head=True)
    return [*statements[:at], head, *statements[at:]]


def _related(one: _Statement, keys: Path) -> bool:
    return one.head and one.keys[:2] == keys[:2]


def _last_of_table(statements: list[_Statement], head: int) -> int:
    end = head + 1
    for at in range(head + 1, len(statements)):
        if statements[at].head:
            break
        if statements[at].pair:
            end = at + 1
    return end


def _headed(one: _Statement, keys: Path, name: str) -> _Statement:
    """Return the head of a table, or of one within it, by another name of that table."""
    if not one.head or one.keys[: len(keys)] != keys:
        return one
    new = (*keys[:-1], name, *one.keys[len(keys) :])
    ends = (match.end() for match in re.finditer("]", one.text))
    rest = next(one.text[end:] for end in ends if _whole(one.text[:end]))
    return replace(one, text=f"[{shown(new)}]{rest}", keys=new)
