"""Tells phones of messages that wait for them, though they have not asked (RFC 3842).

Many phones show a NOTIFY of message-summary that belongs to no subscription, and never subscribe.
"""

import secrets
from collections.abc import Callable, Sequence

import structlog

from sipagent.errors import CallError
from sipagent.sip.event_packages import Package, message_summary
from sipagent.sip.notifications import Notifications, Notify
from sipagent.sip.outgoing import sip_uri
from sipagent.sip.registrar import target
from sipagent.telephony.accounts import Binding
from sipagent.telephony.lamps import Lamps, Messages

#: Of NOTIFYs whose answers nobody waits for.
_NUMBER = 0
log = structlog.get_logger(__name__)


class Unasked:
    """What phones were told; only for use in one thread.

    A phone is told after each registration that is no refresh, for it may have been switched off,
    and when its messages are others.

    Args:
        on: whether phones are told at all.
        lamps: knows their messages.
        wire: sends NOTIFY.
        bindings: returns where an account is reached.
        here: returns the host and port at which a phone that sends from a place reaches the line.
    """

    def __init__(
        self,
        on: bool,
        lamps: Lamps,
        wire: Notifications,
        bindings: Callable[[str], Sequence[Binding]],
        here: Callable[[str, str], str],
    ) -> None:
        self.on = on
        self._lamps = lamps
        self._wire = wire
        self._bindings = bindings
        self._here = here
        #: Account → contact → of which registration it was told what.
        self._told: dict[str, dict[str, tuple[str, Messages]]] = {}

    def tell(self, account: str) -> None:
        """Tell the phones of an account what they do not know yet."""
        if not self.on:
            return
        messages = self._lamps.messages(account)
        before, now = self._told.pop(account, {}), {}
        for binding in self._bindings(account):
            news = now[binding.contact] = (binding.call_id, messages)
            if before.get(binding.contact) != news:
                self._send(binding, messages)
        if now:
            self._told[account] = now

    def _send(self, binding: Binding, messages: Messages) -> None:
        try:
            place = self._here(binding.source, binding.transport)
            entity = sip_uri(binding.account, place)
            fields = (
                ("From", f"<{entity}>;tag={secrets.token_hex(8)}"),
                ("To", f"<{entity}>"),
                ("Call-ID", secrets.token_hex(16)),
                ("Contact", f"<{entity}>"),
                ("Event", Package.MESSAGES),
                ("Subscription-State", "active"),
            )
            body = message_summary(messages, entity)
            notify = Notify(target(binding), 1, fields, Package.MESSAGES.content, body)
            self._wire.send(_NUMBER, notify)
        except CallError as error:
            log.warning(
                "a phone is not told of its messages", account=binding.account, reason=str(error)
            )
