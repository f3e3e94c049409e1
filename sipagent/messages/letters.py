"""The letters that the line writes: to owners in their language, to administrations in Polish."""

from datetime import datetime, tzinfo
from pathlib import Path

from sipagent.messages.layout import Block, Quote, Table, html, plain, printable
from sipagent.messages.message import Attachment, Message
from sipagent.messages.statement import Statement
from sipagent.messages.tickets import Ticket, Transcription
from sipagent.messages.wording import (
    Wording,
    balance_text,
    day_text,
    moment_text,
    money_text,
    words_of,
)

_STATEMENT = {
    "pl": {
        "subject": "Zestawienie sald i naliczeń z dnia {day}",
        "hello": "Dzień dobry,",
        "intro": "w załączniku przesyłamy zestawienie sald i naliczeń (plik PDF). "
        "Poproszono o nie przez telefon {moment}.",
        "doubt": "Jeżeli nikt z Państwa nie prosił o zestawienie, uprzejmie prosimy o wiadomość do "
        "biura zarządcy.",
        "end": "Wiadomość została wysłana automatycznie. Prosimy na nią nie odpowiadać i nikomu "
        "nie podawać numeru loginu.",
        "regards": "Z poważaniem",
    },
    "en": {
        "subject": "Statement of balances and charges, {day}",
        "hello": "Hello,",
        "intro": "please find attached the statement of balances and charges (a PDF file). It was "
        "requested by telephone on {moment}.",
        "doubt": "If nobody in your household asked for it, please let the manager's office know.",
        "end": "This message was sent automatically. Please do not reply to it, and do not give "
        "your login number to anyone.",
        "regards": "Kind regards",
    },
}

_REPLY = {
    "pl": {
        "subject": "Odpowiedź na zgłoszenie nr {number}",
        "hello": "Dzień dobry,",
        "intro": "dziękujemy za zgłoszenie nr {number}. Odpowiedź administracji:",
        "request": "Treść zgłoszenia, spisana automatycznie z nagrania:",
        "regards": "Z poważaniem",
    },
    "en": {
        "subject": "Reply to your request no. {number}",
        "hello": "Hello,",
        "intro": "thank you for your request no. {number}. The administration has replied:",
        "request": "Your request, transcribed automatically from the recording:",
        "regards": "Kind regards",
    },
}

_NO_WORDS = {
    Transcription.WAITING: "Treść zgłoszenia nie została jeszcze spisana.",
    Transcription.DONE: "W nagraniu nie rozpoznano słów.",
    Transcription.NOTHING: "W nagraniu nie rozpoznano słów.",
    Transcription.OFF: "Automatyczne spisywanie zgłoszeń jest wyłączone.",
    Transcription.FAILED: "Nie udało się automatycznie spisać treści zgłoszenia.",
}


def statement_mail(
    statement: Statement, to: str, *, pdf: bytes, manager: int | None, call: str
) -> Message:
    """Return the letter that brings a statement, in the statement's language.

    Args:
        statement: what stands in the PDF; the letter says it in short.
        to: the address.
        pdf: the statement as ``render`` makes it.
        manager: id of the manager.
        call: id of the call in which it was asked for.
    """
    words = words_of(statement.language)
    letter = _STATEMENT[words.language]
    subject = letter["subject"].format(day=day_text(statement.made, words.language))
    blocks: list[Block] = [
        letter["hello"],
        letter["intro"].format(moment=moment_text(statement.made, words.language)),
        _facts(statement, words),
        _balances(statement, words),
        _charges(statement, words),
        letter["doubt"],
        letter["end"],
        f"{letter['regards']}\n{statement.manager}",
    ]
    file = f"zestawienie-{statement.login}-{statement.made:%Y-%m-%d}.pdf"
    return Message(
        to=to,
        subject=subject,
        text=plain(blocks),
        html=html(subject, blocks, words.language),
        attachments=(Attachment(file, "application/pdf", pdf),),
        kind="statement",
        owner=statement.login,
        manager=manager,
        call=call,
        language=words.language,
    )


