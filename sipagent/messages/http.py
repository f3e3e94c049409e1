"""Asking an HTTP server of somebody else: for so long at the most, and broken off when need be."""

import http.client
import ssl
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from sipagent.messages.breaking_off import shut, within
from sipagent.text import printable

#: Bytes of an answer that are read, and characters of it that are kept.
_READ, _KEPT = 4096, 200
#: Times the time-out for a request as a whole, however busy the server looks.
_WHOLE = 2


class Request(NamedTuple):
    """What a server is asked."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Client:
    """Asks one server at a time; no redirection is followed.

    Args:
        timeout: seconds after which a silent server is given up.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, request: Request) -> tuple[int, str]:
        """Return the status of the answer, and how it begins, on one line.

        Raises:
            OSError, http.client.HTTPException, ValueError: there is none; see ``explained``.
        """
        parts = urlsplit(request.url)
        host = str(parts.hostname)
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                host, parts.port, timeout=self._timeout, context=context
            )
        else:
            connection = http.client.HTTPConnection(host, parts.port, timeout=self._timeout)
        self._connection = connection
        path = parts.path or "/"
        with within(self._timeout * _WHOLE, self.abort):
            connection.request(
                request.method,
                f"{path}?{parts.query}" if parts.query else path,
                body=request.body or None,
                headers=dict(request.headers),
            )
            answer = connection.getresponse()
            said = answer.read(_READ).decode("utf-8", "replace")
        return answer.status, " ".join(printable(said).split())[:_KEPT]

    def rest(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def abort(self) -> None:
        """Break the connection off; from another thread."""
        if self._connection is not None:
            shut(self._connection.sock)


def explained(error: Exception) -> str:
    """Return why there was no answer."""
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or "broke off"
