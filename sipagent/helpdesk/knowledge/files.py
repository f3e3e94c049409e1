"""Articles as files: a folder a language, within it one a topic, and a file an article.

A file begins with TOML between two lines ``+++``, and is Markdown from there on. ``topics.toml``
beside the languages names the topics in their order.
"""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from sipagent import toml
from sipagent.errors import DataError
from sipagent.helpdesk.knowledge.model import LANGUAGES, Topic, Written

#: Names the topics, in a folder of articles.
TOPICS = "topics.toml"
_FENCE = "+++"


class _Head(BaseModel):
    """What stands before the text of an article."""

    model_config = ConfigDict(extra="forbid")

    title: str
    staff: bool = False


class _Topic(BaseModel):
    """What ``topics.toml`` says of a topic."""

    model_config = ConfigDict(extra="forbid")

    pl: str
    en: str


def read(folder: Path) -> tuple[list[Topic], list[Written]]:
    """Return the topics and articles of a folder, in their order.

    Articles stand in the order of their files' names; ``10-first.md`` has the slug ``first``.

    Raises:
        DataError, ConfigError: which file is wrong, and what is.
    """
    try:
        named = {slug: _Topic(**one) for slug, one in toml.read(folder / TOPICS).items()}
    except (ValidationError, TypeError) as error:
        raise DataError(f"{folder / TOPICS}: each topic needs pl and en: {error}") from None
    topics = [
        Topic(number, slug, one.pl, one.en) for number, (slug, one) in enumerate(named.items(), 1)
    ]
    return topics, list(_articles(folder, [one.slug for one in topics]))


def write(folder: Path, topics: Sequence[Topic], articles: Sequence[Written]) -> None:
    """Write topics and articles into a folder, so that ``read`` returns the same.

    Raises:
        DataError: it cannot be written.
    """
    told = (f"[{one.slug}]\npl = {_quoted(one.pl)}\nen = {_quoted(one.en)}\n" for one in topics)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / TOPICS).write_text("\n".join(told), "utf-8")
        for number, one in enumerate(articles, 1):
            place = folder / one.language / one.topic
            place.mkdir(parents=True, exist_ok=True)
            for old in place.glob(f"*-{one.slug}.md"):
                if _slug(old) == one.slug:
                    old.unlink()
            (place / f"{number:03}-{one.slug}.md").write_text(_written(one), "utf-8")
    except OSError as error:
        raise DataError(f"{error.filename}: cannot be written: {error.strerror}") from None


def article(path: Path, language: str, topic: str) -> Written:
    """Return the article of a file.

    Raises:
        DataError: what is wrong with it.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
    parts = text.split(f"{_FENCE}\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise DataError(f"{path}: begins with a line {_FENCE}, a title in TOML, and {_FENCE} again")
    try:
        head = _Head(**tomllib.loads(parts[1]))
    except (tomllib.TOMLDecodeError, ValidationError, TypeError) as error:
        raise DataError(f"{path}: between the lines {_FENCE}: {error}") from None
    return Written(_slug(path), language, topic, head.title, parts[2].strip() + "\n", head.staff)


def _articles(folder: Path, topics: Sequence[str]) -> Iterator[Written]:
    for language in LANGUAGES:
        found = [path for path in (folder / language).glob("*/*.md") if path.is_file()]
        if strange := next((one for one in found if one.parent.name not in topics), None):
            raise DataError(f"{strange}: {folder / TOPICS} names no topic {strange.parent.name!r}")
        for path in sorted(found, key=lambda one: (topics.index(one.parent.name), one.name)):
            yield article(path, language, path.parent.name)


def _slug(path: Path) -> str:
    """Return the name of a file without the number that orders it."""
    number, _, rest = path.stem.partition("-")
    return rest if number.isdigit() and rest else path.stem


def _written(one: Written) -> str:
    staff = "staff = true\n" if one.staff else ""
    return f"{_FENCE}\ntitle = {_quoted(one.title)}\n{staff}{_FENCE}\n\n{one.text.strip()}\n"


def _quoted(text: str) -> str:
    """Return a line of text as TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
