"""The domains of the house: the one place that names them."""

from sipagent.domain import Domain, Domains
from sipagent.exchange.askers import user_by_email
from sipagent.exchange.domain import Exchange
from sipagent.helpdesk.domain import Helpdesk
from sipagent.infoline.askers import owner_by_email
from sipagent.infoline.domain import Infoline

#: As whom somebody is known who writes a mail, those asked first who are first here.
SENDERS = (owner_by_email, user_by_email)


def composed(*others: Domain) -> Domains:
    """Return all domains as one; ``others`` are asked before those of the house."""
    return Domains((*others, Exchange(), Infoline(), Helpdesk(SENDERS)))
