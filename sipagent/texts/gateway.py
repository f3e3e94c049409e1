"""Handing a text to an HTTP gateway, as the template of the settings says."""

import http.client
import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus, urlsplit
from xml.sax.saxutils import escape

from sipagent.config_texts import FIELDS, TextsSection
from sipagent.errors import SipAgentError
from sipagent.messages.http import Client, Request, explained
from sipagent.messages.queue import Entry
from sipagent.messages.refusal import Never, NotNow
from sipagent.messages.short import body_of

_FIELD = re.compile(rf"\{{({'|'.join(FIELDS)})\}}")
#: Answers that are about this text (RFC 9110, section 15.5): it is not tried again. Of the others,
#: 408, 425 and 429 ask to come back, and 401, 403, 404 and 405 are about the settings.
_REFUSED = frozenset({400, 406, 409, 410, 411, 413, 414, 415, 422})


class Gateway:
    """Hands texts to a gateway; keeps the promises of ``messages.delivery.Delivery``.

    Args:
        settings: the template.
    """

    def __init__(self, settings: TextsSection) -> None:
        self._settings = settings
        self._client = Client(settings.timeout)

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
            status, said = self._client.ask(made(self._settings, {**values, "secret": secret}))
        except (OSError, http.client.HTTPException, SipAgentError, ValueError) as error:
            raise NotNow(f"the text gateway: {explained(error)}", server=True) from error
        said = said.replace(secret, "•") if secret else said
        if 200 <= status < 300:
            return f"{urlsplit(self._settings.url).hostname}: {status} {said}".rstrip()
        why = f"the text gateway answers {status} {said}".rstrip()
        if status in _REFUSED:
            raise Never(why)
        raise NotNow(why, server=True)

    def rest(self) -> None:
        """Close the connection."""
        self._client.rest()

    def abort(self) -> None:
        """Break the connection off."""
        self._client.abort()


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
