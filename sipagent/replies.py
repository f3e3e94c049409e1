"""Who answers tickets, whoever has asked: with the letters of the infoline, or of the help desk."""

from dataclasses import replace

from sipagent.config import Config
from sipagent.domains import composed
from sipagent.infoline.owner_requests import owner_requests, request_of
from sipagent.infoline.writing.letters import Letters as OwnerLetters
from sipagent.messages.message import Message
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.messages.templates import Templates
from sipagent.store.data import Data
from sipagent.texts.outgoing import TextBox
from sipagent.tickets.answering import Answers
from sipagent.tickets.attachments import Attachments
from sipagent.tickets.letters import TicketLetters
from sipagent.tickets.model import Entry, Ticket
from sipagent.tickets.schema import tickets

#: The tables that are needed to answer.
TABLES = (tickets, owner_requests, messages)


class _Letters:
    """The letters of the house; those to owners who have dictated are their administration's.

    Args:
        data: with ``TABLES``.
        templates: of all domains.
        office: who answers otherwise.
        reply_to: where answers to letters go, so that they come back into the thread; empty: to the
            administration of an owner, and of others to whom the letter is from.
    """

    def __init__(self, data: Data, templates: Templates, office: str, reply_to: str) -> None:
        self._data = data
        self._owners = OwnerLetters(templates)
        self._others = TicketLetters(templates, office, reply_to)
        self._reply_to = reply_to

    def answer(self, ticket: Ticket, question: Entry, answer: str) -> Message:
        """Return the letter of an answer."""
        request = self._data.read(lambda db: request_of(db, ticket.id))
        if request is None:
            return self._others.answer(ticket, question, answer)
        letter = self._owners.reply(ticket, request, question, answer)
        return replace(letter, reply_to=self._reply_to or letter.reply_to)

    def text(self, ticket: Ticket, answer: str) -> str:
        """Return the words of a text."""
        return self._others.text(ticket, answer)


def answers(config: Config, data: Data) -> Answers:
    """Return who answers tickets, as the settings are now.

    Args:
        config: the settings.
        data: with ``TABLES``.

    Raises:
        ConfigError: a template is wrong.
    """
    templates = Templates(composed().texts, config.paths.templates)
    texts = TextBox(data, config.paths.outbox, config.texts) if config.texts.url else None
    helpdesk = config.helpdesk
    return Answers(
        data,
        Outbox(data, config.paths.outbox, config.mail),
        texts,
        _Letters(
            data,
            templates,
            config.mail.sender_name,
            next(iter(helpdesk.mail.addresses), ""),
        ),
        Attachments.of(config),
    )
