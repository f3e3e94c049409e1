"""``sipagent knowledge``: the articles of the help, out and in as files, and their links."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import sqlite_utils
import typer
from rich.table import Table
from rich.text import Text

from sipagent.cli.settings import ConfigFile, opened, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.errors import DataError
from sipagent.helpdesk.knowledge import articles, editing, files, links, outside, starter
from sipagent.helpdesk.knowledge.model import LANGUAGES, Written
from sipagent.helpdesk.knowledge.schema import knowledge
from sipagent.panel.building import is_page
from sipagent.store.data import Data, Single
from sipagent.text import printable

app = typer.Typer(help="Articles of the help.", no_args_is_help=True)

_JSON = typer.Option("--json", help="Print JSON.")
_Language = Annotated[str, typer.Option(help="pl or en.")]
#: What records call who changes articles from a terminal.
_PERSON = "sipagent knowledge"


@app.command("list")
def list_articles(
    *,
    language: _Language = "",
    as_json: Annotated[bool, _JSON] = False,
    config: ConfigFile = None,
) -> None:
    """List the articles by topic, drafts as well."""
    with _kept(settings_of(config)) as data:
        found = data.read(lambda db: articles.articles(db, language))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("topic", "article", "language", "state", "title"):
        table.add_column(heading, no_wrap=heading != "title")
    for one in found:
        state = "draft" if not one.published else "staff" if one.staff else "published"
        cells = (one.topic, one.slug, one.language, state, printable(one.title))
        table.add_row(*map(Text, cells))
    Terminal().print(table)


@app.command()
def show(
    slug: Annotated[str, typer.Argument(help="Of the article, as lists call it.")],
    *,
    language: _Language = LANGUAGES[0],
    config: ConfigFile = None,
) -> None:
    """Print an article as it was saved last."""
    with _kept(settings_of(config)) as data:
        one = data.read(lambda db: articles.article(db, slug, language))
        version = data.read(lambda db: articles.version(db, one, one.latest))
    typer.echo(f"# {printable(version.title)}\n")
    typer.echo("\n".join(map(printable, version.text.splitlines())))


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Is made where it is missing.")],
    config: ConfigFile = None,
) -> None:
    """Write all topics and articles into a folder, each as it was saved last."""
    with _kept(settings_of(config)) as data:
        topics = data.read(articles.topics)
        found = data.read(articles.articles)
        latest = [
            data.read(lambda db, one=one: articles.version(db, one, one.latest))  # type: ignore[misc]
            for one in found
        ]
    written = [
        Written(one.slug, one.language, one.topic, version.title, version.text, version.staff)
        for one, version in zip(found, latest, strict=True)
    ]
    files.write(folder, topics, written)
    typer.echo(f"Wrote {len(written)} articles into {folder}")


@app.command("import")
def import_articles(
    folder: Annotated[Path, typer.Argument(help="As export writes it.")],
    *,
    publish: Annotated[bool, typer.Option(help="Let readers see them at once.")] = False,
    config: ConfigFile = None,
) -> None:
    """Take over the topics and articles of a folder: all of them, or none.

    What differs from the latest version of an article becomes a new one; nothing is removed.
    """
    topics, written = files.read(folder)
    now = datetime.now(UTC)
    with _kept(settings_of(config)) as data:

        def work(db: sqlite_utils.Database) -> int:
            for topic in topics:
                editing.keep_topic(db, topic.slug, topic.pl, topic.en)
            latest = {(one.slug, one.language): one.latest for one in articles.articles(db)}
            changed = 0
            for one in written:
                seen = latest.get((one.slug, one.language), 0)
                saved = editing.save(db, one, _PERSON, now, seen=seen)
                changed += saved.latest != seen
                if publish and saved.published != saved.latest:
                    editing.publish(db, saved, saved.latest)
            return changed

        changed = data.write(work, durable=True)
    typer.echo(f"Read {len(written)} articles; {changed} of them are new or different")


@app.command()
def check(
    *,
    external: Annotated[bool, typer.Option(help="Ask other sites for their pages, too.")] = False,
    config: ConfigFile = None,
) -> None:
    """Name the links that lead nowhere."""
    with _kept(settings_of(config)) as data:
        dead = data.read(lambda db: list(links.all_dead(db, is_page)))
        lines = [f"{one.slug} ({one.language}): {link.link}: {link.why}" for one, link in dead]
        if external:
            lines += _external(data)
    for line in lines:
        typer.echo(printable(line))
    if lines:
        raise DataError(f"{len(lines)} links of articles lead nowhere")
    typer.echo("All links lead somewhere.")


def _external(data: Data) -> Iterator[str]:
    """Yield a sentence for each link to another site that leads nowhere."""
    where: dict[str, list[str]] = {}
    for one in data.read(articles.articles):
        text = data.read(lambda db, one=one: articles.version(db, one, one.latest).text)  # type: ignore[misc]
        for link in links.external(text):
            where.setdefault(link, []).append(f"{one.slug} ({one.language})")
    for answered in outside.asked(where):
        if answered.wrong:
            yield f"{', '.join(where[answered.link])}: {answered.link}: {answered.wrong}"


@contextmanager
def _kept(settings: Config) -> Iterator[Data]:
    """Open the database, with the articles that come with the program."""
    with opened(settings.paths.database, "articles", knowledge) as db:
        data = Single(db)
        starter.load(data, datetime.now(UTC))
        yield data
