"""Texts of phones (SIP MESSAGE): to colleagues at their phones, to numbers outside by the gateway.

Texts that come over a trunk are those of the webhook: whoever deals with texts reads them.
"""

import asyncio
from collections.abc import Callable

import structlog

from sipagent import tasks
from sipagent.config import Config
from sipagent.e164 import EMERGENCY, dear
from sipagent.errors import SipAgentError
from sipagent.exchange.dialled import meant
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import User
from sipagent.exchange.rights import may_reach
from sipagent.exchange.switchboard import outside_number
from sipagent.exchange.values import Kind, Ref, Target
from sipagent.telephony.party import Caller
from sipagent.telephony.texting import PhoneText, SendText
from sipagent.texts.incoming import Incoming
from sipagent.texts.messages import TextMessages
from sipagent.texts.outgoing import Text

_TAKEN, _FORBIDDEN, _UNKNOWN, _UNAVAILABLE = 202, 403, 404, 503
_KIND = "phone"
#: Seconds for what is being written when the line stops.
_GRACE = 1.0

log = structlog.get_logger(__name__)


class HouseTexting:
    """Takes the texts of phones and trunks; ``telephony.texting.Texting`` fits.

    Args:
        there: returns the exchange as it is now.
        texts: sends those to numbers outside, and keeps those of trunks.
        config: what the line may call, and where numbers without prefix belong.
    """

    def __init__(self, there: Callable[[], Snapshot], texts: TextMessages, config: Config) -> None:
        self._there = there
        self._texts = texts
        self._config = config
        self._send: SendText | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    def use(self, config: Config) -> None:
        """Judge by other settings."""
        self._config = config

    def reach(self, send: SendText) -> None:
        """See Texting."""
        self._send = send

    async def stop(self) -> None:
        """Take the texts to their end that are under way, but wait for no phone."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=_GRACE)
            await tasks.cancelled(*late)

    def judge(self, caller: Caller, called: str, trunk: str) -> int:
        """See Texting: who sends must be known, and may write to whom they may call."""
        if trunk:
            return _TAKEN if caller.number else _FORBIDDEN
        there = self._there()
        user, target = self._user(there, caller), self._target(there, called)
        if target is None:
            return _UNKNOWN
        if user is None or not may_reach(user.rights, target, self._config.line.country):
            return _FORBIDDEN
        number = outside_number(there.exchange, target)
        if not number:
            return _TAKEN
        if not self._may_write(number):
            return _FORBIDDEN
        return _TAKEN if self._config.texts.url else _UNAVAILABLE

    def take(self, text: PhoneText) -> None:
        """See Texting."""
        task = tasks.begin(self._taken(text), "text")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _taken(self, text: PhoneText) -> None:
        try:
            if text.trunk:
                number = text.caller.number or ""
                await self._texts.inbox.put(Incoming(text.key, number, text.body, text.called))
            else:
                await self._passed_on(text)
        except SipAgentError as error:
            log.error("a text is lost", called=text.called, reason=str(error))

    async def _passed_on(self, text: PhoneText) -> None:
        there = self._there()
        user, target = self._user(there, text.caller), self._target(there, text.called)
        if user is None or target is None:
            return  # they have gone since
        number = outside_number(there.exchange, target)
        if number:
            await self._texts.send(Text(number, text.body, text.key, _KIND, owner=user.name))
        elif isinstance(target, Ref):
            await self._to_phones(there, user, target.name, text.body)

    async def _to_phones(self, there: Snapshot, user: User, to: str, body: str) -> None:
        if self._send is None:
            return
        accounts = [phone.account for phone in there.exchange.phones if phone.user == to]
        send = self._send
        sent = await asyncio.gather(
            *(send(account, user.number, user.name, body) for account in accounts)
        )
        if not any(sent):
            log.warning("a text reaches no phone", caller=user.number, called=to)

    def _user(self, there: Snapshot, caller: Caller) -> User | None:
        users = there.exchange.users
        return next((one for one in users if caller.extension == one.number), None)

    def _target(self, there: Snapshot, called: str) -> Target | None:
        """Return to whom a text goes: a user, or a number outside; None: nobody."""
        target = meant(there, called, self._config.line.country)
        if isinstance(target, Ref) and target.kind not in (Kind.USER, Kind.OUTSIDE):
            return None
        return None if target in EMERGENCY else target

    def _may_write(self, number: str) -> bool:
        """Whether the line may call a number, and so write to it: texts cost, too."""
        transfer = self._config.transfer
        return number.startswith(transfer.allow) and (transfer.premium or not dear(number))
