"""What the house sends and gets texts with."""

import structlog

from sipagent.config_texts import TextsSection
from sipagent.messages.queue import OutboxLimit
from sipagent.texts.incoming import Inbox
from sipagent.texts.outgoing import Text, TextBox
from sipagent.threads import STORE

log = structlog.get_logger(__name__)


class TextMessages:
    """Sends texts, as far as there is a gateway, and keeps those that come.

    Args:
        box: of those that leave.
        inbox: of those that come.
        settings: whether there is a gateway.
    """

    def __init__(self, box: TextBox, inbox: Inbox, settings: TextsSection) -> None:
        self.box = box
        self.inbox = inbox
        self._settings = settings

    def use(self, settings: TextsSection) -> None:
        """Send by another gateway from now on."""
        self.box.use(settings)
        self._settings = settings

    async def send(self, *texts: Text) -> None:
        """Send texts, each at some time, and the number of each no more than is usual in an hour.

        Raises:
            SetupError: the disk is full or cannot be written.
        """
        if not self._settings.url:
            log.warning("no texts.url: texts are not sent", count=len(texts))
            return
        try:
            await STORE.run(self.box.put, *texts)
        except OutboxLimit as error:
            log.warning("texts are not sent", reason=str(error))
