"""How people get help, as pages show it: whether somebody is there now, when, and where."""

from collections.abc import Sequence
from dataclasses import dataclass

from sipagent.helpdesk.support import MailAddress, Presence
from sipagent.panel.web import Visit


@dataclass(frozen=True, slots=True)
class Contact:
    """What is shown.

    Args:
        presence: whether somebody is there.
        hours: as they stand in a sentence; empty: never.
        again: when it opens, as that stands in a sentence; empty: it is open, or never is.
        phone: as it is shown; empty: there is none.
        number: the same as E.164.
        addresses: each with its subject.
    """

    presence: Presence
    hours: str
    again: str
    phone: str
    number: str
    addresses: Sequence[MailAddress]


def contact(visit: Visit) -> Contact:
    """Return what is shown to who asks, in their language."""
    there, language = visit.house.support, visit.language
    presence = there.presence(visit.now)
    again = presence.again and there.again_in(language, presence.again, visit.now)
    return Contact(
        presence,
        there.hours_in(language),
        again or "",
        there.phone,
        there.number,
        there.addresses(language),
    )
