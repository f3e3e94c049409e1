"""Listening in at work: it knows of all conversations, and keeps who has listened."""

from sipagent.config import Config
from sipagent.domain import House, Originating, Staff
from sipagent.exchange.listening.controls import Supervision
from sipagent.exchange.listening.live import LiveCalls
from sipagent.exchange.listening.pins import UserPins
from sipagent.exchange.listening.post import ListeningPost
from sipagent.exchange.listening.uses import StoredUses
from sipagent.exchange.switchboard import Switchboard
from sipagent.messages.templates import Templates


class ListeningStaff(Staff):
    """What the step that listens in works with, and what commands may ask of live calls."""

    def __init__(self, house: House, board: Switchboard) -> None:
        calls = LiveCalls()
        board.attendance.subscribe(calls.attend)
        self._uses = StoredUses(house.store)
        self._pins = UserPins(house.store, house.config.login)
        post = ListeningPost(calls, self._uses)
        self.services = {ListeningPost: post, UserPins: self._pins}
        self._supervision = Supervision(calls, board)
        self.controls = self._supervision.controls

    async def start(self) -> None:
        """Begin with what an earlier run that died has left open."""
        await self._uses.recover()

    def opened(self, line: Originating) -> None:
        """Ring those who are to listen from now on."""
        self._supervision.opened(line)

    def use(self, config: Config, templates: Templates) -> None:
        """Let callers err as other settings say."""
        self._pins.use(config.login)
