"""Lamps of phones on the wire: SUBSCRIBE and NOTIFY (RFC 6665, RFC 4235, RFC 3842)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Literal

import pytest

from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint
from sipagent.telephony.lamps import Lamp, Messages
from tests.calls.test_phones import House, certificate  # noqa: F401  a fixture
from tests.calls.watcher import Watcher, state, version

pytestmark = pytest.mark.line


@dataclass
class Lit(House):
    """A house whose lamps the test switches."""

    lamps: dict[str, Lamp] = field(default_factory=lambda: {"102": Lamp.IDLE, "*70": Lamp.IDLE})
    counts: dict[str, Messages] = field(default_factory=dict)

    def lamp(self, dialled: str) -> Lamp | None:
        return self.lamps.get(dialled)

    def messages(self, account: str) -> Messages:
        return self.counts.get(account, Messages())

    def follow(self, lamp: Callable[[str], None], messages: Callable[[str], None]) -> None:
        self._lamp, self._messages = lamp, messages

    def switch(self, number: str, lamp: Lamp) -> None:
        """Let somebody do something else."""
        self.lamps[number] = lamp
        self._lamp(number)

    def count(self, account: str, new: int, saved: int = 0) -> None:
        """Let somebody have messages."""
        self.counts[account] = Messages(new, saved)
        self._messages(account)

    def endpoint(self, **settings: object) -> Endpoint:
        sip = SipSection.model_validate(
            {"address": "127.0.0.1", "port": 0, "max_calls": 4} | settings
        )
        return Endpoint(sip, accounts=self, bindings=self, lamps=self)


@pytest.fixture
def house() -> Lit:
    return Lit()


@pytest.fixture
async def line(house: Lit) -> AsyncIterator[Endpoint]:
    endpoint = house.endpoint()
    try:
        await endpoint.start()
        endpoint.open()
        yield endpoint
    finally:
        await endpoint.stop()


async def gone(line: Endpoint) -> None:
    """Return once there is no subscription."""
    async with asyncio.timeout(10):
        while line.registrations.subscriptions():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_a_lamp_shows_who_rings_and_who_talks(
    house: Lit,
    certificate: dict[str, str],  # noqa: F811
    transport: Literal["udp", "tcp", "tls"],
) -> None:
    line = house.endpoint(transports=["udp", "tcp", "tls"], tls_port=0, **certificate)
    await line.start()
    try:
        port = line.tls_port if transport == "tls" else line.port
        phone = await asyncio.to_thread(Watcher, port, "102", transport=transport)
        with phone:
            answer = await asyncio.to_thread(phone.subscribe)
            assert answer.status == 200, answer.text
            assert answer.header("Expires") == "600"
            first = await asyncio.to_thread(phone.told)
            assert first.text.startswith(f"NOTIFY sip:101-1@{phone.place};transport={transport} ")
            assert first.header("From") == f"<sip:102@127.0.0.1>;tag={phone.line_tag}"
            assert first.header("To") == f"{phone.name};tag={phone.tag}"
            assert first.header("Call-ID") == phone.call_id
            assert first.header("Contact") == f"<{phone.target}>"
            assert first.header("Event") == "dialog"
            assert first.header("Subscription-State") in {
                "active;expires=600",
                "active;expires=599",
            }
            assert first.header("Content-Type") == "application/dialog-info+xml"
            assert state(first) == "terminated"
            seen = [version(first)]
            for lamp, shown in (
                (Lamp.RINGING, "early"),
                (Lamp.TALKING, "confirmed"),
                (Lamp.IDLE, "terminated"),
            ):
                house.switch("102", lamp)
                notify = await asyncio.to_thread(phone.told)
                assert state(notify) == shown
                seen.append(version(notify))
            assert seen == sorted(set(seen)), "each version is larger than the one before"
            assert (await asyncio.to_thread(phone.subscribe, 0)).status == 200
            last = await asyncio.to_thread(phone.told)
            assert last.header("Subscription-State") == "terminated;reason=timeout"
            await gone(line)
    finally:
        await line.stop()
