"""Support hours and ways to get in touch, as ``[helpdesk]`` says; pages and steps ask here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sipagent.config import Config
from sipagent.e164 import to_e164
from sipagent.helpdesk.wording import hours_in_words, opening_in_words
from sipagent.hours import Hours, next_opening


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether somebody helps at a moment.

    Args:
        is_open: whether it is within support hours.
        there: whether somebody answers at once: it is open, and no agent is known to be away.
        again: when it opens the next time (UTC); None where it is open, or never is.
    """

    is_open: bool
    there: bool
    again: datetime | None


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address, and what it is for in the language that was asked for."""

    subject: str
    email: str


class Support:
    """When somebody is there to help, and how else they are reached.

    Args:
        config: the settings; others may follow with ``use``.
    """

    def __init__(self, config: Config) -> None:
        self.use(config)

    def use(self, config: Config) -> None:
        """Go on with other settings."""
        self._settings = config.helpdesk
        self._zone = config.line.zone
        self.hours = Hours.parse(config.helpdesk.hours)

    @property
    def phone(self) -> str:
        """The number as it is written in the settings; empty where people are not told to call."""
        return self._settings.phone

    @property
    def number(self) -> str:
        """The same as E.164."""
        return self.phone and to_e164(self.phone)

    def addresses(self, language: str) -> Sequence[MailAddress]:
        """Return them in the order of the settings."""
        return [
            MailAddress(one.pl if language == "pl" else one.en, one.email)
            for one in self._settings.addresses
        ]

    def open_at(self, moment: datetime) -> bool:
        """Whether a moment is within support hours."""
        return self.hours.open_at(moment, self._zone)

    def hours_in(self, language: str) -> str:
        """Return the hours as they stand in a sentence; empty where it never opens."""
        return hours_in_words(self.hours, language)

    def again_in(self, language: str, opens: datetime, moment: datetime) -> str:
        """Return when it opens after a moment, as that stands in a sentence."""
        return opening_in_words(
            opens.astimezone(self._zone), moment.astimezone(self._zone), language
        )

    def presence(self, moment: datetime, agents: int | None = None) -> Presence:
        """Return whether somebody helps at a moment, and when they do again.

        Args:
            moment: with an offset.
            agents: how many are there now; None: it is not known, and the hours alone count.
        """
        is_open = self.open_at(moment)
        again = None if is_open else next_opening(lambda _: self.hours, moment, self._zone)
        return Presence(is_open, is_open and agents != 0, again)
