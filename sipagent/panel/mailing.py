"""Messages that the panel writes: they wait in the outbox of the line, which sends them."""

from sipagent.domains import composed
from sipagent.infoline.writing.letters import Letters
from sipagent.messages.outbox import Outbox
from sipagent.messages.templates import Templates
from sipagent.panel.web import House


def outbox_of(house: House) -> Outbox:
    """Return the outbox."""
    return Outbox(house.data, house.config.paths.outbox, house.config.mail)


def letters_of(house: House) -> Letters:
    """Return who writes letters of the infoline, from the templates as they are now."""
    return Letters(Templates(composed().texts, house.config.paths.templates))
