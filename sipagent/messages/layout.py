"""How a letter is laid out: paragraphs, small tables and pictures, as plain text and as HTML."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from sipagent.messages.wording import glued

# No colours of text or ground: whether the reader's mail program is light or dark, both are its
# own, and the grey of the lines is seen on either.
_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
</head>
<body lang="{language}" style="margin:0;font:17px/1.5 Arial,Helvetica,sans-serif">
<div style="max-width:38em;margin:0 auto;padding:20px;overflow-wrap:anywhere">
{body}
</div>
</body>
</html>
"""
_TABLE = '<table style="width:100%;border-collapse:collapse;margin:1em 0">\n{rows}\n</table>'
_CAPTION = (
    '<caption style="text-align:left;font-weight:bold;padding-bottom:6px">{caption}</caption>\n'
)
_ROW = (
    '<tr><th scope="row" style="{cell};text-align:left;padding-right:12px;'
    'overflow-wrap:{wrap};font-weight:{weight}">{name}</th>'
    '<td style="{cell};text-align:{align};font-weight:{weight}">{value}</td></tr>'
)
_CELL = "padding:6px 0;border-bottom:1px solid #8a939e;vertical-align:top"
#: The widest name in characters that values of plain text are lined up behind.
_WIDEST = 56


@dataclass(frozen=True, slots=True)
class Table:
    """Names and values; ``sums`` rows at the end are totals, ``figures`` stand at the right."""

    rows: Sequence[tuple[str, str]]
    caption: str = ""
    sums: int = 0
    figures: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody said or wrote, line by line as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that only HTML shows, so wide in pixels; ``alt`` is what it shows."""

    name: str
    type: str
    data: bytes
    alt: str
    width: int

    @property
    def content_id(self) -> str:
        """The name under which a page finds it beside itself (RFC 2392)."""
        return f"{self.name}@sipagent"


Block = str | Table | Quote | Picture


def plain(blocks: Sequence[Block]) -> str:
    """Return a letter as plain text."""
    return "\n\n".join(_plain(block) for block in blocks if not isinstance(block, Picture)) + "\n"


def html(title: str, blocks: Sequence[Block], language: str) -> str:
    """Return a letter as an HTML page; ``language`` is a code such as ``pl``."""
    body = "\n".join(_html(block) for block in blocks)
    return _PAGE.format(language=escape(language), title=_escaped(title), body=body)


def printable(text: str) -> str:
    """Return a text without control characters, except for its line feeds."""
    lines = ("".join(map(_printable, line)) for line in text.splitlines())
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _printable(character: str) -> str:
    match unicodedata.category(character):
        case "Cc":
            return " "
        case "Cs":
            return "\N{REPLACEMENT CHARACTER}"
        case _:
            return character


def _plain(block: str | Table | Quote) -> str:
    match block:
        case Table():
            rows = [(_line(name) + ":", _line(value)) for name, value in block.rows]
            width = min(max((len(name) for name, _ in rows), default=0), _WIDEST)
            lines = [f"  {name:<{width}} {value}" for name, value in rows]
            return "\n".join(([_line(block.caption)] if block.caption else []) + lines)
        case Quote():
            return "\n".join(f"  {line}".rstrip() for line in printable(block.text).splitlines())
        case _:
            return printable(block)


def _html(block: Block) -> str:
    match block:
        case Table():
            caption = _CAPTION.format(caption=_escaped(block.caption)) if block.caption else ""
            first_sum = len(block.rows) - block.sums
            rows = (
                _ROW.format(
                    cell=_CELL,
                    weight="bold" if number >= first_sum else "normal",
                    align="right" if block.figures else "left",
                    # Words of ours are not cut on a telephone; names of others may be very long.
                    wrap="anywhere" if block.figures else "break-word",
                    name=_escaped(name),
                    value=_escaped(value),
                )
                for number, (name, value) in enumerate(block.rows)
            )
            return _TABLE.format(rows=caption + "\n".join(rows))
        case Quote():
            return (
                '<blockquote style="margin:1em 0;padding-left:14px;border-left:3px solid #8a939e">'
                f"{_escaped(block.text)}</blockquote>"
            )
        case Picture():
            return (
                f'<p><img src="cid:{block.content_id}" width="{block.width}" '
                f'style="max-width:100%;height:auto" alt="{escape(printable(block.alt))}"></p>'
            )
        case _:
            return f"<p>{_escaped(glued(block))}</p>"


def _escaped(text: str) -> str:
    return escape(printable(text)).replace("\n", "<br>\n")


def _line(text: str) -> str:
    # Only what breaks a line: spaces that hold an amount together stay.
    return " ".join(printable(text).splitlines())
