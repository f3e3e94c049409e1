"""The files that pages use: styles, scripts, pictures, kept in memory and by the browser."""

import gzip
import hashlib
from dataclasses import dataclass
from importlib import resources

from starlette.responses import Response

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
#: A file has its sum in its address: it never changes.
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _File:
    type: str
    content: bytes
    packed: bytes
    sum: str


class Statics:
    """All files of ``static/``."""

    def __init__(self) -> None:
        self._files = {
            one.name: _file(one.name, one.read_bytes())
            for one in (resources.files(__package__) / "static").iterdir()
            if one.name.rpartition(".")[2] in _TYPES
        }

    def url(self, name: str) -> str:
        """Return where a file stands.

        Raises:
            KeyError: there is none of that name.
        """
        return f"/static/{self._files[name].sum}/{name}"

    def response(self, name: str, packed: bool) -> Response | None:
        """Return a file; None: there is none of that name."""
        found = self._files.get(name)
        if found is None:
            return None
        headers = {"cache-control": _FOREVER, "vary": "accept-encoding"}
        if packed:
            headers["content-encoding"] = "gzip"
        content = found.packed if packed else found.content
        return Response(content, headers=headers, media_type=found.type)


def _file(name: str, content: bytes) -> _File:
    kind = _TYPES[name.rpartition(".")[2]]
    digest = hashlib.sha256(content).hexdigest()[:16]
    return _File(kind, content, gzip.compress(content, mtime=0), digest)
