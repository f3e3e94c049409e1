"""The letters that the line writes: to owners in their language, to administrations in Polish."""

from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path

from sipagent import times
from sipagent.infoline.owner_requests import DictatedRequest, OwnerRequest
from sipagent.infoline.writing.payment import Payment, transfer_picture
from sipagent.infoline.writing.statement import Statement, payment_facts
from sipagent.infoline.writing.wording import Wording, balance_text, words_of
from sipagent.messages.layout import Block, Picture, Quote, Table, html, plain
from sipagent.messages.logo import logo
from sipagent.messages.message import Attachment, Message
from sipagent.messages.templates import Templates
from sipagent.messages.wording import day_text, moment_text, money_text
from sipagent.tickets.letters import letter_of
from sipagent.tickets.model import Entry, Ticket

#: Widths of pictures in pixels: a logo is as wide as it is, up to this.
_LOGO, _CODE = 220, 200


class Letters:
    """Writes letters from templates."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def use(self, templates: Templates) -> None:
        """Write what follows from other templates."""
        self._templates = templates

    def notes(self, statement: Statement) -> tuple[str, ...]:
        """Return the paragraphs that end a statement."""
        text = self._templates.text(
            "notes", words_of(statement.language).language, _said(statement)
        )
        return tuple(block for block in text.blocks if isinstance(block, str))

    def statement(
        self, statement: Statement, to: str, *, pdf: bytes, manager: int | None, call: str
    ) -> Message:
        """Return the letter that brings a statement, in the statement's language.

        Args:
            statement: what stands in the PDF; the letter says it in short.
            to: the address.
            pdf: the statement as ``render`` makes it.
            manager: id of the manager.
            call: id of the call in which it was asked for; empty: on the owners' page.
        """
        words = words_of(statement.language)
        values: dict[str, str | Block] = {
            **_said(statement),
            "facts": Table(((words.owner, statement.owner), (words.estate, statement.estate))),
            "balances": _balances(statement, words),
            "charges": _charges(statement, words),
            "payment": _payment(statement.payment, words),
            "code": _code(statement.payment, words),
            "way": "call" if call else "page",
        }
        text = self._templates.text("statement", words.language, values)
        # Its name says nothing of the owner: it is seen wherever the file is saved.
        file = f"{words.file}-{statement.made:%Y-%m-%d}.pdf"
        head = _letterhead(statement, words)
        return Message(
            to=to,
            subject=text.subject,
            text=plain(text.blocks),
            html=html(text.subject, [*head, *text.blocks], words.language),
            attachments=(Attachment(file, "application/pdf", pdf),),
            pictures=_pictures([*head, *text.blocks]),
            kind="statement",
            owner=statement.login,
            manager=manager,
            call=call,
            reply_to=statement.email,
            language=words.language,
        )

    def request(self, dictated: DictatedRequest, recording: Path, zone: tzinfo) -> Message:
        """Return the letter that brings a request to the administration, its recording attached.

        Args:
            dictated: the request; where nothing was transcribed, the letter says why.
            recording: a WAV file; where it cannot be read, the letter says so.
            zone: of the administration.
        """
        request, ticket, voice = dictated.request, dictated.spoken.ticket, dictated.spoken.voice
        audio = _audio(ticket, recording)
        values: dict[str, str | Block] = {
            "number": str(ticket.number),
            "owner": ticket.asker.name,
            "estate": request.estate,
            "facts": _request_facts(dictated, zone),
            "transcript": Quote(voice.transcript) if voice.transcript else "",
            "transcription": voice.transcription.value,
            "recording": audio[0].name if audio else "",
            "owner_email": ticket.asker.email,
        }
        text = self._templates.text("request", "pl", values)
        return Message(
            to=request.email,
            subject=text.subject,
            text=plain(text.blocks),
            html=html(text.subject, text.blocks, "pl"),
            attachments=audio,
            kind="request",
            manager=ticket.asker.manager,
            call=ticket.call,
            reply_to=ticket.asker.email,
        )

    def reply(self, ticket: Ticket, request: OwnerRequest, question: Entry, answer: str) -> Message:
        """Return the administration's reply to a request, in the language of the caller.

        Args:
            ticket: of an owner whose address is known.
            request: what the infoline knows of it.
            question: what the owner has dictated.
            answer: the words.
        """
        language = words_of(ticket.asker.language).language
        transcript = question.voice.transcript if question.voice else ""
        values: dict[str, str | Block] = {
            "number": str(ticket.number),
            "reply": Quote(answer),
            "transcript": Quote(transcript) if transcript else "",
            "manager": request.manager_name,
            "estate": request.estate,
        }
        text = self._templates.text("reply", language, values)
        return letter_of(ticket, text, language, request.email)


def _said(statement: Statement) -> Mapping[str, str]:
    """Return what letter and notes of a statement may say."""
    language = words_of(statement.language).language
    return {
        "manager": statement.manager,
        "estate": statement.estate,
        "office_address": statement.address,
        "office_phone": statement.phone,
        "office_email": statement.email,
        "owner": statement.owner,
        "day": day_text(statement.made, language),
        "moment": moment_text(statement.made, language),
    }


def _letterhead(statement: Statement, words: Wording) -> list[Block]:
    found = logo(statement.logo) if statement.logo is not None else None
    if found is None:
        return []
    alt = words.logo.format(manager=statement.manager)
    return [Picture("logo", found.type, found.data, alt, min(found.width, _LOGO))]


def _pictures(blocks: list[Block]) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(block.content_id, block.type, block.data)
        for block in blocks
        if isinstance(block, Picture)
    )


def _balances(statement: Statement, words: Wording) -> Block:
    accounts = statement.accounts
    if not accounts:
        return f"{words.no_accounts}."
    rows = [
        (
            f"{one.name}, {words.as_of.lower()} {day_text(one.day, words.language)}",
            balance_text(one.balance_grosze, words.language),
        )
        for one in accounts
    ]
    total = statement.total_balance if len(accounts) > 1 else None
    if total is not None:
        rows.append((words.total_balance, balance_text(total, words.language)))
    return Table(rows, words.balances, sums=int(total is not None), figures=True)


def _charges(statement: Statement, words: Wording) -> Block:
    sums = [sum(one.amount_grosze for one in part.charges) for part in statement.premises]
    if not sums:
        return f"{words.no_charges}."
    rows = [
        (part.name, money_text(grosze, words.language))
        for part, grosze in zip(statement.premises, sums, strict=True)
    ]
    several = len(rows) > 1
    if several:
        rows.append((words.grand_total, money_text(sum(sums), words.language)))
    return Table(rows, words.charges, sums=int(several), figures=True)


def _payment(payment: Payment | None, words: Wording) -> Block:
    if payment is None:
        return ""
    return Table(tuple(payment_facts(payment, words)), words.payment)


def _code(payment: Payment | None, words: Wording) -> Block:
    data = b"" if payment is None else transfer_picture(payment)
    return Picture("transfer", "image/png", data, words.transfer_code, _CODE) if data else ""


def _request_facts(dictated: DictatedRequest, zone: tzinfo) -> Table:
    request, ticket = dictated.request, dictated.spoken.ticket
    asker = ticket.asker
    when = times.in_zone(ticket.created, zone)
    return Table(
        (
            ("Numer zgłoszenia", str(ticket.number)),
            ("Właściciel", asker.name),
            ("Numer loginu", asker.ref),
            ("Nieruchomość", request.estate),
            ("Lokal", request.premises or "brak danych"),
            ("Telefon, z którego dzwoniono", asker.phone or "numer ukryty"),
            ("E-mail właściciela", asker.email or "brak"),
            ("Data i godzina rozmowy", moment_text(when, "pl")),
            ("Długość nagrania", f"{dictated.spoken.voice.seconds:.0f} s"),
        )
    )


def _audio(ticket: Ticket, recording: Path) -> tuple[Attachment, ...]:
    try:
        return (Attachment(f"zgloszenie-{ticket.number}.wav", "audio/wav", recording.read_bytes()),)
    except OSError:
        return ()
