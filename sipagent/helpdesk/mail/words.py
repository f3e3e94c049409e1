"""Sentences about a mail that stand in tickets, in the language of who has written it."""

from collections.abc import Iterable, Mapping

from sipagent.helpdesk.mail.model import Mail, Nature, Remark
from sipagent.tickets.unfit import Unfit, Why

_REMARKS: Mapping[str, Mapping[Remark, str]] = {
    "pl": {
        Remark.ENCRYPTED: "Wiadomość jest zaszyfrowana i nie można jej tu odczytać.",
        Remark.CUT: "Wiadomość jest za duża: jej końca brakuje.",
        Remark.PARTS: "Wiadomość ma więcej części, niż odczytano.",
    },
    "en": {
        Remark.ENCRYPTED: "The mail is encrypted, and cannot be read here.",
        Remark.CUT: "The mail is too large: its end is missing.",
        Remark.PARTS: "The mail has more parts than were read.",
    },
}
_LEFT_OUT = {
    "pl": "Nie przyjęto pliku {name}: {why}.",
    "en": "The file {name} was left out: {why}.",
}
_EMPTY = {"pl": "[Pusta wiadomość.]", "en": "[An empty mail.]"}
_NOBODY = {"pl": "Nieznany nadawca", "en": "Unknown sender"}
_WHY: Mapping[str, Mapping[Why, str]] = {
    "pl": {
        Why.COUNT: "plików jest za wiele",
        Why.SIZE: "jest za duży",
        Why.EMPTY: "jest pusty",
        Why.NAME: "ma niezwykłą nazwę",
        Why.DOUBLE: "ma podwójne rozszerzenie",
        Why.KIND: "takich plików nie przyjmujemy",
        Why.HEIC: "zdjęcie trzeba zapisać jako JPEG",
        Why.OTHER: "jego zawartość nie zgadza się z nazwą",
        Why.DAMAGED: "jest uszkodzony",
        Why.BOMB: "po rozpakowaniu byłby za duży",
        Why.ENCRYPTED: "jest zaszyfrowany",
        Why.ACTIVE: "zawiera makra, skrypty lub inne pliki",
    },
    "en": {
        Why.COUNT: "there are too many files",
        Why.SIZE: "it is too large",
        Why.EMPTY: "it is empty",
        Why.NAME: "it has an unusual name",
        Why.DOUBLE: "its name ends like two kinds of files",
        Why.KIND: "files of its kind are not taken",
        Why.HEIC: "the photograph is to be saved as JPEG",
        Why.OTHER: "it is not what its name says",
        Why.DAMAGED: "it is damaged",
        Why.BOMB: "it would be far too large once it is unpacked",
        Why.ENCRYPTED: "it is encrypted",
        Why.ACTIVE: "it holds macros, scripts or other files",
    },
}
_FROM_SERVER = {"pl": "Doniesienie o wiadomości", "en": "A report on a message"}
_FROM_MACHINE = {"pl": "Automatyczna odpowiedź", "en": "An automatic reply"}
#: Characters of a mail of a program that an event shows.
_OF_PROGRAM = 1_000
_OTHERS = {
    "pl": "Temat wiadomości wskazuje zgłoszenie nr {number}, którego nadawca nie składał.",
    "en": "The subject names request no. {number}, which its sender has not made.",
}
_FOLLOWS = {
    "pl": "Dalszy ciąg zamkniętego zgłoszenia nr {number}.",
    "en": "This follows request no. {number}, which is closed.",
}


def entry(mail: Mail, unfit: Iterable[Unfit], writer: str = "") -> str:
    """Return the words of a mail as they stand in a thread.

    Args:
        mail: which it is.
        unfit: files that are not kept.
        writer: who has written it, where that is not who has asked.
    """
    language = mail.language
    remarks = [_REMARKS[language][one] for one in mail.remarks]
    remarks += [
        _LEFT_OUT[language].format(name=one.name, why=_WHY[language][one.why]) for one in unfit
    ]
    said = "\n\n".join(filter(None, (mail.text, *(f"[{one}]" for one in remarks))))
    empty = not (said or mail.subject or mail.files)
    return "\n\n".join(filter(None, (writer, said, _EMPTY[language] if empty else "")))


def event(mail: Mail, language: str) -> str:
    """Return what a program has written, as an event of a thread."""
    what = (_FROM_SERVER if mail.nature is Nature.REPORT else _FROM_MACHINE)[language]
    text = mail.text if len(mail.text) <= _OF_PROGRAM else f"{mail.text[:_OF_PROGRAM]}…"
    return f"{what} ({mail.sender.address}): {mail.subject}\n\n{text}".strip()


def nobody(language: str) -> str:
    """Return how somebody is called of whom nothing is known."""
    return _NOBODY[language]


def of_others(number: int, language: str) -> str:
    """Return that a new ticket names one of somebody else."""
    return _OTHERS[language].format(number=number)


def follows(number: int, language: str) -> str:
    """Return that a new ticket goes on with a closed one."""
    return _FOLLOWS[language].format(number=number)


def held_subject(sender: str) -> str:
    """Return the subject of the ticket that tells of mails that are held; it is for the house."""
    return (
        f"Wstrzymane wiadomości: {sender}" if sender else "Wiadomości, których nie można odczytać"
    )


def held(sender: str, most: int) -> str:
    """Return what that ticket says."""
    why = (
        f"Z adresu {sender} przyszło w ciągu godziny ponad {most} wiadomości."
        if sender
        else "Przyszła wiadomość, której program nie potrafi odczytać."
    )
    return (
        f"{why} Kolejne takie wiadomości nie stają się dziś zgłoszeniami: czekają w skrzynce, "
        "oznaczone flagą. Prosimy je tam przejrzeć."
    )
