"""A conversation on real legs: carries out what ``switching.conversation`` decides."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping

from sipagent import tasks
from sipagent.errors import CallError, HungUp
from sipagent.switching import conversation
from sipagent.switching.codes import PAUSE, Codes
from sipagent.switching.conversation import NO_CODES, Conversation, Parted, Phase, Side
from sipagent.telephony.leg import Leg, Prompt

#: Of SIP (RFC 3261, section 21.6.2).
_DECLINED = 603

_Watch = Callable[[Side], Awaitable[None]]


class Talking:
    """Two connected legs that talk, until one of them goes, or wants the other to be put through.

    The legs belong to whoever began it: it ends neither. ``take`` and ``order`` may be called by
    others while it goes on.

    Args:
        caller: one leg.
        callee: the other one.
        music: what a side hears while the telephone of the other one holds; None: what that sends.
        phones: whose are telephones of the house, which may ask for something by REFER.
        codes: of those who may put through by keys.
        commanded: does what a code stands for that a side has typed.
        held: is told whose telephones hold, whenever that changes.
    """

    def __init__(
        self,
        caller: Leg,
        callee: Leg,
        music: Prompt | None = None,
        *,
        phones: Collection[Side] = (),
        codes: Mapping[Side, Codes] = NO_CODES,
        commanded: Callable[[Side, str], None] = lambda side, code: None,
        held: Callable[[Collection[Side]], None] = lambda sides: None,
    ) -> None:
        self._legs = {Side.CALLER: caller, Side.CALLEE: callee}
        self._music = music
        self._phones = phones
        self._held = held
        self._commanded = commanded
        self._conversation = Conversation(codes)
        self._events: asyncio.Queue[conversation.Event] = asyncio.Queue()
        #: What undoes what the two hear of each other now, and what each hears besides.
        self._joined = contextlib.AsyncExitStack()
        self._music_of = {side: contextlib.AsyncExitStack() for side in Side}
        self._pauses: dict[Side, asyncio.TimerHandle] = {}

    async def parted(self) -> Parted:
        """Let them talk, and return how that ended; nothing joins them any more then."""
        watches = [
            tasks.begin(self._follow(watch, side), f"{name}-{leg.id}")
            for side, leg in self._legs.items()
            for name, watch in self._watches(side)
        ]
        try:
            actions = self._conversation.start()
            while True:
                for action in actions:
                    if isinstance(action, Parted):
                        return action
                    with contextlib.suppress(HungUp):  # whose leg it was is told in its turn
                        await self._do(action)
                actions = self._fed(await self._events.get())
        finally:
            await tasks.to_the_end(self._let_go(watches), "part")

    def take(self, side: Side) -> None:
        """End the conversation, for a side goes on elsewhere."""
        self._events.put_nowait(conversation.Take(side))

    def order(self, side: Side, dialled: str) -> None:
        """Have the other one of a side put through, as if the side had asked for it."""
        self._events.put_nowait(conversation.Order(side, dialled))

    def _fed(self, event: conversation.Event) -> list[conversation.Action]:
        before = self._conversation.holding
        actions = self._conversation.feed(event)
        if self._conversation.holding != before and self._conversation.phase is not Phase.OVER:
            self._held(self._conversation.holding)
        return actions

    async def _do(self, action: conversation.Action) -> None:
        match action:
            case conversation.Join():
                caller, callee = self._legs.values()
                await self._joined.enter_async_context(caller.joined(callee))
            case conversation.Part():
                await self._joined.aclose()
            case conversation.Entertain(side) if self._music is not None:
                playing = self._legs[side].playing(self._music)
                await self._music_of[side].enter_async_context(playing)
            case conversation.Quiet(side):
                await self._music_of[side].aclose()
            case conversation.Await(side):
                self._await(side)
            case conversation.Command(side, code):
                self._commanded(side, code)
            case conversation.Press(side, digit):
                with contextlib.suppress(CallError):  # who takes no keys is talked to all the same
                    await self._legs[side].press(digit)

    def _await(self, side: Side) -> None:
        """Tell of a pause, unless a key comes before."""
        if side in self._pauses:
            self._pauses[side].cancel()
        loop = asyncio.get_running_loop()
        paused = conversation.Paused(side)
        self._pauses[side] = loop.call_later(PAUSE, self._events.put_nowait, paused)

    def _watches(self, side: Side) -> list[tuple[str, _Watch]]:
        """Return what is to be followed of a side, with names for it."""
        phone = side in self._phones
        watches: list[tuple[str, _Watch]] = [("keys", self._relay)]
        watches.append(("refer", self._heed) if phone else ("leave", self._watch))
        watches += [("hold", self._watch_hold)] if phone and self._music is not None else []
        return watches

    async def _follow(self, watch: _Watch, side: Side) -> None:
        """Follow something of a side; that it leaves is told by one of the watches only."""
        with contextlib.suppress(HungUp):
            await watch(side)

    async def _relay(self, side: Side) -> None:
        """Hand keys on: the bridge carries voices only."""
        while True:
            self._events.put_nowait(conversation.Key(side, await self._legs[side].next_key()))

    async def _watch(self, side: Side) -> None:
        await self._legs[side].wait_over()
        self._events.put_nowait(conversation.Left(side))

    async def _heed(self, side: Side) -> None:
        """Tell what a telephone asks for, or else that it leaves.

        It asks first, and leaves at once: both may come in the same moment.
        """
        try:
            referral = await self._legs[side].next_referral()
            self._events.put_nowait(conversation.Ask(side, referral))
        except HungUp:
            await self._watch(side)

    async def _watch_hold(self, side: Side) -> None:
        leg = self._legs[side]
        while True:
            kind = conversation.Hold if leg.holds else conversation.Resume
            self._events.put_nowait(kind(side))
            await leg.hold_turned()

    async def _let_go(self, watches: list["asyncio.Task[None]"]) -> None:
        for pause in self._pauses.values():
            pause.cancel()
        await tasks.cancelled(*watches)
        while not self._events.empty():  # who asked a moment too late is told so
            if isinstance(late := self._events.get_nowait(), conversation.Ask):
                self._legs[late.side].tell(late.referral, _DECLINED)
        for heard in (self._joined, *self._music_of.values()):
            await heard.aclose()
