"""The letters that the line writes: to owners in their language, to administrations in Polish."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from html import escape
from pathlib import Path

from sipagent.messages.message import Attachment, Message
from sipagent.messages.statement import Statement
from sipagent.messages.tickets import Ticket, Transcription
from sipagent.messages.wording import balance_text, day_text, moment_text, money_text

Rows = Iterable[tuple[str, str]]

_PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title></head>
<body style="font-family:Arial,Helvetica,sans-serif;font-size:17px;line-height:1.5;margin:0">
<div style="max-width:36em;margin:0 auto;padding:1.2em">
{body}
</div></body></html>
"""
_TABLE = '<table style="border-collapse:collapse;width:100%;margin:1em 0">{rows}</table>'
_ROW = (
    '<tr><td style="padding:.35em .8em .35em 0;border-bottom:1px solid #9aa3ad">{name}</td>'
    '<td style="padding:.35em 0;border-bottom:1px solid #9aa3ad;text-align:right">{value}</td></tr>'
)

_STATEMENT = {
    "pl": {
        "subject": "Zestawienie sald i opłat z dnia {day}",
        "hello": "Dzień dobry,",
        "intro": "w załączniku jest zestawienie sald i opłat, o które poproszono przez telefon "
        "{moment}.",
        "accounts": "Salda",
        "charges": "Opłaty miesięczne",
        "total": "Razem",
        "none": "Nie ma żadnego konta rozrachunkowego.",
        "end": "Ta wiadomość powstała automatycznie. Pytania proszę kierować do biura zarządcy.",
    },
    "en": {
        "subject": "Statement of balances and charges of {day}",
        "hello": "Hello,",
        "intro": "attached is the statement of balances and charges that was asked for by "
        "telephone on {moment}.",
        "accounts": "Balances",
        "charges": "Monthly charges",
        "total": "Total",
        "none": "There is no ledger account.",
        "end": "This message was made automatically. Please ask the manager's office if you have "
        "any questions.",
    },
}

_NO_WORDS = {
    Transcription.WAITING: "Treść nie została jeszcze spisana.",
    Transcription.NOTHING: "W nagraniu nie rozpoznano słów. Proszę go posłuchać.",
    Transcription.OFF: "Spisywanie zgłoszeń jest wyłączone. Proszę posłuchać nagrania.",
    Transcription.FAILED: "Nie udało się spisać zgłoszenia. Proszę posłuchać nagrania.",
}


def statement_mail(
    statement: Statement, to: str, *, pdf: bytes, manager: int | None, call: str
) -> Message:
    """Return the letter that brings a statement."""
    language = statement.language if statement.language in _STATEMENT else "pl"
    words = _STATEMENT[language]
    day = day_text(statement.made, language)
    intro = words["intro"].format(moment=moment_text(statement.made, language))
    accounts = [
        (one.name, balance_text(one.balance_grosze, language)) for one in statement.accounts
    ]
    charges = [
        (part.name, money_text(sum(one.amount_grosze for one in part.charges), language))
        for part in statement.premises
    ]
    if len(charges) > 1:
        total = sum(one.amount_grosze for part in statement.premises for one in part.charges)
        charges.append((words["total"], money_text(total, language)))
    subject = words["subject"].format(day=day)
    blocks: list[str | Rows] = [words["hello"], intro]
    blocks += [words["accounts"] + ":", accounts] if accounts else [words["none"]]
    blocks += [words["charges"] + ":", charges] if charges else []
    blocks += [words["end"], statement.manager]
    file = f"zestawienie-{statement.login}-{statement.made:%Y-%m-%d}.pdf"
    return Message(
        to=to,
        subject=subject,
        text=_plain(blocks),
        html=_html(subject, blocks, language),
        attachments=(Attachment(file, "application/pdf", pdf),),
        kind="statement",
        owner=statement.login,
        manager=manager,
        call=call,
        language=language,
    )


def request_mail(ticket: Ticket, recording: Path, zone: tzinfo) -> Message:
    """Return the letter that brings a request to the administration, its recording attached."""
    request = ticket.request
    when = moment_text(datetime.fromisoformat(ticket.created).astimezone(zone), "pl")
    facts = [
        ("Zgłoszenie", str(ticket.number)),
        ("Właściciel", request.owner_name),
        ("Numer loginu", request.owner),
        ("Nieruchomość", request.estate),
        ("Lokal", request.premises or "brak"),
        ("Telefon", request.phone or "numer ukryty"),
        ("E-mail", request.reply_to or "brak"),
        ("Czas", when),
        ("Długość nagrania", f"{ticket.seconds:.0f} s"),
    ]
    words = ticket.transcript or _NO_WORDS[ticket.transcription]
    intro = "Treść zgłoszenia, spisana automatycznie:" if ticket.transcript else ""
    subject = f"Zgłoszenie {ticket.number}: {request.owner_name}, {request.estate}"
    audio = _audio(ticket, recording)
    lost = () if audio else ("Nagrania nie ma już na dysku.",)
    blocks: list[str | Rows] = ["Dzień dobry,", "właściciel podyktował zgłoszenie przez telefon."]
    blocks += [facts, *filter(None, [intro]), words, *lost]
    return Message(
        to=request.email,
        subject=subject,
        text=_plain(blocks),
        html=_html(subject, blocks, "pl"),
        attachments=audio,
        kind="request",
        manager=request.manager,
        call=request.call,
        reply_to=request.reply_to,
    )


def reply_mail(ticket: Ticket, text: str, *, to: str) -> Message:
    """Return the administration's answer to a request."""
    subject = f"Odpowiedź na zgłoszenie {ticket.number}"
    blocks: list[str | Rows] = [
        "Dzień dobry,",
        f"oto odpowiedź na zgłoszenie numer {ticket.number}:",
        text,
        ticket.request.manager_name,
    ]
    return Message(
        to=to,
        subject=subject,
        text=_plain(blocks),
        html=_html(subject, blocks, "pl"),
        kind="reply",
        manager=ticket.request.manager,
        call=ticket.request.call,
        reply_to=ticket.request.email,
    )


def _audio(ticket: Ticket, recording: Path) -> tuple[Attachment, ...]:
    try:
        return (Attachment(f"zgloszenie-{ticket.number}.wav", "audio/wav", recording.read_bytes()),)
    except OSError:
        return ()


def _plain(blocks: Iterable[str | Rows]) -> str:
    parts = []
    for block in blocks:
        if isinstance(block, str):
            parts.append(block)
        else:
            parts.append("\n".join(f"  {name}: {value}" for name, value in block))
    return "\n\n".join(parts) + "\n"


def _html(title: str, blocks: Iterable[str | Rows], language: str) -> str:
    parts = []
    for block in blocks:
        if isinstance(block, str):
            lines = "<br>".join(escape(line) for line in block.splitlines())
            parts.append(f"<p>{lines}</p>")
        else:
            rows = (_ROW.format(name=escape(name), value=escape(value)) for name, value in block)
            parts.append(_TABLE.format(rows="".join(rows)))
    return _PAGE.format(language=language, title=escape(title), body="\n".join(parts))
