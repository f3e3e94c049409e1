"""One trunk: registers it, keeps it registered, and finds another server when one is lost.

PJSIP's own retries stop for ever after some answers, and keep a constant pace after others; so
it is told to make none. What it does in the wire is behind ``Carrier``; here are only the
decisions, without a network.
"""

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from sipagent.config import TrunkSection
from sipagent.errors import CallError, SipAgentError
from sipagent.sip.locate import Server, redirected

#: Seconds for the first retry and the longest, after silence or a server's trouble.
_SOON, _LATER = 2.0, 120.0
#: The same after a refusal (RFC 3261, section 21.4): asking again at once may lock the account.
_REFUSED_SOON, _REFUSED_LATER = 30.0, 1800.0
_REFUSALS = frozenset({400, 401, 402, 403, 404, 405, 406, 407, 410, 415, 420, 421, 423, 489, 493})
#: Seconds for an answer to REGISTER where another server is left, and where none is: longer than
#: timer F of RFC 3261 (32 s), so that PJSIP's own word is heard first.
_ANSWER, _LAST_ANSWER = 6.0, 40.0
#: Seconds for an answer to the REGISTER that ends it all.
_GOODBYE = 2.0
#: So many OPTIONS may stay unanswered before the server counts as lost.
_MISSED = 2
#: So often in one try the line goes where a registrar sends it.
_MOST_MOVES = 3
#: A registrar that asks for patience gets so many seconds at the most.
_LONGEST_PATIENCE = 3600.0
#: Part of a registration's life after which it is renewed.
_RENEW = 0.75
_log = logging.getLogger(__name__)


class State(StrEnum):
    """What a trunk is good for."""

    #: Nothing was tried yet, or a try is under way.
    TRYING = "trying"
    REGISTERED = "registered"
    #: The last try failed; the next one comes by itself.
    FAILED = "failed"
    #: A trunk that does not register, and whose server answers, or is not asked.
    STATIC = "static"
    #: It was told to go.
    UNREGISTERED = "unregistered"


