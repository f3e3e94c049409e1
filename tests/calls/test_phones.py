"""Phones register at a line, are called, and call: RFC 3261, section 10, and RFC 7616."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Literal

import pytest

from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg
from sipagent.telephony.accounts import Account, Binding
from sipagent.telephony.handsets import Handsets
from tests.calls.account import Phone
from tests.patience import PATIENCE

pytestmark = pytest.mark.line

OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 8\r\n"
)
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
        return Endpoint(sip, on_call=self.calls.put_nowait, handsets=Handsets(self, self))


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings of a line with a certificate that it has made itself."""
    folder = tmp_path_factory.mktemp("certificate")
    made = {"certificate": str(folder / "line.pem"), "private_key": str(folder / "line.key")}
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    words += ["-out", made["certificate"], "-keyout", made["private_key"]]
    subprocess.run(words, check=True, capture_output=True, timeout=PATIENCE)
    return made


@pytest.fixture
async def line(house: House) -> AsyncIterator[Endpoint]:
    endpoint = house.endpoint()
    try:
        await endpoint.start()
        endpoint.open()
        yield endpoint
    finally:
        await endpoint.stop()


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
        assert line.registrations.count() == 1


async def registered(line: Endpoint, phone: Phone) -> list[str]:
    """Register a phone, and return where it is reached."""
    answer = await asyncio.to_thread(phone.register)
    assert answer.status == 200, answer.text
    return await line.registrations.contacts(phone.user)


async def gone(line: Endpoint, account: str = "101-1") -> None:
    """Return once an account is reached nowhere."""
    async with asyncio.timeout(PATIENCE):
        while await line.registrations.contacts(account):
            await asyncio.sleep(0.01)


async def test_a_phone_behind_a_nat_is_called_where_it_sends_from(line: Endpoint) -> None:
    with Phone(line.port) as phone:
        phone.contact = "<sip:101-1@192.168.77.5:5099;line=7f3a>"
        (uri,) = await registered(line, phone)
        leg = await line.dial(uri)
        invite = await asyncio.to_thread(phone.answer)
        assert invite.text.startswith(f"INVITE sip:101-1@{phone.place};transport=udp;line=7f3a ")
        await leg.hangup()


@pytest.mark.parametrize("transport", ["tcp", "tls"])
async def test_a_phone_is_called_over_its_own_connection(
    house: House, certificate: dict[str, str], transport: Literal["tcp", "tls"]
) -> None:
    """The connection closes: its binding is gone at once."""
    line = house.endpoint(transports=["udp", "tcp", "tls"], tls_port=0, **certificate)
    await line.start()
    try:
        port = line.tls_port if transport == "tls" else line.port
        phone = await asyncio.to_thread(Phone, port, transport=transport)
        with phone:
            (uri,) = await registered(line, phone)
            assert uri == f"sip:101-1@{phone.place};transport={transport}"
            leg = await line.dial(uri)
            assert (await asyncio.to_thread(phone.answer)).text.startswith("INVITE sip:101-1@")
            await leg.hangup()
        await gone(line)
        async with asyncio.timeout(PATIENCE):
            while house.bindings:
                await asyncio.sleep(0.01)
    finally:
        await line.stop()


async def test_a_ping_over_a_connection_is_answered(line: Endpoint) -> None:
    """RFC 5626, section 4.4.1."""
    with Phone(line.port, transport="tcp") as phone:
        await registered(line, phone)
        phone.send(b"\r\n\r\n")
        assert (await asyncio.to_thread(phone.receive)) == b"\r\n"
        assert await line.registrations.contacts("101-1")


async def test_a_phone_is_known_after_a_restart(house: House) -> None:
    """After a restart of the daemon bindings over UDP still ring."""
    before = house.endpoint()
    await before.start()
    with Phone(before.port) as phone:
        (uri,) = await registered(before, phone)
        await before.stop()
        after = house.endpoint(port=before.port)
        await after.start()
        try:
            assert await after.registrations.contacts("101-1") == [uri]
            leg = await after.dial(uri)
            assert (await asyncio.to_thread(phone.answer)).text.startswith("INVITE ")
            await leg.hangup()
            await asyncio.to_thread(phone.drain)
            # Its nonce was of the other run: it is asked anew, and not for a wrong password.
            answer = await asyncio.to_thread(phone.ask, "REGISTER", *phone.proof("REGISTER"))
            assert answer.status == 401
            assert all("stale=true" in one for one in answer.headers("WWW-Authenticate"))
            phone.take(answer)
            await registered(after, phone)
        finally:
            await after.stop()


async def test_a_phone_that_reboots_at_a_limit_of_one_binding_rings_once(house: House) -> None:
    """A phone reboots with a new port at a limit of one binding: it registers, and rings once."""
    line = house.endpoint(contacts=1)
    await line.start()
    try:
        with Phone(line.port) as before, Phone(line.port) as after:
            await registered(line, before)
            after.contact = "<sip:101-1@192.168.77.5:6099>"
            (uri,) = await registered(line, after)
            assert uri == f"sip:101-1@{after.place};transport=udp"
            assert len(house.bindings) == 1
            leg = await line.dial(uri)
            assert (await asyncio.to_thread(after.answer)).text.startswith("INVITE ")
            with pytest.raises(TimeoutError):
                await asyncio.to_thread(before.receive, 0.3)
            await leg.hangup()
    finally:
        await line.stop()


