"""A request that is longer than a packet goes the way that its target asks for."""

import asyncio

import pytest

from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint
from tests.patience import PATIENCE
from tests.sip.test_offer import far_end, received

pytestmark = pytest.mark.line


async def test_a_long_invite_stays_on_udp() -> None:
    """RFC 3261, section 18.1.1, wants TCP, which carriers of UDP do not have: it hangs then."""
    endpoint = Endpoint(SipSection(address="127.0.0.1", port=0, max_calls=4))
    await endpoint.start()
    try:
        for length in (1300, 9000):
            with far_end() as sock:
                extra = (("X-Long", "x" * length),)
                await endpoint.dial(f"sip:x@127.0.0.1:{sock.getsockname()[1]}", extra=extra)
                async with asyncio.timeout(PATIENCE):
                    message = await received(sock, "INVITE ")
                assert "SIP/2.0/UDP" in message
                assert f"X-Long: {extra[0][1]}\r\n" in message
    finally:
        await endpoint.stop()
