"""What the knowledge base is made of."""

from dataclasses import dataclass

#: In which there are articles; the first one is read where somebody asks for another.
LANGUAGES = ("pl", "en")


@dataclass(frozen=True, slots=True)
class Topic:
    """What several articles are about, with its name in each language."""

    id: int
    slug: str
    pl: str
    en: str

    def name(self, language: str) -> str:
        """Return its name."""
        return self.en if language == "en" else self.pl


@dataclass(frozen=True, slots=True)
class Article:
    """An article in one language.

    Args:
        slug: what links name it by; the same in all languages.
        topic: slug of its topic.
        staff: whether only who helps others may read that version.
        published: number of the version that is read; None: none is.
        latest: number of the version that was saved last.
        title: of that version.
        person: who has saved it; empty: it came with the program.
        at: when, as it is stored.
    """

    id: int
    slug: str
    language: str
    topic: str
    staff: bool
    published: int | None
    latest: int
    title: str
    person: str
    at: str


@dataclass(frozen=True, slots=True)
class Version:
    """An article as it was saved once; ``text`` is Markdown."""

    number: int
    title: str
    text: str
    staff: bool
    person: str
    at: str


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody writes: an article without what becomes of it."""

    slug: str
    language: str
    topic: str
    title: str
    text: str
    staff: bool = False
