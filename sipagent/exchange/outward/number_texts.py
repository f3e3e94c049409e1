"""The caller's number as a text, for outside numbers that want it."""

from pathlib import Path
from typing import Protocol

import structlog

from sipagent.errors import SipAgentError
from sipagent.exchange.model import Outside
from sipagent.messages.templates import Templates, Texts
from sipagent.telephony.leg import Leg
from sipagent.texts.outgoing import Text

_NAME, _KIND = "caller-number", "caller"
TEXTS = Texts(
    folder=Path(__file__).parent / "texts", values={_NAME: ("caller",)}, letters=frozenset()
)

log = structlog.get_logger(__name__)


class Sends(Protocol):
    """Sends texts; ``texts.messages.TextMessages`` fits."""

    async def send(self, *texts: Text) -> None:
        """Send them."""


class NumberTexts:
    """Writes to outside numbers who talks to them.

    Args:
        texts: sends them.
        templates: the words.
    """

    def __init__(self, texts: Sends, templates: Templates) -> None:
        self._texts = texts
        self._templates = templates

    def use(self, templates: Templates) -> None:
        """Write in other words."""
        self._templates = templates

    async def tell(self, call: Leg, outside: Outside, language: str) -> None:
        """Write the number of a caller to an outside number, as far as it is known.

        Nobody is kept from talking where that fails.
        """
        caller = call.caller.number or call.caller.extension
        if not caller:
            return
        try:
            said = self._templates.text(_NAME, language, {"caller": caller})
            words = " ".join(map(str, said.blocks))
            key = f"caller-{call.id}-{outside.number}"
            await self._texts.send(Text(outside.number, words, key, _KIND, call.id))
        except SipAgentError as error:
            log.error("a caller's number is not sent", call_id=call.id, reason=str(error))
