"""What somebody is told of an answer, by e-mail and by text, in the language of who has asked."""

from pathlib import Path

from sipagent.messages.layout import Block, Quote, html, plain
from sipagent.messages.message import Message
from sipagent.messages.templates import Templates, Text, Texts
from sipagent.tickets.model import Entry, Ticket

_LANGUAGES = ("pl", "en")

TEXTS = Texts(
    folder=Path(__file__).parent / "texts",
    values={
        "ticket-answer": ("number", "subject", "answer", "question", "office"),
        "ticket-text": ("number", "answer"),
    },
    letters=frozenset({"ticket-answer"}),
)


class TicketLetters:
    """Writes letters from templates.

    Args:
        templates: with those of ``TEXTS``.
        office: who answers, as a letter is signed.
        reply_to: where answers to it go; empty: to whom it is from.
    """

    def __init__(self, templates: Templates, office: str, reply_to: str = "") -> None:
        self._templates = templates
        self._office = office
        self._reply_to = reply_to

    def answer(self, ticket: Ticket, question: Entry, answer: str) -> Message:
        """Return the letter that brings an answer to who has asked.

        Args:
            ticket: of someone whose address is known.
            question: the first entry.
            answer: the words.
        """
        language, words = language_of(ticket), words_of(question)
        values: dict[str, str | Block] = {
            "number": str(ticket.number),
            "subject": ticket.subject,
            "answer": Quote(answer),
            "question": Quote(words) if words else "",
            "office": self._office,
        }
        text = self._templates.text("ticket-answer", language, values)
        return letter_of(ticket, text, language, self._reply_to)

    def text(self, ticket: Ticket, answer: str) -> str:
        """Return the words of a text that brings an answer."""
        values = {"number": str(ticket.number), "answer": answer}
        text = self._templates.text("ticket-text", language_of(ticket), values)
        return plain(text.blocks).strip()


def letter_of(ticket: Ticket, text: Text, language: str, reply_to: str) -> Message:
    """Return what brings an answer to who has asked, from what a template says."""
    return Message(
        to=ticket.asker.email,
        subject=text.subject,
        text=plain(text.blocks),
        html=html(text.subject, text.blocks, language),
        kind="reply",
        manager=ticket.asker.manager,
        call=ticket.call,
        reply_to=reply_to,
        language=language,
    )


def language_of(ticket: Ticket) -> str:
    """Return the language in which somebody is written to."""
    return ticket.asker.language if ticket.asker.language in _LANGUAGES else _LANGUAGES[0]


def words_of(entry: Entry) -> str:
    """Return what an entry says, written or spoken."""
    return entry.text or (entry.voice.transcript if entry.voice else "")
