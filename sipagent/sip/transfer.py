"""Blind transfer: the peer does it (REFER, RFC 3515), else this line with a second leg."""

import asyncio
import contextlib
from collections.abc import Awaitable
from dataclasses import asdict
from typing import Protocol

import structlog

from sipagent import tasks
from sipagent.config import TransferSection
from sipagent.errors import CallError, HungUp
from sipagent.sip.addresses import in_uri
from sipagent.sip.leg import SipLeg
from sipagent.sip.outgoing import name_addr, sip_uri
from sipagent.sip.targets import Target, TargetRefused, Targets
from sipagent.telephony.leg import Prompt
from sipagent.telephony.outcome import Reached, Transferred

#: Seconds beyond those of ringing that the peer gets for telling how a REFER went.
_NOTIFY = 5.0
#: A target that hangs up so many seconds after its answer has not served the caller.
_TOO_SHORT = 3.0
#: Seconds that a target gets to answer BYE.
_LAST_ANSWER = 1.0
#: Seconds in which audio has to come from a caller whom the peer could not put through.
_SIGN_OF_LIFE = 5.0
#: So often a call is sent on by those who are called.
_MOST_MOVES = 3
#: SIP codes (RFC 3261, section 21) and what they mean to who waits. 603 is a pressed "decline".
_BUSY = frozenset({486, 600, 603})
_NO_ANSWER = frozenset({408, 480, 487})

log = structlog.get_logger(__name__)


class Dial(Protocol):
    """Starts a call; ``Endpoint.dial`` does."""

    def __call__(
        self, target: str, *, caller: str, extra: tuple[tuple[str, str], ...], trunk: str
    ) -> Awaitable[SipLeg]:
        """Return a call that is not connected yet."""


