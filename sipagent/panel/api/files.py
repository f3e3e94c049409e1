"""Files that programs are sent."""

from starlette.responses import Response


def sound(content: bytes, type: str, name: str) -> Response:
    """Return a recording; nobody plays it for what it is not."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=type)
