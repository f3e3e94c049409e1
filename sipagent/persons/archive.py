"""What is kept of a person as one ZIP file: a page to read, JSON for programs, and the files."""

import json
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path, PurePath

from sipagent import times
from sipagent.errors import SetupError, SipAgentError
from sipagent.persons.erasing import Plan, all_of
from sipagent.persons.holding import HeldFile, Holding, Kept, Row
from sipagent.persons.words import TECHNICAL, WORDS

_LANGUAGES = ("pl", "en")
#: Columns of a table; what has more is a list of values.
_WIDEST = 6

_WORDS: Mapping[str, Mapping[str, str]] = {
    "title": {"pl": "Dane jednej osoby", "en": "What is kept of one person"},
    "made": {"pl": "Sporządzono", "en": "Made on"},
    "known": {"pl": "Kogo dotyczą", "en": "Whom it is about"},
    "nothing": {"pl": "Nie ma żadnych danych.", "en": "Nothing is kept."},
    "files": {"pl": "Pliki", "en": "Files"},
    "kept": {"pl": "Zachowywane na podstawie prawa", "en": "Kept by law"},
    "until": {"pl": "do", "en": "until"},
    "missing": {"pl": "tego pliku nie da się odczytać", "en": "this file cannot be read"},
    "named": {
        "pl": "Imię i nazwisko napisane inaczej, na przykład w innym przypadku, mogło nie zostać "
        "znalezione.",
        "en": "A name that is written otherwise, such as in another case, may not have been found.",
    },
}
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;font-size:14px}"
    "th,td{border:1px solid #999;padding:.25rem .5rem;text-align:left;vertical-align:top}"
    "td,dd{overflow-wrap:anywhere;white-space:pre-line}small{color:#555;font-weight:normal}"
    "dl{display:grid;grid-template-columns:14rem 1fr;gap:.1rem .75rem;margin:0 0 1rem;"
    "padding:.5rem;border:1px solid #999}dd{margin:0}"
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What an export holds: how many rows and files, and the files that could not be read."""

    rows: int
    files: int
    missing: Sequence[str]


def export(
    holdings: Sequence[Holding],
    plan: Plan,
    target: Path,
    now: datetime,
) -> Contents:
    """Write all that is kept of somebody into a file that nobody else may read.

    Only the whole of it is ever there.

    Args:
        holdings: those of all rooms.
        plan: whom it is about, as ``erasing.plan`` has found them.
        target: the file.
        now: the time that stands in it.

    Raises:
        SetupError: it cannot be written.
    """
    rows = files = 0
    missing: list[str] = []
    sections: list[str] = []
    with _private(target) as path, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in all_of(holdings):
            held = plan.found[one.name]
            found, names = held.by_name(), []
            for file in held.files:
                name = f"files/{one.name}/{_plain(file.name)}"
                if _put(archive, file, name):
                    names.append(name)
                else:
                    missing.append(name)
            if found:
                text = json.dumps(found, ensure_ascii=False, indent=1, default=_as_text)
                archive.writestr(f"data/{one.name}.json", text)
            rows += len(held)
            files += len(names)
            kept = plan.kept.get(one.name, ())
            if found or names or kept:
                sections.append("".join(_section(one, found, names, kept)))
        archive.writestr("index.html", _page(plan, sections, missing, now))
    return Contents(rows, files, missing)


def _put(archive: zipfile.ZipFile, file: HeldFile, name: str) -> bool:
    """Put a file into the archive; return whether it could be read."""
    try:
        if file.content is None:
            archive.write(file.path, name)
        else:
            # Read before it is begun: one that cannot be opened must leave nothing.
            whole = b"".join(file.content())
            archive.writestr(name, whole)
    except (OSError, SipAgentError):
        return False
    return True


def _page(plan: Plan, sections: Sequence[str], missing: Sequence[str], now: datetime) -> str:
    known = plan.person
    called = sorted(known.names | known.numbers | known.emails | known.logins | known.users)
    lost = "".join(f"<li>{escape(name)} ({_both('missing')})</li>" for name in missing)
    return (
        '<!doctype html><html lang="pl"><meta charset="utf-8">'
        f"<title>{escape(_WORDS['title']['pl'])}</title><style>{_STYLE}</style>"
        f"<main><h1>{_heading(_WORDS['title'])}</h1>"
        f"<p>{_both('made')}: {escape(times.stored(now, 'seconds'))}</p>"
        f"<p>{_both('known')}: {escape(', '.join(called))}</p>"
        + ("".join(sections) or f"<p>{_both('nothing')}</p>")
        + (f"<ul>{lost}</ul>" if lost else "")
        + f"<p>{_both('named')}</p></main></html>"
    )


def _section(
    one: Holding, found: Mapping[str, Sequence[Row]], names: Sequence[str], kept: Sequence[Kept]
) -> Iterator[str]:
    yield f"<h2>{_heading(one.title)}</h2>"
    for part, rows in found.items():
        yield f"<h3>{_called(part)} ({len(rows)})</h3>"
        yield _rows(rows)
    if names:
        links = "".join(f'<li><a href="{escape(name)}">{escape(name)}</a></li>' for name in names)
        yield f"<h3>{_both('files')}</h3><ul>{links}</ul>"
    for stays in kept:
        until = f", {_both('until')} {escape(stays.until)}" if stays.until else ""
        rule = " / ".join(escape(stays.rule[language]) for language in _LANGUAGES)
        yield f"<p>{_both('kept')} ({stays.count}{until}): {rule}</p>"


def _rows(rows: Sequence[Row]) -> str:
    """Return rows as a table, or where that were too wide, each as a list of its values."""
    told = dict.fromkeys(name for row in rows for name in row if _as_text(row[name]))
    columns = [name for name in told if name not in TECHNICAL and not name.endswith("_id")]
    if len(columns) > _WIDEST:
        return "".join(_list(row, columns) for row in rows)
    head = "".join(f'<th scope="col">{_called(name)}</th>' for name in columns)
    cells = (
        "".join(f"<td>{escape(_as_text(row.get(name)))}</td>" for name in columns) for row in rows
    )
    body = "".join(f"<tr>{one}</tr>" for one in cells)
    return f"<table><tr>{head}</tr>{body}</table>"


def _list(row: Row, columns: Sequence[str]) -> str:
    told = ((name, _as_text(row.get(name))) for name in columns)
    return (
        "<dl>"
        + "".join(f"<dt>{_called(name)}</dt><dd>{escape(text)}</dd>" for name, text in told if text)
        + "</dl>"
    )


def _called(name: str) -> str:
    """Return what a table or a column is called in both languages."""
    polish, english = WORDS.get(name, (name, name))
    if polish == english:
        return escape(polish)
    return f'{escape(polish)} <small lang="en">{escape(english)}</small>'


def _heading(words: Mapping[str, str]) -> str:
    return f'{escape(words["pl"])} <small lang="en">{escape(words["en"])}</small>'


def _both(key: str) -> str:
    return " / ".join(escape(_WORDS[key][language]) for language in _LANGUAGES)


def _as_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def _plain(name: str) -> str:
    """Return the name of a file as it may stand in an archive."""
    return PurePath(name.replace("\\", "/")).name.lstrip(".") or "file"


@contextmanager
def _private(target: Path) -> Iterator[Path]:
    """Give a place beside a file for a block, which becomes the file where that ends well."""
    beside = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # What stands there was left by a killed program, or put there by somebody else.
        beside.unlink(missing_ok=True)
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            yield beside
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise SetupError(f"{target}: cannot be written: {error.strerror}") from None