class Transfers:
    """Puts callers through.

    Args:
        settings: how, and how long a target may ring.
        targets: what may be called.
        dial: starts the second leg.
        host: host of the numbers that softphones are shown.
    """

    def __init__(self, settings: TransferSection, targets: Targets, dial: Dial, host: str) -> None:
        self._settings = settings
        self._targets = targets
        self._dial = dial
        self._host = host

    async def transfer(self, call: SipLeg, target: str, waiting: Prompt) -> Transferred:
        """Put a caller through; see ``Call.transfer``."""
        try:
            resolved = self._targets.resolve(target, call.called)
        except TargetRefused as error:
            log.warning("transfer refused", call_id=call.id, number=target, reason=str(error))
            return _noted(call, Transferred(Reached.FAILED, reason=error.code))
        call.note("transfer", target=target, uri=resolved.uri, trunk=resolved.trunk)
        async with contextlib.AsyncExitStack() as playing:
            await playing.enter_async_context(call.playing(waiting))
            result = None
            if self._settings.method == "refer" and call.refers:
                result = await self._refer(call, resolved)
            return _noted(call, result or await self._bridge(call, resolved, playing))

    # The peer does it

    async def _refer(self, call: SipLeg, target: Target) -> Transferred | None:
        """Return how a REFER went; None where the peer does not take it.

        Raises:
            HungUp: the caller is gone: the peer has taken him away, and not reached the target.
        """
        statuses: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
        call.on_referred = lambda code, reason: statuses.put_nowait((code, reason))
        await call.refer(target.uri)
        result = await self._told(call, statuses)
        if result is None or result.reached is Reached.ANSWERED:
            return result
        if not await call.sends(_SIGN_OF_LIFE):
            # Some peers leave the empty call open; see docs/decisions/017.
            _noted(call, result)
            await call.hangup("taken-away")
            raise HungUp("the peer has taken the caller away")
        return result

    async def _told(
        self, call: SipLeg, statuses: "asyncio.Queue[tuple[int, str]]"
    ) -> Transferred | None:
        """Return what the peer tells of a REFER; None where it does not take it."""
        taken = False
        try:
            async with asyncio.timeout(self._settings.ring + _NOTIFY):
                while True:
                    code, reason = await call.unless_over(asyncio.ensure_future(statuses.get()))
                    call.note("refer", code=code, reason=reason)
                    if code >= 300 and not taken:
                        return None
                    if code >= 200:
                        return Transferred(_meaning(code), "refer", code, reason)
                    taken = True
        except TimeoutError:
            return Transferred(Reached.NO_ANSWER, "refer") if taken else None

    # The line does it

    async def _bridge(
        self, call: SipLeg, target: Target, playing: contextlib.AsyncExitStack
    ) -> Transferred:
        """Call the target, and whom it sends us on to, as far as that may be called."""
        moves = 0
        while True:
            try:
                second = await self._second_leg(call, target)
            except CallError as error:
                return Transferred(Reached.FAILED, "bridge", reason=str(error))
            try:
                result = await self._joined(call, second, playing)
            finally:
                await second.hangup()
            followed = self._followed(call, second.moved_to)
            if followed is None or moves == _MOST_MOVES:
                return result
            target, moves = followed, moves + 1

    async def _second_leg(self, call: SipLeg, target: Target) -> SipLeg:
        caller, extra = self._shown(call, target)
        second = await self._dial(target.uri, caller=caller, extra=extra, trunk=target.trunk)
        call.note("second-leg", sip_id=second.sip_id)
        return second

    def _followed(self, call: SipLeg, uri: str) -> Target | None:
        """Return whom to call in place of a target that has moved (RFC 3261, section 21.3)."""
        if not uri:
            return None
        try:
            followed = self._targets.redirected(uri, call.called)
        except TargetRefused as error:
            log.warning("redirection refused", call_id=call.id, number=uri, reason=str(error))
            return None
        call.note("moved", uri=followed.uri, trunk=followed.trunk)
        return followed

    async def _joined(
        self, call: SipLeg, second: SipLeg, playing: contextlib.AsyncExitStack
    ) -> Transferred:
        """Join caller and target once the target answers, until one of them hangs up."""
        early = tasks.begin(self._listen_early(call, second, playing), f"early-{call.id}")
        try:
            async with asyncio.timeout(self._settings.ring):
                await call.unless_over(asyncio.ensure_future(second.connected()))
            await playing.aclose()
            async with call.joined(second):
                await tasks.cancelled(early)
                call.note("joined", sip_id=second.sip_id)
                return await self._conversation(call, second)
        except TimeoutError:
            return Transferred(Reached.NO_ANSWER, "bridge", 0, "nobody answered in time")
        except HungUp:
            if call.over:
                raise
            _, code, reason = second.outcome or ("", 0, "")
            return Transferred(_meaning(code), "bridge", code, reason)
        finally:
            await tasks.cancelled(early)

    async def _listen_early(
        self, call: SipLeg, second: SipLeg, playing: contextlib.AsyncExitStack
    ) -> None:
        """Let the caller hear the target's own ringing or announcement, where it sends one."""
        await second.heard()
        await playing.aclose()
        async with call.joined(second):
            await call.wait_over()

    async def _conversation(self, call: SipLeg, second: SipLeg) -> Transferred:
        clock = asyncio.get_running_loop().time
        began = clock()
        relays = [
            tasks.begin(_relay(*pair), f"keys-{pair[0].id}")
            for pair in ((call, second), (second, call))
        ]
        try:
            await call.unless_over(asyncio.ensure_future(second.wait_over()))
        finally:
            await tasks.cancelled(*relays)
            await _note_audio(call, second)
        seconds = round(clock() - began, 3)
        call.note("parted", seconds=seconds)
        if seconds < _TOO_SHORT:
            return Transferred(Reached.FAILED, "bridge", 200, "the target hung up at once")
        return Transferred(Reached.ANSWERED, "bridge", 200)

    def _shown(self, call: SipLeg, target: Target) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return From and the header fields that tell the target who calls.

        A carrier knows From as the account's own; P-Asserted-Identity (RFC 3325) names the
        caller, and Diversion (RFC 5806) the line that sends the call on.
        """
        line = self._settings.number or call.called
        shown = call.caller.number if self._settings.show == "caller" else None
        if not (shown or line):
            return "", ()
        known = shown or line
        caller = "" if target.trunk else name_addr(sip_uri(known, in_uri(self._host)))
        asserted = ("P-Asserted-Identity", name_addr(sip_uri(known, target.place)))
        if not (shown and line):
            return caller, (asserted,)
        here = name_addr(sip_uri(line, target.place), reason="deflection")
        return caller, (asserted, ("Diversion", here))


def _meaning(code: int) -> Reached:
    if 200 <= code < 300:
        return Reached.ANSWERED
    if code in _BUSY:
        return Reached.BUSY
    return Reached.NO_ANSWER if code in _NO_ANSWER else Reached.FAILED


def _noted(call: SipLeg, result: Transferred) -> Transferred:
    call.note(
        "transferred",
        reached=result.reached.value,
        way=result.way,
        code=result.code,
        reason=result.reason,
    )
    log.info(
        "transfer",
        call_id=call.id,
        reached=result.reached.value,
        way=result.way,
        code=result.code,
        reason=result.reason,
    )
    return result


async def _note_audio(call: SipLeg, second: SipLeg) -> None:
    """End a second leg that was answered, and note how its audio arrived."""
    await second.hangup()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LAST_ANSWER):
            await second.wait_over()
    if second.quality is not None:
        call.note("second-leg-audio", sip_id=second.sip_id, **asdict(second.quality))


async def _relay(source: SipLeg, sink: SipLeg) -> None:
    """Hand keys on: the bridge carries voices only."""
    while True:
        await sink.press(await source.next_key())
