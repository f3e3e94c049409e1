"""Ordering a call by text: ``PIN number`` from an authorised number, and what is written back."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import structlog

from sipagent.config import Config
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.model import Authorised, User
from sipagent.exchange.ordered.answers import (
    FORM,
    LOCKED,
    NO_NUMBER,
    TAKEN,
    WRONG,
    answer,
    clock_after,
)
from sipagent.exchange.ordered.desk import OrderDesk
from sipagent.exchange.ordered.orders import Order, Way
from sipagent.exchange.ordered.permission import orderable
from sipagent.exchange.ordered.pins import OrderPins
from sipagent.messages.templates import Templates
from sipagent.texts.incoming import Incoming
from sipagent.texts.outgoing import Text

#: A PIN, and what is to be called, as people write it.
_ORDER = re.compile(r"\s*(?P<pin>[0-9]{4,12})[\s,;:]+(?P<number>[+*#0-9(][0-9 ().#*/-]{1,29})\s*")
#: What people write into numbers.
_SEPARATORS = re.compile(r"[ ()./-]")
_KIND = "order"

log = structlog.get_logger(__name__)


class Sends(Protocol):
    """Sends texts; ``texts.messages.TextMessages`` fits."""

    async def send(self, *texts: Text) -> None:
        """Send them."""


class TextOrders:
    """Reads texts as orders.

    Whoever has another number gets no answer: one to a number that somebody else has written there
    would only trouble its owner.

    Args:
        there: returns the exchange as it is now.
        desk: takes the orders.
        pins: decides about PINs; who errs is locked out for calls, too.
        texts: sends the answers.
        config: where numbers without prefix belong, and what time it is there.
        templates: the words.
        clock: returns the time.
    """

    def __init__(
        self,
        there: Callable[[], Snapshot],
        desk: OrderDesk,
        pins: OrderPins,
        texts: Sends,
        config: Config,
        templates: Templates,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._there = there
        self._desk = desk
        self._pins = pins
        self._texts = texts
        self._clock = clock
        self.use(config, templates)

    def use(self, config: Config, templates: Templates) -> None:
        """Read numbers and write answers as other settings say."""
        self._config = config
        self._templates = templates

    async def take(self, text: Incoming) -> None:
        """Order what a text says, and write back; see ``texts.incoming.Take``.

        A text that was read before orders nothing again: the order has its number.
        """
        found = self._there().exchange.find("authorised", text.sender)
        if not isinstance(found, Authorised) or not found.has_secret:
            log.warning("a text from a number that may order nothing", caller=text.sender)
            return
        match = _ORDER.fullmatch(text.body)
        if match is None:
            await self._answer(found, text, FORM)
            return
        now = self._clock()
        guess = await self._pins.check(found.number, match["pin"], now, asserted=False)
        if guess.wait is not None:
            until = clock_after(now, guess.wait, self._config.line.zone)
            await self._answer(found, text, LOCKED, until=until)
        elif not guess.right:
            await self._answer(found, text, WRONG)
        else:
            await self._ordered(found, text, match["number"].strip())

    async def over(self, order: Order) -> None:
        """Write back what has become of a call that was ordered by text, if the two did not talk.

        What no rule allowed was written back before.
        """
        found = self._there().exchange.find("authorised", order.number)
        told = order.talked or "." in order.outcome
        if order.way is Way.TEXT and isinstance(found, Authorised) and not told:
            words = self._words(found, order.outcome, order.target)
            await self._texts.send(Text(order.number, words, f"order-{order.id}-{order.at}", _KIND))

    async def _ordered(self, found: Authorised, text: Incoming, number: str) -> None:
        there, country = self._there(), self._config.line.country
        target = orderable(there, _SEPARATORS.sub("", number), country)
        if target is None:
            await self._answer(found, text, NO_NUMBER, number)
            return
        order = await self._desk.put(
            Order(
                Way.TEXT,
                found.user,
                found.number,
                found.number,
                str(target),
                found.shown,
                key=f"text-{_mark(text)}",
            )
        )
        decided = self._desk.begin(order)
        await asyncio.wait((decided,))
        if not decided.cancelled():
            await self._answer(found, text, decided.result() or TAKEN, number)

    async def _answer(
        self, found: Authorised, text: Incoming, outcome: str, number: str = "", until: str = ""
    ) -> None:
        words = self._words(found, outcome, number, until)
        await self._texts.send(Text(found.number, words, f"order-text-{_mark(text)}", _KIND))

    def _words(self, found: Authorised, outcome: str, number: str, until: str = "") -> str:
        user = self._there().exchange.find("users", found.user)
        language = user.language if isinstance(user, User) else "pl"
        return answer(self._templates, language, outcome, number.rpartition(":")[2], until)


def _mark(text: Incoming) -> str:
    """Return what names a text for ever: numbers of rows come again once old ones are deleted."""
    return hashlib.sha256(text.key.encode("utf-8", "surrogatepass")).hexdigest()[:24]
