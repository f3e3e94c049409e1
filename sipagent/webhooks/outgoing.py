"""What programs are told, on its way: in the outbox beside the e-mails, until it is taken.

It is signed as Standard Webhooks says (version 1.0.0): ``webhook-id`` is the same for each attempt,
``webhook-timestamp`` is the time of the attempt, and ``webhook-signature`` the HMAC-SHA256 of both
and the body, parted by dots.
"""

import base64
import hashlib
import hmac
import http.client
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from sipagent import __version__, times
from sipagent.config_webhooks import WebhooksSection
from sipagent.messages.http import Client, Request, explained
from sipagent.messages.queue import Entry, Letter, Queue
from sipagent.messages.refusal import Never, NotNow
from sipagent.messages.short import body_of, written
from sipagent.store.data import Data
from sipagent.webhooks import subscriptions
from sipagent.webhooks.subscriptions import Webhook

#: Seconds for which a program is left alone that did not answer: others wait for none of it.
_REST = 30.0
_GONE = 410


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something that one program is to be told.

    Args:
        to: the program.
        happening: key of what has happened, of which one program is told once.
        kind: what has happened.
        body: JSON, on one line.
        call: id of the call in which it has happened.
    """

    to: Webhook
    happening: str
    kind: str
    body: str
    call: str = ""

    @property
    def key(self) -> str:
        """What names it, for the program as well."""
        return f"evt_{self.happening}.{self.to.id}"


class WebhookBox(Queue[WebhooksSection]):
    """What waits to be told."""

    medium, server, sender = "webhook", "webhook", "webhook-sender"

    def put(self, *announcements: Announcement) -> list[int]:
        """Keep announcements, all or none; return the ids of those that are new.

        Raises:
            SetupError: the disk is full or cannot be written.
        """
        new = [one for one in announcements if not self._select("message_id = ?", one.key)]
        return self._keep([self._letter(one) for one in new]) if new else []

    def _letter(self, one: Announcement) -> Letter:
        now = self.now()
        row: dict[str, str | int | None] = {
            "created": times.stored(now),
            "kind": one.kind,
            "owner": "",
            "manager": one.to.manager,  # whose program it is, not whom it is about
            "call": one.call,
            "recipient": one.to.url,
            "subject": one.to.name,
            "message_id": one.key,
            "file": f"{int(now.timestamp()):x}.{secrets.token_hex(8)}.eml",
            "next_attempt": times.stored(now),
        }
        return row, written(one.to.url, one.key, one.body)


class Teller:
    """Tells programs; keeps the promises of ``messages.delivery.Delivery``.

    Args:
        data: knows the webhooks.
        settings: how long a program may take.
        clock: returns the time in seconds (Unix).
    """

    def __init__(
        self, data: Data, settings: WebhooksSection, clock: Callable[[], float] = time.time
    ) -> None:
        self._data = data
        self._client = Client(settings.timeout)
        self._clock = clock
        #: Webhooks that are left alone, and until when.
        self._resting: dict[int, float] = {}

    def deliver(self, entry: Entry, content: bytes, sender: str) -> str:
        """Tell it; an answer of 2xx says that it is taken.

        Raises:
            NotNow: it may be taken later.
            Never: the program is gone, or nobody is to be told any more.
        """
        number = int(entry.message_id.rpartition(".")[2])
        hook = self._data.read(lambda db: subscriptions.of_id(db, number))
        if hook is None:
            raise Never("the webhook was removed")
        if self._resting.get(hook.id, 0.0) > self._clock():
            raise NotNow("it did not answer a moment ago")
        body = body_of(content).encode()
        try:
            status, said = self._client.ask(
                Request("POST", hook.url, self._headers(hook, entry.message_id, body), body)
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._resting[hook.id] = self._clock() + _REST
            raise NotNow(f"the program {explained(error)}") from error
        if 200 <= status < 300:
            return f"{urlsplit(hook.url).hostname}: {status}"
        why = f"the program answers {status} {said}".rstrip()
        raise Never(why) if status == _GONE else NotNow(why)

    def rest(self) -> None:
        """Close the connection."""
        self._client.rest()

    def abort(self) -> None:
        """Break the connection off."""
        self._client.abort()

    def _headers(self, hook: Webhook, key: str, body: bytes) -> dict[str, str]:
        at = str(int(self._clock()))
        return {
            "Content-Type": "application/json",
            "User-Agent": f"sipagent/{__version__}",
            "webhook-id": key,
            "webhook-timestamp": at,
            "webhook-signature": signature(hook.key, key, at, body),
        }


def signature(secret: bytes, key: str, at: str, body: bytes) -> str:
    """Return the signature of an announcement."""
    signed = hmac.digest(secret, f"{key}.{at}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"
