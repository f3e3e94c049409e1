"""Files that programs are sent."""

from starlette.responses import Response


def sent(content: bytes, type: str, name: str) -> Response:
    """Return a file, to be kept; nobody shows or plays it for what it is not."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=type)
