"""The outbox of e-mails: composed as they are put, they wait in the queue until they are taken."""

import secrets
from dataclasses import replace
from datetime import datetime

import structlog

from sipagent import times
from sipagent.config import MailSection
from sipagent.errors import DataError
from sipagent.messages.address import checked, checked_sender, masked
from sipagent.messages.message import Message, compose
from sipagent.messages.queue import Beside, Queue

log = structlog.get_logger(__name__)


class Outbox(Queue[MailSection]):
    """The e-mails."""

    def checked(self, sender: str) -> str:
        """Return an address that errors can go to."""
        return checked_sender(sender)

    def message_id(self) -> str:
        """Return a Message-ID that no message has, for one that is about to be put.

        Raises:
            ConfigError: ``mail.sender`` is none.
        """
        sender = checked_sender(self._settings.sender)
        return f"<{_unique(self.now())}@{sender.rpartition('@')[2]}>"

    def put(self, *messages: Message, beside: Beside | None = None) -> list[int]:
        """Keep messages, all or none, for as long as it takes; return their ids.

        Args:
            messages: what is to be sent.
            beside: writes what belongs to them in the same transaction; where it fails, nothing is
                kept.

        Raises:
            OutboxLimit: their owner has caused too many within the hour.
            SetupError: the disk is full or cannot be written.
            DataError: an address is none.
            ConfigError: ``mail.sender`` is none.
        """
        now = self.now()
        letters = [self._letter(message, now) for message in messages]
        return self._keep(letters, beside) if letters else []

    def _letter(self, message: Message, now: datetime) -> tuple[dict[str, str | int | None], bytes]:
        """Return the row of a message, and its e-mail."""
        sender, to = checked_sender(self._settings.sender), _recipient(message)
        message_id = message.message_id or self.message_id()
        content = compose(
            replace(message, to=to, reply_to=_answer_to(message)),
            message_id=message_id,
            made=now,
            sender=sender,
            sender_name=self._settings.sender_name,
        )
        row: dict[str, str | int | None] = {
            "created": times.stored(now),
            "kind": message.kind,
            "owner": message.owner,
            "manager": message.manager,
            "call": message.call,
            "recipient": to,
            "subject": message.subject,
            "message_id": message_id,
            "file": f"{_unique(now)}.eml",
            "next_attempt": times.stored(now),
        }
        return row, content


def _unique(now: datetime) -> str:
    """Return a name that nothing has, which begins with the time."""
    return f"{int(now.timestamp()):x}.{secrets.token_hex(8)}"


def _recipient(message: Message) -> str:
    try:
        return checked(message.to)
    except ValueError as error:
        raise DataError(f"{masked(message.to)} is no e-mail address: {error}") from None


def _answer_to(message: Message) -> str:
    """Return where answers go; a request must reach the office even if nowhere."""
    try:
        return message.reply_to and checked(message.reply_to)
    except ValueError as error:
        log.warning("a message gets no Reply-To", kind=message.kind, why=str(error))
        return ""
