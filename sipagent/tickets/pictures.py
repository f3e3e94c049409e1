"""Pictures that are attached: made anew, so that nothing comes along but what is seen."""

import io
import threading

from PIL import Image, ImageOps

from sipagent.tickets.kinds import GIF, JPEG, PNG, WEBP, Kind
from sipagent.tickets.unfit import Unfit, Why

#: Pixels of a picture at the most, and of the longest side of one that is kept.
_MOST_PIXELS, _LONGEST = 80_000_000, 4000
#: Longest side of what stands in a thread.
_SMALL = 480
#: Photographs are taken in smaller at once (``draft``); anything else costs four bytes a pixel.
_MOST_PLAIN_PIXELS = 40_000_000
_FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", GIF: "GIF"}
#: One at a time, whoever sends it: each takes up to 160 MB.
_TURN = threading.Lock()


def made_anew(kind: Kind, name: str, content: bytes) -> tuple[bytes, bytes]:
    """Return a picture upright, of its first frame, without what else it said; and a small one.

    The small one is WebP; a GIF becomes PNG. That takes up to a second.

    Raises:
        Unfit: it is none, or too large.
    """
    with _TURN:
        try:
            with Image.open(io.BytesIO(content), formats=(_FORMATS[kind],)) as file:
                pixels = file.width * file.height
                if pixels > (_MOST_PIXELS if kind is JPEG else _MOST_PLAIN_PIXELS):
                    raise Unfit(name, Why.BOMB)
                file.draft("RGB", (_LONGEST, _LONGEST))
                picture = ImageOps.exif_transpose(file)
                picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
            picture.thumbnail((_LONGEST, _LONGEST))
            whole = _written(picture, kind)
            picture.thumbnail((_SMALL, _SMALL))
            return whole, _written(picture, WEBP)
        except Unfit:
            raise
        except Image.DecompressionBombError:
            raise Unfit(name, Why.BOMB) from None
        # Broken pictures raise whatever they like.
        except Exception:
            raise Unfit(name, Why.DAMAGED) from None


def kept_as(kind: Kind) -> Kind:
    """Return the kind of a picture once it is made anew."""
    return PNG if kind is GIF else kind


def _written(picture: Image.Image, kind: Kind) -> bytes:
    """Return a new file of the pixels only."""
    picture.info.clear()  # comments and profiles that it came with
    file = io.BytesIO()
    if kind is JPEG:
        picture.convert("RGB").save(file, "JPEG", quality=90)
    elif kind is WEBP:
        picture.save(file, "WEBP", quality=85)
    else:
        picture.save(file, "PNG")
    return file.getvalue()
