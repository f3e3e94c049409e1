"""An exchange as one TOML file: names and numbers as keys, and no numbers of rows."""

from collections.abc import Iterator
from pathlib import Path

from sipagent import toml, toml_text
from sipagent.errors import ConfigError
from sipagent.exchange.entry import Entry
from sipagent.exchange.model import KINDS, Exchange
from sipagent.exchange.rules import mistakes

_HEAD = """\
# The exchange, as sipagent exchange export has written it. Change it, look at the difference with
# sipagent exchange apply --dry-run, and apply it: what is not here any more is removed.
"""


def written(exchange: Exchange, *, secrets: bool = False) -> str:
    """Return the file of an exchange; what is left out of it is as usual.

    Args:
        exchange: all of it.
        secrets: whether hashes of passwords and PINs stand in it.
    """
    entries = [one for kind in KINDS for one in _tables(exchange, kind, secrets)]
    return "\n".join([_HEAD, *entries])


def read(path: Path, country: str) -> Exchange:
    """Return the exchange of a file.

    Args:
        path: of the file.
        country: where a number without prefix belongs.

    Raises:
        ConfigError: one line a mistake, each with file, line and key.
    """
    found = toml.validate(Exchange, toml.read(path), path, context={"country": country})
    if wrong := [f"{toml.place(path, one.keys)}: {one.sentence}" for one in mistakes(found)]:
        raise ConfigError("\n".join(wrong))
    return found


def _tables(exchange: Exchange, kind: str, secrets: bool) -> Iterator[str]:
    for entry in exchange.entries(kind):
        yield "".join(f"{line}\n" for line in (f"[[{kind}]]", *_lines(entry, secrets)))


def _lines(entry: Entry, secrets: bool) -> Iterator[str]:
    hidden = set() if secrets else set(entry.secrets)
    fields = entry.model_dump(mode="json", exclude_defaults=True, exclude=hidden)
    for name, value in fields.items():
        yield f"{name} = {toml_text.written(value)}"
