"""The words of the infoline's statistics, in Polish and English."""

from sipagent.reports import words as common
from sipagent.reports.words import Texts, Words

_WORDS: Texts = {
    "title": ("Statystyki infolinii", "Statistics of the infoline"),
    "by_day": ("Dni", "Days"),
    "by_manager": ("Zarządcy", "Managers"),
    "by_estate": ("Zasoby", "Estates"),
    "manager": ("zarządca", "manager"),
    "estate": ("zasób", "estate"),
    "calls": ("połączenia", "calls"),
    "logins": ("zalogowani", "logins"),
    "refused": ("odmowy", "refused"),
    "untried": ("bez logowania", "no login typed"),
    "seconds": ("czas", "length"),
    "statements": ("zestawienia", "statements"),
    "requests": ("zgłoszenia", "requests"),
    **{f"key_{key}": (f"klawisz {key}", f"key {key}") for key in "1234567890*#"},
    "nobody": ("nikt się nie zalogował", "nobody got in"),
    "of_manager": ("Zarządca: {manager}", "Manager: {manager}"),
    "of_all": ("Zarządcy: wszyscy", "Managers: all"),
    "calls_of": ("Połączenia", "Calls"),
    "keys_of": ("Wybrane klawisze", "Keys that were chosen"),
    "times": ("ile razy", "times"),
    "told_calls": (
        "{calls} połączeń, zalogowano w {logins}, odmówiono w {refused}.",
        "{calls} calls, {logins} with a login, {refused} refused.",
    ),
    "told_keys": ("Najczęściej: {most}.", "Most often: {most}."),
    "note": (
        "Liczą się połączenia, w których linia prosiła o login. Odmowa: login był wpisany, a nikt "
        "się nie zalogował. Zasób jest ten, do którego właściciel należy dzisiaj.",
        "Calls count in which a login was asked for. Refused: one was typed, and nobody got in. "
        "The estate is the one that the owner belongs to today.",
    ),
}


def words(language: str) -> Words:
    """Return the words of a language."""
    return common.words(language, _WORDS)
