"""Phones register at a line, are called, and call: RFC 3261, section 10, and RFC 7616."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg
from sipagent.telephony.accounts import Account, Binding
from tests.calls.account import Phone

pytestmark = pytest.mark.line

ANNA = Account.of("101-1", "tajne", realm="sipagent", extension="101", shown="Anna Nowak")


@dataclass
class House:
    """Accounts and bindings in memory, and the calls that came."""

    accounts: dict[str, Account] = field(default_factory=lambda: {"101-1": ANNA})
    bindings: dict[tuple[str, str], Binding] = field(default_factory=dict)
    calls: "asyncio.Queue[SipLeg]" = field(default_factory=asyncio.Queue)

    def find(self, account: str) -> Account | None:
        return self.accounts.get(account)

    async def load(self) -> list[Binding]:
        return list(self.bindings.values())

    def put(self, binding: Binding) -> None:
        self.bindings[binding.account, binding.contact] = binding

    def drop(self, account: str, contact: str) -> None:
        self.bindings.pop((account, contact), None)

    def endpoint(self, **settings: object) -> Endpoint:
        """Return an endpoint of this house that is not started."""
        sip = SipSection.model_validate(
            {"address": "127.0.0.1", "port": 0, "max_calls": 4} | settings
        )
        return Endpoint(sip, on_call=self.calls.put_nowait, accounts=self, bindings=self)


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def line(house: House) -> AsyncIterator[Endpoint]:
    endpoint = house.endpoint()
    try:
        await endpoint.start()
        endpoint.open()
        yield endpoint
    finally:
        await endpoint.stop()


async def aside(act: Callable[..., object], *words: object) -> object:
    """Do something that blocks beside the loop of the endpoint."""
    return await asyncio.to_thread(act, *words)


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
async def test_a_phone_registers_and_is_found_where_it_sends_from(
    line: Endpoint, house: House, algorithm: str
) -> None:
    with Phone(line.port, algorithm=algorithm) as phone:
        answer = await asyncio.to_thread(phone.register)
        assert answer.status == 200, answer.text
        assert answer.header("Contact") == f"{phone.contact};expires=600"
        assert "rport=" in answer.header("Via")
        assert await line.registrations.contacts("101-1") == [
            f"sip:101-1@{phone.place};transport=udp"
        ]
        assert [one.source for one in house.bindings.values()] == [phone.place]
        assert line.registrations.registered().bindings == 1
