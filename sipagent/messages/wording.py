"""Amounts, days and lines as letters and papers write them, in Polish and English."""

import re
from datetime import date, datetime

#: A space at which no line is broken.
_NBSP = "\N{NO-BREAK SPACE}"
#: A word of one letter, which Polish does not leave at the end of a line.
_LONELY = re.compile(r"(?<=\b\w) ")
#: A day in figures is read in two ways by those who read English.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def glued(text: str) -> str:
    """Return a text with every word of one letter held to the next."""
    return _LONELY.sub(_NBSP, text)


def money_text(grosze: int, language: str) -> str:
    """Return an amount: ``1 234,56 zł``, in English ``PLN 1,234.56``."""
    sign = "\N{MINUS SIGN}" if grosze < 0 else ""
    zlotys, rest = divmod(abs(grosze), 100)
    if language == "en":
        return f"{sign}PLN{_NBSP}{zlotys:,}.{rest:02d}"
    return f"{sign}{zlotys:,},{rest:02d}{_NBSP}zł".replace(",", _NBSP, f"{zlotys:,}".count(","))


def day_text(day: date, language: str) -> str:
    """Return a day: ``31.08.2026``, in English ``31 Aug 2026``."""
    if language == "en":
        return f"{day.day}{_NBSP}{_MONTHS[day.month - 1]}{_NBSP}{day.year}"
    return day.strftime("%d.%m.%Y")


def moment_text(moment: datetime, language: str) -> str:
    """Return a day and the time of the day: ``31.08.2026 o godz. 14:05``."""
    at = "at" if language == "en" else "o godz."
    return f"{day_text(moment, language)} {at}{_NBSP}{moment:%H:%M}"
