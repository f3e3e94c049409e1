"""The domains of the house: the one place that names them."""

from sipagent.domain import Domain, Domains
from sipagent.exchange.domain import Exchange
from sipagent.helpdesk.domain import Helpdesk
from sipagent.infoline.domain import Infoline


def composed(*others: Domain) -> Domains:
    """Return all domains as one; ``others`` are asked before those of the house."""
    return Domains((*others, Exchange(), Infoline(), Helpdesk()))
