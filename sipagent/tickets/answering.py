"""Answering tickets: by the way the asker is reached, kept and sent in one transaction.

An answer is an entry of the thread and a message of the outbox, or it is neither, whatever is
killed in between; a form that comes twice is answered once.
"""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Protocol

import sqlite_utils

from sipagent import e164
from sipagent.errors import DataError
from sipagent.messages.message import Attachment as MailAttachment
from sipagent.messages.message import Message
from sipagent.messages.outbox import Outbox
from sipagent.store.data import Data
from sipagent.texts.outgoing import Text, TextBox
from sipagent.tickets.attachments import Attachments
from sipagent.tickets.choices import wants_mail
from sipagent.tickets.model import Asker, AskerKind, Attachment, Entry, Kind, Status, Ticket, Way
from sipagent.tickets.tickets import Tickets

#: A Message-ID as it may stand in a header (RFC 5322, section 3.6.4): others are hostile, or none.
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
#: Message-IDs that a letter refers to at the most: the first one, and the last ones.
_MOST_REFERENCES = 20
#: Ways whose askers see the thread themselves.
_SEEN_THERE = (Way.PANEL, Way.CHAT, Way.PAGE)


class Sent(StrEnum):
    """How an answer reaches who has asked."""

    MAIL = "mail"
    TEXT = "text"
    #: They read it where they have asked.
    THERE = "there"
    #: Nobody is told: they are to be called.
    NOT = "not"


class Letters(Protocol):
    """Writes what brings an answer; ``letters.TicketLetters`` does."""

    def answer(self, ticket: Ticket, question: Entry, answer: str) -> Message:
        """Return the letter of an answer; the question is the first entry."""

    def text(self, ticket: Ticket, answer: str) -> str:
        """Return the words of a text."""


class _Twice(Exception):
    """The answer is there already."""


class Changed(DataError):
    """Somebody has changed a ticket since whoever answers it has read it; nothing was sent."""

    code = "changed"


class Answers:
    """Sends answers, and keeps them. Use it in a thread.

    Args:
        data: with the migrations ``tickets``.
        outbox: of e-mails.
        texts: of text messages; None: there is no gateway.
        letters: writes both.
        attachments: where files stand.
    """

    def __init__(
        self,
        data: Data,
        outbox: Outbox,
        texts: TextBox | None,
        letters: Letters,
        attachments: Attachments,
    ) -> None:
        self._data = data
        self._outbox = outbox
        self._texts = texts
        self._letters = letters
        self._attachments = attachments

    def way_of(self, ticket: Ticket) -> Sent:
        """Return how an answer would reach who has asked."""
        asker, seen_there = ticket.asker, ticket.way in _SEEN_THERE
        if asker.email and not (seen_there and self._unmailed(asker)):
            return Sent.MAIL
        told = self._texts is not None and _is_mobile(asker.phone)
        if told and not (seen_there and _comes_back(asker)):
            return Sent.TEXT
        return Sent.THERE if seen_there else Sent.NOT

    def answer(
        self,
        number: int,
        who: str,
        text: str,
        *,
        files: Sequence[Attachment] = (),
        key: str = "",
        status: Status = Status.WAITING,
        seen: int | None = None,
    ) -> Sent:
        """Answer a ticket; return how that reaches who has asked.

        Args:
            number: of the ticket.
            who: login of who answers.
            text: the words.
            files: that go with it; they are on the disk already.
            key: of the form that has brought it: what comes twice is sent once.
            status: that the ticket has from then on.
            seen: version of the ticket that whoever answers has read; None: it does not matter.

        Raises:
            Changed: it is another one by now.
            DataError: there is no such ticket, nothing is said, or the address is none.
            OutboxLimit: a number was sent as many texts within the hour as one may.
            SetupError: the disk is full or cannot be written.
        """
        if not text.strip():
            raise DataError("an empty answer is not sent")
        ticket, thread = self._data.read(lambda db: _found(db, number))
        way = self.way_of(ticket)

        def keep(db: sqlite_utils.Database, message_id: str = "") -> None:
            tickets = Tickets(db)
            if key and tickets.by_key(key) is not None:
                raise _Twice
            if seen is not None and tickets.find(number).version != seen:
                raise Changed(f"ticket {number} was changed meanwhile; nothing was sent")
            by = way.value if way in (Sent.MAIL, Sent.TEXT) else ""
            tickets.answer(
                number,
                who,
                text,
                way=by,
                files=files,
                message_id=message_id,
                key=key,
                status=status,
            )

        try:
            if way is Sent.MAIL:
                self._mail(ticket, thread, text, files, keep)
            elif way is Sent.TEXT and self._texts is not None:
                body = self._letters.text(ticket, text)
                key_of_text = f"ticket-{number}-{secrets.token_hex(8)}"
                sent = Text(ticket.asker.phone, body, key_of_text, "reply", ticket.call)
                self._texts.put(sent, beside=keep)
            else:
                self._data.write(keep, durable=True)
        except _Twice:
            pass
        return way

    def _unmailed(self, asker: Asker) -> bool:
        return not self._data.read(lambda db: wants_mail(db, asker.kind, asker.ref))

    def _mail(
        self,
        ticket: Ticket,
        thread: Sequence[Entry],
        text: str,
        files: Sequence[Attachment],
        keep: Callable[[sqlite_utils.Database, str], None],
    ) -> None:
        """Put the letter of an answer into the outbox, so that what it is answered with threads."""
        message_id = self._outbox.message_id()
        known = [one.message_id for one in thread if _MESSAGE_ID.fullmatch(one.message_id)]
        if len(known) > _MOST_REFERENCES:
            known = [known[0], *known[1 - _MOST_REFERENCES :]]
        letter = self._letters.answer(ticket, thread[0], text)
        letter = replace(
            letter,
            subject=f"[#{ticket.number}] {letter.subject}",
            message_id=message_id,
            references=tuple(known),
            attachments=tuple(self._attached(files)),
        )
        self._outbox.put(letter, beside=lambda db: keep(db, message_id))

    def _attached(self, files: Sequence[Attachment]) -> list[MailAttachment]:
        found = ((one, self._attachments.content(one.file)) for one in files)
        return [
            MailAttachment(one.name, one.media, path.read_bytes())
            for one, path in found
            if path is not None
        ]


def _found(db: sqlite_utils.Database, number: int) -> tuple[Ticket, list[Entry]]:
    tickets = Tickets(db)
    thread = [one for one in tickets.thread(number) if one.kind is not Kind.NOTE]
    return tickets.find(number), thread


def _comes_back(asker: Asker) -> bool:
    """Whether somebody can come in again; the browser of a visitor may have been closed."""
    return asker.kind is not AskerKind.VISITOR


def _is_mobile(number: str) -> bool:
    try:
        return bool(number) and e164.is_mobile(number)
    except ValueError:
        return False
