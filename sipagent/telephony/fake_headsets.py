"""Headsets without a network: who wears one is a leg of a test."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.leg import Leg


class FakeHeadsets:
    """Remembers who wears one; keeps the promises of ``telephony.headset.Headsets``."""

    def __init__(self) -> None:
        self.worn_by: list[FakeLeg] = []

    @contextlib.asynccontextmanager
    async def worn(self, call: Leg, sound: socket.socket) -> AsyncIterator[Leg]:
        """Return somebody with a headset, for the length of the block."""
        with contextlib.closing(sound):
            leg = FakeLeg(id=call.id, sip_id="", caller=call.caller, sleep=asyncio.sleep)
            leg.answers()
            self.worn_by.append(leg)
            yield leg
