"""Ordered calls at work: who takes orders, and who may give them."""

from sipagent.config import Config
from sipagent.domain import House, Originating, Staff
from sipagent.exchange.ordered.by_text import TextOrders
from sipagent.exchange.ordered.controls import controls
from sipagent.exchange.ordered.desk import OrderDesk
from sipagent.exchange.ordered.pins import OrderPins
from sipagent.exchange.switchboard import Switchboard
from sipagent.messages.templates import Templates


class OrderStaff(Staff):
    """What the step ``order`` works with, and what else takes orders."""

    def __init__(self, house: House, board: Switchboard) -> None:
        self._desk = OrderDesk(house.store, lambda: board.now.exchange)
        self._pins = OrderPins(house.store, house.config.login)
        self._inbox = house.texts.inbox
        self._by_text = TextOrders(
            lambda: board.now, self._desk, self._pins, house.texts, house.config, house.templates
        )
        self._desk.over = self._by_text.over
        self.services = {OrderDesk: self._desk, OrderPins: self._pins}
        self.controls = controls(board, self._desk)

    async def start(self) -> None:
        """Know what an earlier run has left."""
        await self._desk.start()

    def opened(self, line: Originating) -> None:
        """Make the calls that were ordered, and read texts."""
        self._desk.opened(line)
        self._inbox.start(self._by_text.take)

    async def stop(self) -> None:
        """Make no more."""
        await self._inbox.stop()
        await self._desk.stop()

    def use(self, config: Config, templates: Templates) -> None:
        """Let people err, and write to them, as other settings say."""
        self._pins.use(config.login)
        self._by_text.use(config, templates)
