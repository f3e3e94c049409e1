"""What is written back to who orders a call by text."""

from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from sipagent import times
from sipagent.messages.templates import Templates, Texts

_NAME = "ordered-call"
#: The one template, which says for each outcome what has become of an order.
TEXTS = Texts(
    folder=Path(__file__).parent / "texts",
    values={_NAME: ("outcome", "number", "until")},
    letters=frozenset(),
)
#: Outcomes of a text, besides those of an order (``orders.Order.outcome``).
TAKEN, FORM, WRONG, LOCKED, NO_NUMBER = "taken", "form", "wrong-pin", "locked", "no-number"


def answer(
    templates: Templates, language: str, outcome: str, number: str = "", until: str = ""
) -> str:
    """Return what is written back.

    Args:
        templates: the texts.
        language: of who reads it.
        outcome: what has become of their text, or of their order.
        number: that they want to be connected with, as they have written it.
        until: when they may try again.

    Raises:
        ConfigError: the template fails.
    """
    values = {"outcome": outcome, "number": number, "until": until}
    return " ".join(str(block) for block in templates.text(_NAME, language, values).blocks)


def clock_after(now: datetime, wait: timedelta, zone: tzinfo) -> str:
    """Return a time to come as people write it, rounded up to the next minute."""
    until = times.in_zone(now + wait + timedelta(minutes=1), zone)
    same_day = until.date() == times.in_zone(now, zone).date()
    return f"{until:%H:%M}" if same_day else f"{until:%Y-%m-%d %H:%M}"
