"""Calling without a network: who is called does what a test says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from sipagent import tasks
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.leg import Leg
from sipagent.telephony.party import Party, TargetRefused
from sipagent.telephony.phones import UNKNOWN, Origin, Route
from sipagent.telephony.script import Act


@dataclass(frozen=True, slots=True)
class Callee:
    """What somebody does who is called; times are seconds.

    Args:
        after: until it takes the call or refuses; None: it rings for ever.
        code: 200 takes the call; any other is how it is refused.
        reason: that goes with the code.
        moved_to: the URI that a code of 3xx sends us on to.
        early: until it is heard before that; None: it is not.
        dead: whether it says nothing at all, not even that it rings.
        rings: whether it says more than that it has the call in hand.
        talks: from the answer until it hangs up; None: it stays.
        script: what it does when it is asked for keys, or talks to.
    """

    after: float | None = 0.0
    code: int = 200
    reason: str = "as the test says"
    moved_to: str = ""
    early: float | None = None
    dead: bool = False
    rings: bool = True
    talks: float | None = None
    script: Sequence[Act] = ()


#: Nobody has the number.
_UNKNOWN = Callee(code=404, reason="Not Found")


class FakePhones:
    """Calls who is in a script; keeps the promises of ``sipagent.telephony.phones.Phones``.

    Args:
        callees: what is done at each address; at any other one nobody is.
        refused: the addresses that may not be called.
        trunks: by name, over which numbers are called: ``callees`` may be of one, ``name/number``.
        slow: seconds from the INVITE until the leg is there.
    """

    def __init__(
        self,
        callees: Mapping[str, Callee] | None = None,
        refused: Sequence[str] = (),
        slow: float = 0.0,
        trunks: Sequence[str] = ("",),
    ) -> None:
        self._slow = slow
        self._callees = dict(callees or {})
        self._refused = frozenset(refused)
        self._trunks = trunks
        #: Every leg, in the order of dialling, and on whose behalf.
        self.legs: list[FakeLeg] = []
        self.origins: list[Origin] = []

    @property
    def left(self) -> list[FakeLeg]:
        """The legs that are not over."""
        return [leg for leg in self.legs if not leg.over]

    def answer_as(self, address: str, callee: Callee) -> None:
        """Let somebody do something else when they are called the next time."""
        self._callees[address] = callee

    def routes(self, party: Party, origin: Origin = UNKNOWN) -> Sequence[Route]:
        """Return a URI made of the address for each trunk; who is ``refused`` has none."""
        if party.address in self._refused:
            raise TargetRefused(f"{party} may not be called, says the test")
        uri = party.contact or party.uri
        if uri:
            return [Route(uri)]
        return [Route(f"sip:{party.address}@fake.invalid", trunk) for trunk in self._trunks]

    def moved(self, party: Party, uri: str) -> Party:
        """Return the party at a URI."""
        return Party.of(uri)

    @contextlib.asynccontextmanager
    async def dialling(
        self, party: Party, origin: Origin = UNKNOWN, route: Route | None = None
    ) -> AsyncIterator[Leg]:
        """Call somebody for the length of the block."""
        trunk = (route or self.routes(party, origin)[0]).trunk
        address = party.contact or party.address
        callee = self._callees.get(f"{trunk}/{address}", self._callees.get(address, _UNKNOWN))
        name = f"fake-{len(self.legs) + 1}"
        leg = FakeLeg(
            callee.script,
            id=name,
            called=party.address,
            trunk=trunk,
            sip_id=f"{name}-sip",
            sleep=asyncio.sleep,
        )
        self.legs.append(leg)
        self.origins.append(origin)
        acting = tasks.begin(_act(leg, callee), f"act-{name}")
        try:
            await asyncio.sleep(self._slow)  # PJSIP's thread takes its turn
            yield leg
        finally:
            await tasks.to_the_end(_ended(leg, acting), f"end-{name}")


async def _act(leg: FakeLeg, callee: Callee) -> None:
    """Do what somebody does who is called."""
    if callee.dead:
        return
    if callee.rings:
        leg.rings()
    else:
        leg.progresses()
    spent = 0.0
    if callee.early is not None:
        await asyncio.sleep(callee.early)
        spent = callee.early
        leg.sounds()
    if callee.after is None:
        return
    await asyncio.sleep(callee.after - spent)
    if callee.code != 200:
        leg.refuses(callee.code, callee.reason, callee.moved_to)
        return
    leg.answers()
    if callee.talks is not None:
        await asyncio.sleep(callee.talks)
        leg.hangs_up()


async def _ended(leg: FakeLeg, acting: "asyncio.Task[None]") -> None:
    await leg.hangup()
    await tasks.cancelled(acting)
