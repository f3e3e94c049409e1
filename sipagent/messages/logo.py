"""A manager's logo, made ready for statements and letters."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import structlog
from PIL import Image, ImageOps

#: The largest picture in pixels: 300 dpi on the largest place that a logo has.
LARGEST = (650, 213)
#: Pixels beyond which a file is no logo, and would only cost time and memory.
_TOO_LARGE = 16_000_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Logo:
    """A PNG or JPEG file without transparency, with its media type; sizes in pixels."""

    data: bytes
    type: str
    width: int
    height: int


def logo(path: Path) -> Logo | None:
    """Return a logo on white, or None, with a warning, where it cannot be read."""
    try:
        facts = path.stat()
        return _logo(path, facts.st_mtime_ns, facts.st_size)
    # Broken pictures raise whatever they like, and none of it may cost an owner the statement.
    except Exception as error:
        log.warning("logo left out of a statement", logo=str(path), reason=str(error))
        return None


@lru_cache(maxsize=64)
def _logo(path: Path, _changed: int, _size: int) -> Logo:
    with Image.open(path, formats=("PNG", "JPEG")) as file:
        if file.width * file.height > _TOO_LARGE:
            raise ValueError(f"{file.width} x {file.height} pixels are too many")
        # A photograph stays one: as anything else it would be many times as large.
        kind = file.format or "PNG"
        picture = ImageOps.exif_transpose(file).convert("RGBA")
    picture.thumbnail(LARGEST)
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture)
    data = BytesIO()
    paper.save(data, kind, quality=92, subsampling=0)
    return Logo(data.getvalue(), f"image/{kind.lower()}", paper.width, paper.height)
