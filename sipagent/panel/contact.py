"""How people get help, as pages show it: whether somebody is there now, when, and where."""

from collections.abc import Sequence
from dataclasses import dataclass

from sipagent.errors import SipAgentError
from sipagent.helpdesk.chat.agents import Agents
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


def presence(visit: Visit) -> Presence:
    """Return whether somebody is there to answer now.

    Raises:
        SipAgentError: the database cannot be read.
    """
    agents = visit.house.data.read(lambda db: Agents(db).there(visit.now))
    return visit.house.support.presence(visit.now, len(agents))


def contact(visit: Visit) -> Contact:
    """Return what is shown to who asks, in their language; also where the database is gone."""
    there, language = visit.house.support, visit.language
    try:
        now = presence(visit)
    except SipAgentError:
        now = there.presence(visit.now)
    again = now.again and there.again_in(language, now.again, visit.now)
    return Contact(
        now,
        there.hours_in(language),
        again or "",
        there.phone,
        there.number,
        there.addresses(language),
    )