@dataclass(frozen=True, slots=True)
class TrunkState:
    """How a trunk stands; ``expires`` are the seconds that the registrar granted."""

    name: str
    state: State
    since: datetime
    expires: int | None = None
    reason: str = ""
    server: str = ""

    @property
    def up(self) -> bool:
        """Whether calls can go over it."""
        return self.state in (State.REGISTERED, State.STATIC)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a REGISTER; code 0: PJSIP could not send it, or said nothing."""

    code: int
    reason: str = ""
    expires: int = 0
    retry_after: float = 0.0
    #: The URI that a registrar sends us on to (3xx).
    moved: str = ""
    #: A better server is there: nothing went wrong, and nothing is to be waited for.
    better: bool = False

    @property
    def ok(self) -> bool:
        """Whether the line is registered now."""
        return self.code // 100 == 2 and self.expires > 0


class Carrier(Protocol):
    """What a trunk asks of PJSIP."""

    async def use(self, server: Server) -> None:
        """Send everything of this trunk to a server."""

    async def register(self) -> None:
        """Send a REGISTER; the answer comes through ``Trunk.answered``.

        Raises:
            CallError: PJSIP cannot send it.
        """

    async def unregister(self) -> None:
        """Send a REGISTER that takes the registration back.

        Raises:
            CallError: PJSIP cannot send it.
        """

    async def leave(self) -> None:
        """Forget the registrar."""

    async def ping(self, server: Server) -> bool:
        """Send OPTIONS; whether anything came back that a living server says."""


class Trunk:
    """Keeps one trunk alive for as long as ``run`` runs."""

    def __init__(
        self,
        section: TrunkSection,
        carrier: Carrier,
        locate: Callable[[], Awaitable[list[Server]]],
        changed: Callable[[TrunkState], None] = lambda state: None,
    ) -> None:
        self._section = section
        self._carrier = carrier
        self._locate = locate
        self._changed = changed
        self._answer: asyncio.Future[Answer] | None = None
        self._poked = asyncio.Event()
        self._moved = asyncio.Event()
        self._failures = 0
        self.state = TrunkState(section.name, State.TRYING, datetime.now(UTC))

    async def run(self) -> None:
        """Register and stay registered until cancelled."""
        while True:
            lost = await self._outcome()
            if lost.better:
                continue
            wait = self._wait(lost)
            self._set(State.FAILED, f"{lost.code} {lost.reason}".removeprefix("0 ").strip())
            _log.info("trunk %s: next try in %.0f s", self._section.name, wait)
            await _sleep(wait, self._moved)

    def abandoned(self) -> None:
        """Say that nobody runs it any more, though nobody has stopped it."""
        self._set(State.FAILED, "nobody looks after it")

    async def stop(self, why: str) -> None:
        """Take the registration back; ``run`` is to be cancelled first."""
        registered = self.state.state is State.REGISTERED
        self._set(State.UNREGISTERED, why)
        if registered:
            await self._exchange(self._carrier.unregister, _GOODBYE)
        with contextlib.suppress(SipAgentError):
            await self._carrier.leave()

    def answered(self, answer: Answer) -> None:
        """Take what PJSIP says of the registration."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)
        elif not answer.ok:
            self.poke()

    def poke(self) -> None:
        """Look after the trunk at once, if it is up: a connection is gone."""
        self._poked.set()

    def moved(self) -> None:
        """Begin anew at once: this machine has got another address."""
        self._poked.set()
        self._moved.set()

    async def _outcome(self) -> Answer:
        """Try the servers; whatever goes wrong there is a failure of this try, and of no more."""
        try:
            return await self._try_servers()
        except SipAgentError as error:
            return Answer(0, str(error))
        except Exception as error:
            _log.exception("trunk %s: the try ended with an error", self._section.name)
            return Answer(0, f"{type(error).__name__}: {error}")

    async def _try_servers(self) -> Answer:
        """Serve from the first server that takes us; return what went wrong in the end."""
        servers = await self._locate()
        left, preferred, moves = deque(servers), servers[0], 0
        lost = Answer(0, "no server")
        while left:
            server = left.popleft()
            self._set(State.TRYING, server=str(server))
            await self._carrier.use(server)
            lost = await self._serve(server, preferred, _ANSWER if left else _LAST_ANSWER)
            if lost.better:
                break
            if not lost.moved:
                continue
            there = redirected(lost.moved, self._section, servers)
            if there is None:
                reason = f"{lost.reason} to {lost.moved}, which is no server of this trunk"
                lost = replace(lost, reason=reason)
            elif moves < _MOST_MOVES:
                moves += 1
                preferred = there
                left.appendleft(there)
        return lost

    async def _serve(self, server: Server, preferred: Server, patience: float) -> Answer:
        """Stay with a server until it is lost."""
        granted = 0
        if self._section.register_there:
            answer = await self._exchange(self._carrier.register, patience)
            if not answer.ok:
                return answer
            granted = answer.expires
            self._set(State.REGISTERED, expires=granted, server=str(server))
        else:
            if self._section.ping and not await self._carrier.ping(server):
                return Answer(0, f"{server} does not answer OPTIONS")
            self._set(State.STATIC, server=str(server))
        self._failures = 0
        return await self._keep(server, preferred, granted)

    async def _keep(self, server: Server, preferred: Server, granted: int) -> Answer:
        clock = asyncio.get_running_loop().time
        renew_at = clock() + granted * _RENEW if granted else float("inf")
        missed = 0
        self._poked.clear()
        while True:
            poked = await _sleep(min(renew_at - clock(), self._section.ping or 3600.0), self._poked)
            if granted and (poked or clock() >= renew_at):
                answer = await self._exchange(self._carrier.register, _LAST_ANSWER)
                if not answer.ok:
                    return answer
                renew_at = clock() + answer.expires * _RENEW
                self._set(State.REGISTERED, expires=answer.expires, server=str(server))
            if not self._section.ping:
                continue
            asked = (server,) if server == preferred else (server, preferred)
            there, *better = await asyncio.gather(*map(self._carrier.ping, asked))
            missed = 0 if there else missed + 1
            if missed >= _MISSED:
                return Answer(0, f"{server} does not answer OPTIONS")
            if any(better):
                return Answer(0, f"{preferred} is back", better=True)

    async def _exchange(self, send: Callable[[], Awaitable[None]], patience: float) -> Answer:
        """Send a REGISTER, and return what becomes of it."""
        self._answer = asyncio.get_running_loop().create_future()
        try:
            await send()
            async with asyncio.timeout(patience):
                return await self._answer
        except CallError as error:
            return Answer(0, str(error))
        except TimeoutError:
            return Answer(0, "no answer")
        finally:
            self._answer = None

    def _wait(self, lost: Answer) -> float:
        """Return the seconds until the next try: twice as many each time, and never the same."""
        refused = lost.code in _REFUSALS
        soon, longest = (_REFUSED_SOON, _REFUSED_LATER) if refused else (_SOON, _LATER)
        wait = min(soon * 2.0 ** min(self._failures, 20), longest)
        self._failures += 1
        return max(random.uniform(0.5, 1.0) * wait, min(lost.retry_after, _LONGEST_PATIENCE))

    def _set(
        self, state: State, reason: str = "", *, expires: int | None = None, server: str = ""
    ) -> None:
        before = self.state
        now = before.since if before.state is state else datetime.now(UTC)
        server = server or before.server
        self.state = TrunkState(self._section.name, state, now, expires, reason, server)
        if replace(self.state, expires=None) != replace(before, expires=None):
            _log.log(
                logging.WARNING if state is State.FAILED else logging.INFO,
                "trunk %s: %s%s%s",
                self.state.name,
                state.value,
                f" at {server}" if server else "",
                f" ({reason})" if reason else "",
            )
        self._changed(self.state)


async def _sleep(seconds: float, event: asyncio.Event) -> bool:
    """Sleep; whether an event ended it."""
    try:
        async with asyncio.timeout(max(seconds, 0)):
            await event.wait()
    except TimeoutError:
        return False
    event.clear()
    return True
