"""Confirming tickets that have come as mails: one letter each, whatever is killed in between."""

import re
from pathlib import Path

import sqlite_utils
import structlog

from sipagent.errors import DataError
from sipagent.helpdesk.mail.mails import Mails
from sipagent.messages.layout import html, plain
from sipagent.messages.message import Message
from sipagent.messages.outbox import Outbox
from sipagent.messages.templates import Templates, Texts
from sipagent.store.data import Data
from sipagent.tickets.letters import language_of
from sipagent.tickets.model import Ticket
from sipagent.tickets.tickets import Tickets

KIND = "ticket-received"
TEXTS = Texts(
    folder=Path(__file__).parent / "texts",
    values={KIND: ("number", "office")},
    letters=frozenset({KIND}),
)
#: A Message-ID that may stand in a header of ours.
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")

log = structlog.get_logger(__name__)


class _Twice(Exception):
    """It is confirmed already."""


class Confirmations:
    """Sends what confirms tickets; use it in a thread.

    Nothing of what somebody has written stands in it: whoever is named falsely as the sender of a
    mail gets no advertisement from us.

    Args:
        data: with the migrations ``tickets``, ``helpdesk-mail`` and ``messages``.
        outbox: of e-mails.
        templates: with those of ``TEXTS``.
        office: who signs.
        reply_to: where answers go; empty: to whom it is from.
    """

    def __init__(
        self, data: Data, outbox: Outbox, templates: Templates, office: str, reply_to: str
    ) -> None:
        self._data = data
        self._outbox = outbox
        self._templates = templates
        self._office = office
        self._reply_to = reply_to

    def send(self) -> int:
        """Confirm what is still to be confirmed; return how many letters that were.

        Raises:
            SetupError: the disk is full or cannot be written.
            ConfigError: a template fails, or ``mail.sender`` is none.
        """
        waiting = self._data.read(lambda db: Mails(db, self._outbox.now).unconfirmed())
        return sum(self._confirm(key, number) for key, number in waiting)

    def _confirm(self, key: str, number: int) -> bool:
        message_id = self._outbox.message_id()

        def confirmed(db: sqlite_utils.Database, by: str = message_id) -> None:
            if not Mails(db, self._outbox.now).confirm(key, by):
                raise _Twice

        try:
            ticket = self._data.read(lambda db: Tickets(db).find(number))
            self._outbox.put(self._letter(ticket, key, message_id), beside=confirmed)
        except _Twice:
            return False
        except DataError as error:  # the address is none: the ticket is there all the same
            log.warning("a request cannot be confirmed", ticket=number, reason=str(error))
            self._data.write(lambda db: confirmed(db, ""), durable=True)
            return False
        return True

    def _letter(self, ticket: Ticket, key: str, message_id: str) -> Message:
        language = language_of(ticket)
        values = {"number": str(ticket.number), "office": self._office}
        text = self._templates.text(KIND, language, values)
        return Message(
            to=ticket.asker.email,
            subject=f"[#{ticket.number}] {text.subject}",
            text=plain(text.blocks),
            html=html(text.subject, text.blocks, language),
            kind="confirmation",
            manager=ticket.asker.manager,
            reply_to=self._reply_to,
            language=language,
            message_id=message_id,
            references=(key,) if _MESSAGE_ID.fullmatch(key) else (),
            answers_by_itself=True,
        )
