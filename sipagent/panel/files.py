"""Files that pages give out: whole or in parts (RFC 9110, section 14), read while they are sent."""

import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import BinaryIO

from starlette.responses import Response, StreamingResponse

from sipagent.threads import Threads

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_CHUNK = 64 * 1024


def attached(content: bytes | str, name: str, kind: str) -> Response:
    """Return a file that is kept, not shown; its name is one of ours."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=kind)


def streamed(
    parts: Iterator[bytes],
    size: int,
    kind: str,
    threads: Threads,
    *,
    name: str = "",
    headers: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """Return a file that is read, part by part, as it is sent.

    Args:
        parts: of it; they may block.
        size: bytes of all parts.
        kind: its media type.
        threads: in which parts are read.
        name: that it is kept under; empty: it is shown.
        headers: besides.
        status: of the answer.
    """
    given = {"content-length": str(size), **(headers or {})}
    if name:
        given["content-disposition"] = f'attachment; filename="{name}"'

    async def read() -> AsyncIterator[bytes]:
        while part := await threads.run(next, parts, b""):
            yield part

    return StreamingResponse(read(), status, headers=given, media_type=kind)


def in_part(
    asked: str,
    size: int,
    part: Callable[[int, int], Iterator[bytes]],
    kind: str,
    threads: Threads,
) -> Response:
    """Return a file, or the part of it that a browser asks for.

    Args:
        asked: the header ``Range``; empty: all of it is.
        size: bytes of the file.
        part: returns it from its first byte to its last one, counted from 0; that may block.
        kind: its media type.
        threads: in which it is read.
    """
    try:
        found = wanted(asked, size)
    except ValueError:
        return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
    first, last = found or (0, size - 1)
    headers = {"accept-ranges": "bytes"}
    if found is not None:
        headers["content-range"] = f"bytes {first}-{last}/{size}"
    status = 200 if found is None else 206
    return streamed(
        part(first, last), last - first + 1, kind, threads, headers=headers, status=status
    )


def wanted(header: str, size: int) -> tuple[int, int] | None:
    """Return the first and the last byte that are asked for of a file; None: all of it.

    Several ranges at once, and what is none, are answered with all of it, as is allowed.

    Raises:
        ValueError: none of them is there.
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or not any(found.groups()):
        return None
    if not found[1]:
        first, last = max(0, size - int(found[2])), size - 1
    else:
        first, last = int(found[1]), min(size - 1, int(found[2] or size))
        if found[2] and int(found[2]) < first:
            return None
    if first >= size or last < first:
        raise ValueError(header)
    return first, last


def chunks(file: BinaryIO, most: int = sys.maxsize) -> Iterator[bytes]:
    """Yield an open file from where it stands, so many bytes at the most, and close it."""
    with file:
        while chunk := file.read(min(_CHUNK, most)):
            most -= len(chunk)
            yield chunk
