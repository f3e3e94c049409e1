"""Why a file may not be attached, as a sentence and as a name for other languages."""

from enum import StrEnum

from sipagent.errors import DataError


class Why(StrEnum):
    """What is wrong with a file that somebody wants to attach."""

    #: There are more than may be.
    COUNT = "count"
    SIZE = "size"
    EMPTY = "empty"
    #: Its name has what hides its end, or none at all.
    NAME = "name"
    #: Its name ends like two kinds at once: ``invoice.pdf.exe``.
    DOUBLE = "double"
    KIND = "kind"
    #: Photographs as iPhones keep them: nothing here can read them safely.
    HEIC = "heic"
    #: It is something else than its name says.
    OTHER = "other"
    DAMAGED = "damaged"
    #: A picture of more pixels than anybody looks at, or an archive that grows beyond all bounds.
    BOMB = "bomb"
    ENCRYPTED = "encrypted"
    #: It has macros, scripts, or other files within it.
    ACTIVE = "active"


_SENTENCES = {
    Why.COUNT: "there are too many files at once; send the others with a further message",
    Why.SIZE: "it is too large; send a smaller one, or a part of it",
    Why.EMPTY: "there is nothing in it",
    Why.NAME: "it needs an ordinary name such as letter.pdf; give it another one",
    Why.DOUBLE: "its name ends like two kinds of files; give it another one",
    Why.KIND: "files of its kind are not taken; send it as PDF, a picture or plain text",
    Why.HEIC: "send the photograph as JPEG",
    Why.OTHER: "it is not what its name says",
    Why.DAMAGED: "it is damaged; save it again",
    Why.BOMB: "it would be far too large once it is opened",
    Why.ENCRYPTED: "it is encrypted; save it without a password",
    Why.ACTIVE: "it holds macros, scripts or other files; save it without, or as PDF",
}


class Unfit(DataError):
    """A file may not be attached; ``name`` is as a line of text may show it.

    Args:
        name: of the file, as somebody has sent it.
        why: what is wrong.
    """

    code = "unfit"

    def __init__(self, name: str, why: Why) -> None:
        self.name = "".join(char if char.isprintable() else " " for char in name)[:100]
        self.why = why
        super().__init__(f"{self.name}: {_SENTENCES[why]}")
