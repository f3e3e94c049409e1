"""The paper of statements and bills: A4 with fonts, a footer, and text that breaks well."""

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree

from fontTools.ttLib import TTLibError
from fpdf import FPDF, ViewerPreferences
from fpdf.enums import Align, MethodReturnValue
from fpdf.fonts import TTFFont

from sipagent.errors import SetupError
from sipagent.messages.tags import Box, Tag, Tags
from sipagent.messages.wording import glued

_FONTS = Path(__file__).parent / "fonts"
_FAMILY = "NotoSans"
#: Sizes in points: nothing is smaller than what elderly people read without effort.
SMALL, TEXT, HEAD, LARGE, TITLE = 11.0, 11.5, 13.5, 15.0, 21.0
#: Lengths in millimetres.
MARGIN, LINE, FOOT = 20.0, 5.8, 23.0
INK = (28, 34, 43)
QUIET = (84, 94, 107)
FAINT = (214, 219, 225)
PANEL = (243, 246, 249)
#: Stands for the number of pages until it is known: no text has it, because no font does.
_PAGES = "\ufffe\uffff"
#: What tells of a drawing, or of a part of it (SVG 1.1, 5.4).
_TOLD = ("{http://www.w3.org/2000/svg}title", "{http://www.w3.org/2000/svg}desc")
#: What a document says of itself in XMP (ISO 16684-1), and that it follows PDF/UA-1 (ISO 14289-1).
_XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>"""


@dataclass(frozen=True, slots=True)
class Imprint:
    """What a document says about itself; ``identity`` is whatever makes it differ from others.

    ``page`` is a text with ``{page}`` and ``{pages}``; it stands in the middle of each footer.
    """

    title: str
    author: str
    language: str
    made: datetime
    left: str
    page: str
    right: str
    identity: str


class Paper(FPDF):
    """Pages that are written from top to bottom, and tagged for screen readers.

    What is written inside ``tagged`` belongs to that element; everything else is decoration, which
    is not read out.

    Raises:
        SetupError: a font is missing or damaged.
    """

    def __init__(self, imprint: Imprint) -> None:
        super().__init__(format="A4")
        self._imprint = imprint
        self._tags = Tags()
        self._tag: Tag | None = None
        self.struct_builder = cast(Any, self._tags)  # fpdf2 has no word for a tree of another kind
        self._set_min_pdf_version("1.7")
        #: Lines of texts: a table measures its rows before it writes them.
        self._broken: dict[tuple[str, float, float, str], list[str]] = {}
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(auto=False)
        self.c_margin = 0.0
        self.alias_nb_pages(_PAGES)
        # Both fonts have the same letters.
        self._letters = self._load("", "Regular").cmap
        self._load("B", "Bold")
        title, author = self.shown(imprint.title), self.shown(imprint.author)
        self.set_title(title)
        self.set_author(author)
        self.set_xmp_metadata(_XMP.format(title=escape(title), author=escape(author)))
        self.set_lang(imprint.language)
        self.set_creation_date(imprint.made)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.ink()

    def file_id(self) -> str:
        """Return the identity of the file (ISO 32000-1, section 14.4), made of its data."""
        digest = hashlib.md5(self._imprint.identity.encode(), usedforsecurity=False).hexdigest()
        return f"<{digest}><{digest}>".upper()

    def element(self, kind: str, *, scope: str = "", alt: str = "", box: Box | None = None) -> Tag:
        """Return a new element inside the present one; see ``tags.Tag``."""
        parent = self._tag or self._tags.doc_struct_elem
        tag = Tag(kind, parent, scope=scope, alt=alt, box=box)
        parent.kids.append(tag)
        return tag

    @contextmanager
    def tagged(self, kind: str) -> Iterator[None]:
        """Write what follows as an element inside the present one."""
        with self.within(self.element(kind)):
            yield

    @contextmanager
    def within(self, tag: Tag | None) -> Iterator[None]:
        """Write what follows as a part of an element that is there, or as decoration (None)."""
        before, self._tag = self._tag, tag
        try:
            yield
        finally:
            self._tag = before

    def cell(self, *args: Any, **options: Any) -> bool:
        """Write a text as ``FPDF.cell`` does, as a part of the present element."""
        with self._marked(self._tag):
            return bool(super().cell(*args, **options))

    def picture(self, data: bytes, x: float, y: float, size: tuple[float, float], alt: str) -> None:
        """Show a picture; place and size in millimetres, ``alt`` is what it shows."""
        with self._marked(self._figure(alt, x, y, size)):
            self.image(data, x=x, y=y, w=size[0], h=size[1])

    def drawing(self, svg: str) -> None:
        """Show a drawing of ``sipagent.charts`` across the page; it is read out as it is told.

        Its texts are written in the letters of the paper.
        """
        root = ElementTree.fromstring(svg)
        *_, width, height = map(float, root.attrib["viewBox"].split())
        told = [one.text for name in _TOLD for one in root.findall(name) if one.text]
        for one in list(root.iter()):
            one.text = one.text and self.shown(one.text)
            for child in [child for child in one if child.tag in _TOLD]:
                one.remove(child)  # fpdf2 would warn of it
        root.set("font-family", _FAMILY)
        size = self.epw, self.epw * height / width
        self.keep(size[1])
        top = self.get_y()
        picture = ElementTree.tostring(root, xml_declaration=True)
        self.picture(picture, self.l_margin, top, size, ". ".join(told))
        self.set_y(top + size[1])

    def squares(
        self, rows: Sequence[Sequence[int]], x: float, y: float, size: float, alt: str
    ) -> None:
        """Show rows whose ones are dark squares, such as a QR code; ``size`` in millimetres."""
        side = size / len(rows)
        self.set_fill_color(0)
        with self._marked(self._figure(alt, x, y, (size, size))):
            for number, row in enumerate(rows):
                at = 0
                for dark, run in groupby(row):
                    width = len(list(run))
                    if dark:
                        self.rect(x + at * side, y + number * side, width * side, side, style="F")
                    at += width

    def panel(self, height: float) -> None:
        """Lay a ground behind what follows, across the page."""
        self.set_fill_color(*PANEL)
        with self._marked(None):
            self.rect(
                MARGIN, self.get_y(), self.epw, height, style="F", round_corners=True,
                corner_radius=2,
            )  # fmt: skip

    @contextmanager
    def _marked(self, tag: Tag | None) -> Iterator[None]:
        """Mark what is drawn as a part of an element, or as decoration (ISO 32000-1, 14.6)."""
        if tag is None:
            self._out("/Artifact BMC")
        else:
            number = self._tags.place(tag, self.pages[self.page])
            self._out(f"/{tag.kind} <</MCID {number}>> BDC")
        yield
        self._out("EMC")

    def _figure(self, alt: str, x: float, y: float, size: tuple[float, float]) -> Tag:
        """Return a new element for a picture at a place in millimetres from the top left."""
        left, bottom = x * self.k, (self.h - y - size[1]) * self.k
        box = (left, bottom, left + size[0] * self.k, bottom + size[1] * self.k)
        return self.element("Figure", alt=self.shown(alt), box=box)

    def footer(self) -> None:
        """Write the imprint below every page."""
        with self.within(None):
            self._foot()

    def _foot(self) -> None:
        imprint = self._imprint
        self.rule(self.h - FOOT + 6)
        self.set_y(self.h - FOOT + 8)
        self.ink(SMALL, color=QUIET)
        width = self.epw / 3
        page = imprint.page.format(page=self.page_no(), pages=_PAGES)
        self.cell(width, LINE, self.shown(imprint.left), align=Align.L)
        # In the middle: the width of the number of pages is not known yet.
        self.cell(width, LINE, page, align=Align.C)
        self.cell(width, LINE, self.shown(imprint.right), align=Align.R)

    def ink(
        self, size: float = TEXT, *, bold: bool = False, color: tuple[int, int, int] = INK
    ) -> None:
        """Choose how the next text looks."""
        self.set_font(_FAMILY, "B" if bold else "", size)
        self.set_text_color(*color)

    def rule(self, y: float, *, color: tuple[int, int, int] = FAINT, width: float = 0.2) -> None:
        """Draw a line across the page at ``y``; width in millimetres."""
        self.set_draw_color(*color)
        self.set_line_width(width)
        with self._marked(None):
            self.line(self.l_margin, y, self.w - self.r_margin, y)

    def left(self) -> float:
        """Return the millimetres that are left on the page."""
        return float(self.h - FOOT - self.get_y())

    def keep(self, height: float) -> None:
        """Begin a new page unless so many millimetres are left, or the page is empty."""
        if self.left() < height and self.get_y() > self.t_margin:
            self.add_page()

    def skip(self, height: float) -> None:
        """Leave millimetres blank."""
        self.set_y(self.get_y() + height)

    def paragraph(
        self,
        text: str,
        *,
        width: float | None = None,
        indent: float = 0.0,
        size: float = TEXT,
        bold: bool = False,
        color: tuple[int, int, int] = INK,
    ) -> None:
        """Write a text over as many lines, and pages, as it needs."""
        room = width or self.epw - indent
        self.ink(size, bold=bold)
        height = line_height(size)
        for line in spaced(self.lines(text, room)):
            self.keep(height)
            self.ink(size, bold=bold, color=color)
            self.set_x(self.l_margin + indent)
            self.cell(room, height, line, new_x="LMARGIN", new_y="NEXT")
        self.ink()

    def lines(self, text: str, width: float) -> list[str]:
        """Return a text as the lines that fit a width in millimetres, in the ink of now."""
        key = (text, width, self.font_size_pt, self.font_style)
        if key not in self._broken:
            self._broken[key] = self._break(self.shown(text), width)
        return self._broken[key]

    def shown(self, text: str) -> str:
        """Return a text in the letters of the font, a replacement sign for each other one."""
        composed = unicodedata.normalize("NFC", text)
        return "".join(map(self._shown, composed)).strip(" ")

    def _break(self, text: str, width: float) -> list[str]:
        if self.get_string_width(text) <= width:
            return [text]
        found = self.multi_cell(
            width,
            LINE,
            glued(text),
            align=Align.L,
            dry_run=True,
            output=MethodReturnValue.LINES,
        )
        return list(cast(list[str], found))

    def _shown(self, character: str) -> str:
        if ord(character) in self._letters:
            return character
        if character.isspace():
            return " "
        # Joiners, marks of direction and of variants have no picture of their own.
        invisible = unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"
        return "" if invisible else "\N{REPLACEMENT CHARACTER}"

    def _load(self, style: str, name: str) -> TTFFont:
        path = _FONTS / f"{_FAMILY}-{name}.ttf"
        try:
            self.add_font(_FAMILY, style, path)
        except (OSError, TTLibError) as error:
            raise SetupError(
                f"{path}: the font of statements is missing or damaged; install sipagent anew"
            ) from error
        font = cast(TTFFont, self.fonts[_FAMILY.lower() + style])
        # Letters keep their sizes; measuring them again would take half of all the time.
        font.ttfont.recalcBBoxes = False
        return font


def spaced(lines: Sequence[str]) -> list[str]:
    """Return the lines of a text so that the words of two are not read as one."""
    return [*(f"{line} " for line in lines[:-1]), *lines[-1:]]


def line_height(size: float) -> float:
    """Return the height of a line in millimetres for a size in points."""
    return LINE * max(1.0, size / TEXT)