async def test_a_phone_that_was_removed_is_reached_nowhere(line: Endpoint, house: House) -> None:
    with Phone(line.port) as phone:
        await registered(line, phone)
        del house.accounts["101-1"]
        assert await line.registrations.contacts("101-1") == []
        async with asyncio.timeout(PATIENCE):
            while house.bindings:
                await asyncio.sleep(0.01)
        assert (await asyncio.to_thread(phone.register)).status == 401


async def test_who_calls_from_a_phone_is_its_account_whatever_from_says(
    line: Endpoint, house: House
) -> None:
    with Phone(line.port) as phone:
        phone.name = '"Bank" <sip:+48221234567@127.0.0.1>'
        phone.challenge = (await asyncio.to_thread(_challenged, phone)).challenge
        phone.send(phone.request("INVITE", *phone.proof("INVITE"), body=OFFER))
        leg = await asyncio.wait_for(house.calls.get(), PATIENCE)
        assert (leg.caller.number, leg.caller.extension) == (None, "101")
        assert (leg.caller.name, leg.caller.asserted) == ("Anna Nowak", True)
        await leg.refuse(486)


async def test_an_account_cannot_call_without_its_password(line: Endpoint, house: House) -> None:
    with Phone(line.port, password="falsz") as phone:
        answer = await asyncio.to_thread(phone.asked, "INVITE")
        assert answer.status == 401
        assert house.calls.empty()


async def test_a_caller_without_an_account_calls_as_ever(line: Endpoint, house: House) -> None:
    with Phone(line.port, "48600100200") as phone:
        phone.send(phone.request("INVITE", body=OFFER))
        leg = await asyncio.wait_for(house.calls.get(), PATIENCE)
        assert (leg.caller.number, leg.caller.extension) == ("+48600100200", "")
        await leg.refuse(486)


def _challenged(phone: Phone) -> Phone:
    phone.take(phone.ask("REGISTER"))
    return phone


async def test_a_stranger_hears_nothing_unless_registering_is_open(house: House) -> None:
    closed = house.endpoint(allow=["192.0.2.0/24"])
    await closed.start()
    try:
        with Phone(closed.port) as phone:
            phone.send(phone.request("REGISTER"))
            with pytest.raises(TimeoutError):
                await asyncio.to_thread(phone.receive, 0.5)
    finally:
        await closed.stop()
    opened = house.endpoint(allow=["192.0.2.0/24"], register="anywhere")
    await opened.start()
    try:
        with Phone(opened.port) as phone:
            assert (await asyncio.to_thread(phone.ask, "INVITE")).status == 401
            phone.send(phone.request("OPTIONS"))
            assert (await asyncio.to_thread(phone.answer)).status == 401
            await registered(opened, phone)
            # What keeps a NAT open is answered without a password from where a phone is reached.
            assert (await asyncio.to_thread(phone.ask, "OPTIONS")).status == 200
            phone.send(phone.request("INVITE", *phone.proof("INVITE"), body=OFFER))
            leg = await asyncio.wait_for(house.calls.get(), PATIENCE)
            assert leg.caller.extension == "101"
            await leg.refuse(486)
    finally:
        await opened.stop()


async def test_a_contact_of_700_bytes_comes_back_as_it_was(line: Endpoint) -> None:
    """Linphone's push parameters; a phone looks for its own contact in the answer."""
    token = "0123456789abcdef%3A" * 33
    contact = f"<sip:101-1@10.0.0.7:5061;pn-tok={token};pn-type=apple;transport=tls;app=a>"
    with Phone(line.port) as phone:
        answer = await asyncio.to_thread(phone.register, contact=contact)
        assert answer.header("Contact") == f"{contact};expires=600"


async def test_seconds_beyond_all_bounds_are_the_most(line: Endpoint) -> None:
    with Phone(line.port) as phone:
        for expires in (2**32, 2**64, 2**80):
            answer = await asyncio.to_thread(phone.register, expires=expires)
            assert answer.header("Contact").endswith(";expires=3600"), expires
            text = f"{phone.contact};expires={expires}"
            answer = await asyncio.to_thread(phone.register, contact=text, expires=None)
            assert answer.header("Contact").endswith(";expires=3600"), expires


async def test_thousands_of_contacts_are_refused_unread(line: Endpoint) -> None:
    with Phone(line.port, transport="tcp") as phone:
        many = ",".join(["<sip:1@h>"] * 6000)
        answer = await asyncio.to_thread(phone.register, contact=many)
        assert answer.status == 400
        assert await line.registrations.contacts("101-1") == []


async def test_a_phone_behind_a_proxy_is_called_through_it(line: Endpoint) -> None:
    """RFC 3327: its Path is the route, and its contact stays what it wrote."""
    with Phone(line.port) as proxy:
        path = f"Path: <sip:{proxy.place};lr>"
        proxy.contact = "<sip:101-1@192.168.77.5:5099>"
        answer = await asyncio.to_thread(proxy.register, path)
        assert answer.headers("Path") == [path]
        (uri,) = await line.registrations.contacts("101-1")
        leg = await line.dial(uri)
        invite = await asyncio.to_thread(proxy.answer)
        assert invite.text.startswith("INVITE sip:101-1@192.168.77.5:5099 ")
        assert invite.headers("Route") == [f"Route: <sip:{proxy.place};lr>"]
        await leg.hangup()
