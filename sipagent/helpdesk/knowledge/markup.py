"""Articles as HTML: Markdown that can say no more than an article needs to, and do nothing.

Two walls: the reader of Markdown takes no HTML, and what it writes is cleaned by a list of what may
be there. Pictures are those of the knowledge base; a page of the panel has room for no others.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sipagent.searching.words import folded_word

#: Where the pictures of articles are.
PICTURES = "/help/pictures/"
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_HEADINGS = {"h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "code"),
    *("strong", "em", "s", "a", "img", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    **{tag: {"id"} for tag in ("h2", "h3", "h4")},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_PICTURE = re.compile(rf"{re.escape(PICTURES)}[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, and what links within the page name it by."""

    anchor: str
    text: str


def html(text: str) -> str:
    """Return Markdown as HTML that may stand in a page; its title is above it."""
    tokens = _MARKDOWN.parse(text)
    for token, heading in _headings(tokens):
        token.attrSet("id", heading.anchor)
    for token in tokens:
        token.tag = _HEADINGS.get(token.tag, token.tag)
    made = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return nh3.clean(
        made,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_filtered,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
    )


@lru_cache(maxsize=512)
def plain(text: str) -> str:
    """Return what is read of Markdown, without its signs: for searching, and for excerpts."""
    parts = ["".join(_words_of(token)) for token in _MARKDOWN.parse(text)]
    return "\n".join(part for part in parts if part)


def links(text: str) -> list[str]:
    """Return where the links and pictures of Markdown lead, in their order."""
    found = [
        str(child.attrGet(name))
        for token in _MARKDOWN.parse(text)
        for child in token.children or ()
        for name in ("href", "src")
        if child.attrGet(name)
    ]
    return list(dict.fromkeys(found))


def headings(text: str) -> list[Heading]:
    """Return the headings of Markdown."""
    return [heading for _, heading in _headings(_MARKDOWN.parse(text))]


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[Token, Heading]]:
    used: dict[str, int] = {}
    for token, inside in pairwise(tokens):
        if token.type != "heading_open":
            continue
        said = "".join(_words_of(inside))
        anchor = "-".join(re.findall(r"[a-z0-9]+", folded_word(said))) or "section"
        used[anchor] = used.get(anchor, 0) + 1
        times = used[anchor]
        yield token, Heading(anchor if times == 1 else f"{anchor}-{times}", said)


def _words_of(token: Token) -> Iterator[str]:
    if token.type in ("code_block", "fence"):
        yield token.content
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            yield " "
        elif child.type in ("text", "code_inline", "image"):
            yield child.content


def _filtered(tag: str, attribute: str, value: str) -> str | None:
    if (tag, attribute) == ("img", "src") and not _PICTURE.fullmatch(value):
        return None
    return value
