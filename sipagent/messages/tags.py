"""The structure of a PDF for screen readers: what is a heading, a table, a picture (tagged PDF).

fpdf2 knows pictures with a description only; this writes the whole tree (ISO 32000-1, 14.7).
"""

from collections.abc import Iterator

from fpdf.output import PDFPage
from fpdf.structure_tree import StructTreeRoot
from fpdf.syntax import PDFObject, PDFString

#: Left, bottom, right and top in points.
Box = tuple[float, float, float, float]


class Tag(PDFObject):
    """An element of the tree, such as ``P``, ``H1``, ``Table`` or ``TD`` (section 14.8.4).

    Args:
        kind: its standard type.
        parent: the element that it is in.
        scope: of a heading in a table: ``Column`` or ``Row``.
        alt: what a picture shows.
        box: where a picture stands; readers that reflow a page ask for it.
    """

    def __init__(
        self,
        kind: str,
        parent: PDFObject,
        *,
        scope: str = "",
        alt: str = "",
        box: Box | None = None,
    ) -> None:
        super().__init__()
        self.kind = kind
        self._parent = parent
        self._scope = scope
        self._alt = alt
        self._box = box
        self.kids: list[Tag | tuple[PDFPage, int]] = []

    def serialize(self, obj_dict: object = None, _security_handler: object = None) -> str:
        """Return it as an object of the file."""
        found = {"/Type": "/StructElem", "/S": f"/{self.kind}", "/P": self._parent.ref}
        found["/K"] = f"[{' '.join(map(_kid, self.kids))}]"
        if self._alt:
            found["/Alt"] = PDFString(self._alt).serialize()
        if self._scope:
            found["/A"] = f"<</O /Table /Scope /{self._scope}>>"
        if self._box is not None:
            corners = " ".join(f"{one:.2f}" for one in self._box)
            found["/A"] = f"<</O /Layout /Placement /Block /BBox [{corners}]>>"
        return super().serialize(dict(found))


class Tags:
    """The tree of one document, in the place of the builder that fpdf2 comes with."""

    def __init__(self) -> None:
        self.struct_tree_root = StructTreeRoot()
        #: The name under which fpdf2 looks for it.
        self.doc_struct_elem = _Document(self.struct_tree_root)
        self.struct_tree_root.k.append(self.doc_struct_elem)

    def place(self, tag: Tag, page: PDFPage) -> int:
        """Let what is written next on a page belong to an element; return its number there."""
        owners = self.struct_tree_root.parent_tree.nums
        if page.struct_parents is None:
            page.struct_parents = len(owners)
        number = len(owners[page.struct_parents])
        owners[page.struct_parents].append(tag)
        tag.kids.append((page, number))
        return number

    def empty(self) -> bool:
        """Whether nothing has a place in it."""
        return not self.struct_tree_root.parent_tree.nums

    def __iter__(self) -> Iterator[PDFObject]:
        """Yield all objects of the tree, its root first."""
        yield self.struct_tree_root
        yield self.struct_tree_root.parent_tree
        left: list[Tag] = [self.doc_struct_elem]
        while left:
            tag = left.pop()
            yield tag
            left += (kid for kid in tag.kids if isinstance(kid, Tag))


class _Document(Tag):
    """The element that holds all others; fpdf2 has no pages to fill in among them."""

    def __init__(self, root: StructTreeRoot) -> None:
        super().__init__("Document", root)
        self.k: list[Tag] = []


def _kid(kid: Tag | tuple[PDFPage, int]) -> str:
    if isinstance(kid, Tag):
        return kid.ref
    page, number = kid
    return f"<</Type /MCR /Pg {page.ref} /MCID {number}>>"
