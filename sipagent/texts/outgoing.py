"""Texts that leave: on disk before anybody is told so, in the outbox beside the e-mails."""

import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from sipagent import times
from sipagent.config_texts import TextsSection
from sipagent.messages.queue import Beside, Letter, Queue
from sipagent.messages.short import written
from sipagent.text import printable

#: Characters of a text at the most: what is longer is cut. Ten messages of a telephone network.
_LONGEST = 670
#: What has no mark that could be taken away (Unicode).
_WHOLE = str.maketrans("łŁ„”“–—…", 'lL"""--.')


@dataclass(frozen=True, slots=True)
class Text:
    """What is to be sent to a number.

    Args:
        to: E.164.
        body: the words.
        key: of its kind there is one: who puts another one with the same key puts nothing.
        kind: what it is about, such as ``order``.
        call: the id of the call in which that happened; empty: none.
        owner: who causes it, and may cause so many within an hour; empty: the number.
    """

    to: str
    body: str
    key: str
    kind: str
    call: str = ""
    owner: str = ""


class TextBox(Queue[TextsSection]):
    """The texts."""

    medium, server, sender = "text", "text gateway", "text-sender"

    def put(self, *texts: Text, beside: Beside | None = None) -> list[int]:
        """Keep texts, all or none, for as long as it takes; return the ids of those that are new.

        Args:
            texts: what is to be sent.
            beside: writes what belongs to the new ones in the same transaction; where it fails,
                nothing is kept.

        Raises:
            OutboxLimit: a number has been sent as many within the hour as one may.
            SetupError: the disk is full or cannot be written.
        """
        known = self._known(text.key for text in texts)
        new = [text for text in texts if text.key not in known]
        return self._keep([self._letter(text) for text in new], beside) if new else []

    def _known(self, keys: Iterable[str]) -> set[str]:
        return {key for key in keys if self._select("message_id = ?", key)}

    def _letter(self, text: Text) -> Letter:
        now = self.now()
        body = plain(text.body) if self._settings.plain else text.body
        row: dict[str, str | int | None] = {
            "created": times.stored(now),
            "kind": text.kind,
            "owner": text.owner or text.to,
            "manager": None,
            "call": text.call,
            "recipient": text.to,
            "subject": "",
            "message_id": text.key,
            "file": f"{int(now.timestamp()):x}.{secrets.token_hex(8)}.eml",
            "next_attempt": times.stored(now),
        }
        return row, written(text.to, text.key, printable(body)[:_LONGEST])


def plain(text: str) -> str:
    """Return a text in ASCII, each letter without its marks: ``zazolc`` for ``zażółć``."""
    apart = unicodedata.normalize("NFKD", text.translate(_WHOLE))
    return apart.encode("ascii", "ignore").decode()
