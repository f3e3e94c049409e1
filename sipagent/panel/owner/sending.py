"""Codes and what is told of changes, on their way to owners."""

import secrets

import structlog

from sipagent.domains import composed
from sipagent.errors import SipAgentError
from sipagent.infoline.model import Owner
from sipagent.infoline.online.letters import CODE, OnlineLetters
from sipagent.infoline.online.telling import Teller
from sipagent.messages.templates import Templates
from sipagent.panel.mailing import outbox_of
from sipagent.panel.web import House
from sipagent.texts.outgoing import Text, TextBox

log = structlog.get_logger(__name__)


def send_code(
    house: House, owner: Owner, code: str, target: str, purpose: str, language: str
) -> None:
    """Put a code into the outbox, for a number or an e-mail address.

    Args:
        house: what pages share.
        owner: whose.
        code: the digits.
        target: E.164, or an e-mail address.
        purpose: ``login`` or ``change``.
        language: of the letter.

    Raises:
        SetupError: the disk is full or cannot be written.
    """
    letters = letters_of_owners(house)
    if "@" in target:
        outbox_of(house).put(letters.code(owner, code, target, purpose, language))
        return
    body = letters.short_code(owner, code, purpose, language)
    key = f"{CODE}:{secrets.token_hex(8)}"
    _texts(house).put(Text(target, body, key, CODE, owner=f"owner:{owner.login}"))


def tell(house: House) -> None:
    """Make what is due, and tell what is not told; what fails now is told by the line later."""
    texts = _texts(house) if house.config.texts.url else None
    try:
        Teller(house.data, outbox_of(house), texts, lambda: letters_of_owners(house)).work()
    except SipAgentError as error:
        log.warning("changes of owners wait to be told", reason=str(error))


def letters_of_owners(house: House) -> OnlineLetters:
    """Return who writes letters of these pages, from the templates as they are now."""
    config = house.config
    templates = Templates(composed().texts, config.paths.templates)
    return OnlineLetters(templates, config.line.zone, config.panel.origin)


def _texts(house: House) -> TextBox:
    return TextBox(house.data, house.config.paths.outbox, house.config.texts)
