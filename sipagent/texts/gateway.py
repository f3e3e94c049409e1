"""Handing a text to an HTTP gateway, as the template of the settings says."""

import contextlib
import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote, quote_plus, urlsplit
from xml.sax.saxutils import escape

from sipagent.config_texts import FIELDS, TextsSection
from sipagent.errors import SipAgentError
from sipagent.messages.outbox import Entry
from sipagent.messages.refusal import Never, NotNow
from sipagent.text import printable
from sipagent.texts.outgoing import body_of

_FIELD = re.compile(rf"\{{({'|'.join(FIELDS)})\}}")
#: Bytes of an answer that are read, and characters of it that are kept.
_READ, _KEPT = 4096, 200
#: Times ``texts.timeout`` for an attempt as a whole, however busy the gateway looks.
_WHOLE = 2
#: Answers that are about this text (RFC 9110, section 15.5): it is not tried again. Of the others,
#: 408, 425 and 429 ask to come back, and 401, 403, 404 and 405 are about the settings.
_REFUSED = frozenset({400, 406, 409, 410, 411, 413, 414, 415, 422})


class Request(NamedTuple):
    """What a gateway is asked."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Gateway:
    """Hands texts to a gateway; keeps the promises of ``messages.delivery.Delivery``.

    Args:
        settings: the template.
    """

    def __init__(self, settings: TextsSection) -> None:
        self._settings = settings
        self._connection: http.client.HTTPConnection | None = None

    def deliver(self, entry: Entry, content: bytes, sender: str) -> str:
        """Hand it over; an answer of 2xx says that it is the gateway's.

        Raises:
            NotNow: it may be taken later.
            Never: the gateway has said that it will not be.
        """
        if not self._settings.url:
            raise NotNow("there is no texts.url", server=True)
        values = {
            "to": entry.recipient,
            "from": sender,
            "text": body_of(content),
            "id": entry.message_id,
        }
        try:
            secret = self._settings.password() or ""
            status, said = self._asked(made(self._settings, {**values, "secret": secret}))
        except (OSError, http.client.HTTPException, SipAgentError, ValueError) as error:
            raise NotNow(f"the text gateway: {_explained(error)}", server=True) from error
        said = said.replace(secret, "•") if secret else said
        if 200 <= status < 300:
            return f"{urlsplit(self._settings.url).hostname}: {status} {said}".rstrip()
        why = f"the text gateway answers {status} {said}".rstrip()
        if status in _REFUSED:
            raise Never(why)
        raise NotNow(why, server=True)

    def rest(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def abort(self) -> None:
        """Break the connection off."""
        connection = self._connection
        line = connection.sock if connection is not None else None
        if line is not None:
            with contextlib.suppress(OSError):
                # Not ``line.shutdown``: on TLS that takes away what the other thread reads from.
                socket.socket.shutdown(line, socket.SHUT_RDWR)

    def _asked(self, request: Request) -> tuple[int, str]:
        """Return the status of the answer, and how it begins."""
        parts = urlsplit(request.url)
        timeout = self._settings.timeout
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            host = str(parts.hostname)
            connection = http.client.HTTPSConnection(
                host, parts.port, timeout=timeout, context=context
            )
        else:
            connection = http.client.HTTPConnection(
                str(parts.hostname), parts.port, timeout=timeout
            )
        self._connection = connection
        path = parts.path or "/"
        with self._within(timeout * _WHOLE):
            connection.request(
                request.method,
                f"{path}?{parts.query}" if parts.query else path,
                body=request.body or None,
                headers=dict(request.headers),
            )
            answer = connection.getresponse()
            said = answer.read(_READ).decode("utf-8", "replace")
        return answer.status, " ".join(printable(said).split())[:_KEPT]

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Break off what takes longer: a socket's own time-out begins anew with every byte."""
        watch = threading.Timer(seconds, self.abort)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()
            watch.join()


def made(settings: TextsSection, values: Mapping[str, str]) -> Request:
    """Return what a gateway is asked; no value can end the place where it stands.

    Raises:
        ValueError: a header would be more than one line.
    """
    headers = {name: _filled(text, values, str) for name, text in settings.headers.items()}
    kind = next((text for name, text in headers.items() if name.lower() == "content-type"), "")
    if any(not value.isprintable() for value in headers.values()):
        raise ValueError("a header of [texts] would have a control character")
    body = "" if settings.method == "GET" else _filled(settings.body, values, _writer(kind))
    url = _filled(settings.url, values, lambda value: quote(value, safe=""))
    if settings.method == "GET":
        headers = {name: text for name, text in headers.items() if name.lower() != "content-type"}
    return Request(settings.method, url, headers, body.encode())


def _filled(template: str, values: Mapping[str, str], write: Callable[[str], str]) -> str:
    return _FIELD.sub(lambda found: write(values[found[1]]), template)


def _writer(content_type: str) -> Callable[[str], str]:
    """Return how a value is written in a body of a type."""
    content_type = content_type.lower()  # RFC 9110, section 8.3.1
    if "json" in content_type:
        return lambda value: json.dumps(value, ensure_ascii=False)[1:-1]
    if "urlencoded" in content_type:
        return quote_plus
    if "xml" in content_type:
        return lambda value: escape(value, {'"': "&quot;"})
    return str


def _explained(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "does not answer in time"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or "broke off"