def request_mail(ticket: Ticket, recording: Path, zone: tzinfo) -> Message:
    """Return the letter that brings a request to the administration, its recording attached.

    Args:
        ticket: the request; where nothing was transcribed, the letter says why.
        recording: a WAV file; where it cannot be read, the letter says so.
        zone: of the administration.
    """
    request = ticket.request
    subject = printable(
        f"Zgłoszenie nr {ticket.number}: {request.owner_name}, {request.estate}"
    ).replace("\n", " ")
    audio = _audio(ticket, recording)
    blocks: list[Block] = [
        "Dzień dobry,",
        "przekazujemy zgłoszenie podyktowane przez telefon.",
        _request_facts(ticket, zone),
        *_request_words(ticket, heard=bool(audio)),
        _about_reply(ticket),
    ]
    return Message(
        to=request.email,
        subject=subject,
        text=plain(blocks),
        html=html(subject, blocks, "pl"),
        attachments=audio,
        kind="request",
        manager=request.manager,
        call=request.call,
        reply_to=request.reply_to,
    )


def reply_mail(ticket: Ticket, text: str, *, to: str) -> Message:
    """Return the administration's reply to a request, in the language of the caller."""
    language = words_of(ticket.request.language).language
    letter = _REPLY[language]
    subject = letter["subject"].format(number=ticket.number)
    blocks: list[Block] = [
        letter["hello"],
        letter["intro"].format(number=ticket.number),
        Quote(text),
    ]
    if ticket.transcript:
        blocks += [letter["request"], Quote(ticket.transcript)]
    blocks.append(f"{letter['regards']}\n{ticket.request.manager_name}")
    return Message(
        to=to,
        subject=subject,
        text=plain(blocks),
        html=html(subject, blocks, language),
        kind="reply",
        manager=ticket.request.manager,
        call=ticket.request.call,
        reply_to=ticket.request.email,
        language=language,
    )


def _facts(statement: Statement, words: Wording) -> Table:
    return Table(((words.owner, statement.owner), (words.estate, statement.estate)))


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
    several = len(accounts) > 1
    if several:
        total = sum(one.balance_grosze for one in accounts)
        rows.append((words.total_balance, balance_text(total, words.language)))
    return Table(rows, words.balances, sums=int(several), figures=True)


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


def _request_facts(ticket: Ticket, zone: tzinfo) -> Table:
    request = ticket.request
    when = datetime.fromisoformat(ticket.created).astimezone(zone)
    return Table(
        (
            ("Numer zgłoszenia", str(ticket.number)),
            ("Właściciel", request.owner_name),
            ("Numer loginu", request.owner),
            ("Nieruchomość", request.estate),
            ("Lokal", request.premises or "brak danych"),
            ("Telefon, z którego dzwoniono", request.phone or "numer ukryty"),
            ("E-mail właściciela", request.reply_to or "brak"),
            ("Czas rozmowy", moment_text(when, "pl")),
            ("Długość nagrania", f"{ticket.seconds:.0f} s"),
        )
    )


def _request_words(ticket: Ticket, *, heard: bool) -> list[Block]:
    """Say what the owner said, and where it can be heard."""
    if ticket.transcript:
        said: list[Block] = [
            "Treść zgłoszenia, spisana automatycznie (mogą w niej być błędy):",
            Quote(ticket.transcript),
        ]
    else:
        said = [_NO_WORDS[ticket.transcription]]
    if heard:
        return [*said, "Nagranie jest w załączniku."]
    return [*said, "Nagranie nie jest już dostępne, dlatego nie zostało załączone."]


def _about_reply(ticket: Ticket) -> str:
    if ticket.request.reply_to:
        return "Odpowiedź na tę wiadomość trafi na adres e-mail właściciela."
    return "Właściciel nie podał adresu e-mail; prosimy o kontakt telefoniczny."


def _audio(ticket: Ticket, recording: Path) -> tuple[Attachment, ...]:
    try:
        return (Attachment(f"zgloszenie-{ticket.number}.wav", "audio/wav", recording.read_bytes()),)
    except OSError:
        return ()
