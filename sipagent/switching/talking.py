"""A conversation on real legs: carries out what ``switching.conversation`` decides."""

import asyncio
import contextlib

from sipagent import tasks
from sipagent.errors import CallError, HungUp
from sipagent.switching import conversation
from sipagent.switching.conversation import Conversation, Parted, Side
from sipagent.telephony.leg import Leg, Prompt


class Talking:
    """Two connected legs that talk, until one of them goes.

    The legs belong to whoever began it: it ends neither. ``hold``, ``resume`` and ``take`` may be
    called by others while it goes on.

    Args:
        caller: one leg.
        callee: the other one.
        music: what a side hears that waits; None: nothing.
    """

    def __init__(self, caller: Leg, callee: Leg, music: Prompt | None = None) -> None:
        self._legs = {Side.CALLER: caller, Side.CALLEE: callee}
        self._music = music
        self._conversation = Conversation()
        self._events: asyncio.Queue[conversation.Event] = asyncio.Queue()
        #: What undoes what the two hear now.
        self._heard = contextlib.AsyncExitStack()

    async def parted(self) -> Parted:
        """Let them talk, and return who was the first to go; nothing joins them any more then."""
        watches = [
            tasks.begin(work, f"{name}-{leg.id}")
            for side, leg in self._legs.items()
            for name, work in (("keys", self._relay(side)), ("leave", self._watch(side)))
        ]
        try:
            actions = self._conversation.start()
            while True:
                for action in actions:
                    if isinstance(action, Parted):
                        return action
                    with contextlib.suppress(HungUp):  # whose leg it was is told in its turn
                        await self._do(action)
                actions = self._conversation.feed(await self._events.get())
        finally:
            await tasks.to_the_end(self._let_go(watches), "part")

    def hold(self, side: Side) -> None:
        """Let the other side wait, and hear music."""
        self._events.put_nowait(conversation.Hold(side))

    def resume(self, side: Side) -> None:
        """Let a side talk on to the one whom it has let wait."""
        self._events.put_nowait(conversation.Resume(side))

    def take(self, side: Side) -> None:
        """End the conversation, for a side goes on elsewhere."""
        self._events.put_nowait(conversation.Take(side))

    async def _do(self, action: conversation.Action) -> None:
        match action:
            case conversation.Join():
                caller, callee = self._legs.values()
                await self._heard.enter_async_context(caller.joined(callee))
            case conversation.Entertain(side) if self._music is not None:
                playing = self._legs[side].playing(self._music)
                await self._heard.enter_async_context(playing)
            case conversation.Part() | conversation.Quiet():
                await self._heard.aclose()
            case conversation.Press(side, digit):
                with contextlib.suppress(CallError):  # who takes no keys is talked to all the same
                    await self._legs[side].press(digit)

    async def _relay(self, side: Side) -> None:
        """Hand keys on: the bridge carries voices only."""
        while True:
            self._events.put_nowait(conversation.Key(side, await self._legs[side].next_key()))

    async def _watch(self, side: Side) -> None:
        await self._legs[side].wait_over()
        self._events.put_nowait(conversation.Left(side))

    async def _let_go(self, watches: list["asyncio.Task[None]"]) -> None:
        await tasks.cancelled(*watches)
        await self._heard.aclose()
