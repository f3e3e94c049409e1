"""The letters that voicemail writes: a message with its recording, and a call without one."""

from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Literal

from sipagent import times
from sipagent.exchange.voicemail.messages import State, VoiceMessage
from sipagent.messages.layout import Block, Quote, Table, html, plain
from sipagent.messages.message import Attachment, Message
from sipagent.messages.templates import Templates, Texts
from sipagent.messages.wording import moment_text

#: Bytes of a recording that is attached: some ten minutes. In an e-mail it is a third longer.
_LARGEST = 10_000_000

_OF_ANY = ("caller", "box", "facts")
_OF_RECORDING = ("recording", "large", "code")

TEXTS = Texts(
    folder=Path(__file__).parent / "texts",
    values={
        "voicemail": (*_OF_ANY, "length", "transcript", "transcription", *_OF_RECORDING),
        "missed-call": _OF_ANY,
    },
    letters=frozenset({"voicemail", "missed-call"}),
)


@dataclass(frozen=True, slots=True)
class _Wording:
    """The words of the facts."""

    hidden: str
    caller: str
    number: str
    when: str
    length: str
    box: str
    file: str


_WORDS = {
    "pl": _Wording(
        hidden="numer ukryty",
        caller="Dzwoniący",
        number="Numer",
        when="Data i godzina",
        length="Długość nagrania",
        box="Skrzynka",
        file="wiadomosc",
    ),
    "en": _Wording(
        hidden="hidden number",
        caller="Caller",
        number="Number",
        when="Date and time",
        length="Length of the recording",
        box="Box",
        file="message",
    ),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who gets the letter.

    Args:
        email: the address.
        language: in which it is written.
        code: what is dialled to listen to the box.
    """

    email: str
    language: Literal["pl", "en"]
    code: str


def letter(
    templates: Templates, message: VoiceMessage, reader: Reader, audio: Path, zone: tzinfo
) -> Message:
    """Return the letter of a message, its recording attached, or of a call without one.

    Args:
        templates: the texts.
        message: whose words are known, or why they are not.
        reader: who gets it.
        audio: the recording; where it cannot be read, the letter says so.
        zone: of the times in it.
    """
    words = _WORDS[reader.language]
    missed = message.state is State.MISSED
    attached = () if missed else _attached(message, audio, words)
    values: dict[str, str | Block] = {
        "caller": ", ".join(filter(None, [message.name, message.caller or words.hidden])),
        "box": message.box,
        "facts": _facts(message, words, reader.language, zone),
    }
    if not missed:
        values |= {
            "length": _length(message.seconds),
            "transcript": Quote(message.transcript) if message.transcript else "",
            "transcription": message.transcription.value,
            "recording": attached[0].name if attached else "",
            "large": "yes" if _is_large(audio) else "",
            "code": reader.code,
        }
    kind = "missed-call" if missed else "voicemail"
    text = templates.text(kind, reader.language, values)
    return Message(
        to=reader.email,
        subject=text.subject,
        text=plain(text.blocks),
        html=html(text.subject, text.blocks, reader.language),
        attachments=attached,
        kind=kind,
        call=message.call,
        language=reader.language,
    )


def _facts(message: VoiceMessage, words: _Wording, language: str, zone: tzinfo) -> Table:
    rows = [(words.caller, message.name)] if message.name else []
    rows.append((words.number, message.caller or words.hidden))
    rows.append((words.when, moment_text(times.in_zone(message.created, zone), language)))
    if message.state is not State.MISSED:
        rows.append((words.length, _length(message.seconds)))
    rows.append((words.box, message.box))
    return Table(tuple(rows))


def _length(seconds: float) -> str:
    """Return a length as players show it: ``1:05``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _is_large(audio: Path) -> bool:
    """Whether a recording is larger than mail servers take it."""
    try:
        return audio.stat().st_size > _LARGEST
    except OSError:
        return False


def _attached(message: VoiceMessage, audio: Path, words: _Wording) -> tuple[Attachment, ...]:
    if _is_large(audio):
        return ()
    try:
        return (Attachment(f"{words.file}-{message.id}.wav", "audio/wav", audio.read_bytes()),)
    except OSError:
        return ()
