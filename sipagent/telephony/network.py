"""What the line reaches: it calls parties, and knows where the phones of the house are."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from sipagent.telephony.fake_headsets import FakeHeadsets
from sipagent.telephony.fake_mix import FakeMixes
from sipagent.telephony.headset import Headsets
from sipagent.telephony.mix import Mixes
from sipagent.telephony.phones import Phones


async def nowhere(account: str) -> Sequence[str]:
    """Return where a phone is of which nobody knows."""
    return ()


@dataclass(frozen=True, slots=True)
class Network:
    """What steps and handlers call people with.

    Args:
        phones: calls parties.
        contacts: returns the URIs at which the phone of an account can be called now, see
            ``Party.contact``; none where it is not registered.
        mixes: lets many hear each other; without a network nobody does.
        headsets: lets people at browsers hear and be heard; without a network nobody is.
    """

    phones: Phones
    contacts: Callable[[str], Awaitable[Sequence[str]]] = nowhere
    mixes: Mixes = field(default_factory=FakeMixes)
    headsets: Headsets = field(default_factory=FakeHeadsets)
