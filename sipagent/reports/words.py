"""What all reports say, in Polish and English."""

from collections.abc import Mapping

#: Key → text.
Words = Mapping[str, str]
#: Key → texts, each in the order of the languages.
Texts = Mapping[str, tuple[str, str]]

LANGUAGES = ("pl", "en")
_WORDS: Texts = {
    "total": ("razem", "total"),
    "nothing": ("W tym okresie nie było takich zdarzeń.", "There was none of that in these days."),
    "page": ("strona {page} z {pages}", "page {page} of {pages}"),
    "made": ("sporządzono {moment}", "made {moment}"),
    "days_of": ("Okres: {first} – {last}", "Days: {first} – {last}"),
    "day_of": ("Dzień: {first}", "Day: {first}"),
    "day": ("dzień", "day"),
    "hour": ("godzina", "hour"),
}


def words(language: str, own: Texts) -> Words:
    """Return the words of one of ``LANGUAGES``, with those that a room has of its own."""
    number = LANGUAGES.index(language)
    return {key: texts[number] for key, texts in {**_WORDS, **own}.items()}
