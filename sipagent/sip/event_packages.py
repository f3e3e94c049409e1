"""What NOTIFY says of lamps: dialog-info (RFC 4235) and message-summary (RFC 3842)."""

from enum import StrEnum
from xml.sax.saxutils import quoteattr

from sipagent.telephony.lamps import Lamp, Messages


class Package(StrEnum):
    """The event packages that phones can subscribe to (RFC 6665, section 4.4)."""

    DIALOG = "dialog"
    MESSAGES = "message-summary"

    @property
    def content(self) -> str:
        """The type of what is said."""
        return _CONTENTS[self]


_CONTENTS = {
    Package.DIALOG: "application/dialog-info+xml",
    Package.MESSAGES: "application/simple-message-summary",
}
#: RFC 4235, section 3.7.1; who rings is called, so that phones offer to pick the call up.
_STATES = {Lamp.IDLE: "terminated", Lamp.RINGING: "early", Lamp.TALKING: "confirmed"}


def dialog_info(lamp: Lamp, number: str, entity: str, version: int) -> str:
    """Return the whole state of somebody (RFC 4235, section 4).

    All calls of theirs are one dialog: phones show one lamp. One that is over is named as well, for
    many phones leave the lamp as it was where no dialog is.

    Args:
        lamp: the state.
        number: what is dialled for them.
        entity: their SIP URI.
        version: larger than that of the state before it.
    """
    direction = ' direction="recipient"' if lamp is Lamp.RINGING else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" '
        f'version="{version}" state="full" entity={quoteattr(entity)}>\n'
        f"<dialog id={quoteattr(number)}{direction}><state>{_STATES[lamp]}</state></dialog>\n"
        "</dialog-info>\n"
    )


def message_summary(messages: Messages, entity: str) -> str:
    """Return how many messages somebody has (RFC 3842, section 5.2)."""
    waiting = "yes" if messages.new else "no"
    return (
        f"Messages-Waiting: {waiting}\r\n"
        f"Message-Account: {entity}\r\n"
        f"Voice-Message: {messages.new}/{messages.saved} (0/0)\r\n"
    )
