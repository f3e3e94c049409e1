"""HTML of a mail as plain text: it never reaches a page as HTML, and nothing in it is loaded.

The cleaner (nh3) makes any HTML well-formed first, so that the reading below has no surprises.
"""

import re
from html.parser import HTMLParser

import nh3

#: Characters of HTML that are read; of an address that is shown.
_LONGEST, _LONGEST_LINK = 500_000, 300
#: Elements within elements: the cleaner looks through all of them for each that follows.
_NESTED = 400
#: Quotes in quotes that are told apart.
_DEEPEST = 8
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "center", "dd", "div", "dl", "dt", "fieldset", "figure"),
        *("footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main"),
        *("nav", "ol", "p", "pre", "section", "table", "tr", "ul"),
    )
)
_KEPT = _BLOCKS | {"a", "b", "blockquote", "br", "em", "i", "img", "span", "strong", "td", "th"}
#: Elements without an end.
_EMPTY = frozenset({"br", "hr", "img"})
#: Elements that end where the next one begins, or at once.
_FLAT = frozenset(
    (
        *("br", "col", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "option", "p"),
        *("td", "th", "tr", "wbr"),
    )
)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,40})")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.I)
_LINK = re.compile(r"(?:https?://|mailto:)", re.I)
_BLANKS = re.compile(r"[ \t\r\n\f]+")


def plain(html: str) -> str:
    """Return what a reader would see: paragraphs, quotes with ``>``, links after their words."""
    attributes = {"a": {"href"}, "img": {"alt"}, "*": {"style"}}
    clean = nh3.clean(
        _shallow(html[:_LONGEST]), tags=set(_KEPT), attributes=attributes, link_rel=None
    )
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return reader.text()


def _shallow(html: str) -> str:
    """Return HTML in which elements that lie too deep are ones that hold nothing."""
    depth = 0

    def tag(found: re.Match[str]) -> str:
        nonlocal depth
        if found[2].lower() in _FLAT:
            return found[0]
        deepest, depth = depth, max(depth + (-1 if found[1] else 1), 0)
        return found[0] if max(deepest, depth) <= _NESTED else "<wbr "

    return _TAG.sub(tag, html)


class _Reader(HTMLParser):
    """Collects lines, each with how deep it is quoted."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[tuple[int, str]] = []
        self._line = ""
        self._depth = 0
        #: Elements that are open within one that nobody sees, itself included.
        self._unseen = 0
        self._pre = 0
        #: Where open links lead, and where their words began.
        self._links: list[tuple[str, str]] = []

    def text(self) -> str:
        """Return the lines; more than one empty line in a row is one."""
        self._end()
        lines = [f"{'> ' * min(depth, _DEEPEST)}{line}".rstrip() for depth, line in self._lines]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._unseen or _HIDDEN.search(given.get("style", "")):
            self._unseen += tag not in _EMPTY
            return
        if tag == "br":
            self._end()
        elif tag == "img":
            self._line += f"[{alt}]" if (alt := given.get("alt", "").strip()[:200]) else ""
        elif tag == "a":
            self._links.append((given.get("href", ""), self._line))
        elif tag in ("td", "th"):
            self._line += " " if self._line and not self._line.endswith(" ") else ""
        elif tag == "blockquote" or tag in _BLOCKS:
            self._end(paragraph=True)
            self._depth += tag == "blockquote"
            self._pre += tag == "pre"
            self._line = "- " if tag == "li" else ""

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            self._unseen -= tag not in _EMPTY
            return
        if tag == "a" and self._links:
            self._end_link(*self._links.pop())
        elif tag == "blockquote" or tag in _BLOCKS - _EMPTY:
            self._end(paragraph=tag in ("p", "blockquote", "table", "ul", "ol"))
            self._depth = max(self._depth - (tag == "blockquote"), 0)
            self._pre = max(self._pre - (tag == "pre"), 0)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._pre:
            first, *others = data.split("\n")
            self._line += first
            for line in others:
                self._end()
                self._line = line
            return
        words = _BLANKS.sub(" ", data)
        self._line += words.lstrip(" ") if not self._line or self._line.endswith(" ") else words

    def _end_link(self, href: str, before: str) -> None:
        """Show where a link leads, unless its words say so."""
        words = self._line.removeprefix(before).strip()
        href = href.strip()[:_LONGEST_LINK]
        shown = href.removeprefix("mailto:").rstrip("/")
        if _LINK.match(href) and shown.lower() not in words.lower().replace("/ ", " ").split():
            self._line = f"{self._line.rstrip()} <{shown}>"

    def _end(self, *, paragraph: bool = False) -> None:
        if self._line.strip() or not paragraph:
            self._lines.append((self._depth, self._line.strip() if not self._pre else self._line))
        if paragraph and self._lines and self._lines[-1][1]:
            self._lines.append((self._depth, ""))
        self._line = ""
