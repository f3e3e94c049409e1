"""Lamps of phones on the wire: SUBSCRIBE and NOTIFY (RFC 6665, RFC 4235, RFC 3842)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Literal

import pytest

from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint
from sipagent.telephony.handsets import Handsets
from sipagent.telephony.lamps import Lamp, Messages
from tests.calls.test_phones import House, certificate  # noqa: F401  a fixture
from tests.calls.watcher import Watcher, state, version
from tests.patience import PATIENCE

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
        return Endpoint(sip, handsets=Handsets(self, self, self))


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
    async with asyncio.timeout(PATIENCE):
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


async def test_a_lost_answer_is_sent_again_and_begins_nothing(line: Endpoint) -> None:
    with Watcher(line.port, "102") as phone:
        phone.take(await asyncio.to_thread(phone.ask, "SUBSCRIBE"))
        fields = [f"Contact: {phone.contact}", "Event: dialog", "Expires: 600"]
        request = phone.request("SUBSCRIBE", *fields, *phone.proof("SUBSCRIBE"))
        phone.send(request)
        first = await asyncio.to_thread(phone.answer)
        phone.send(request)
        assert (await asyncio.to_thread(phone.answer)).text == first.text
        assert line.registrations.subscriptions() == 1


@pytest.mark.parametrize(
    ("whom", "event", "expires", "code"),
    [
        ("102", "presence", 600, 489),
        ("109", "dialog", 600, 404),
        ("102-1", "message-summary", 600, 404),
        ("102", "dialog", 30, 423),
    ],
)
async def test_what_cannot_be_watched_is_refused(
    line: Endpoint, whom: str, event: str, expires: int, code: int
) -> None:
    with Watcher(line.port, whom, event=event) as phone:
        answer = await asyncio.to_thread(phone.subscribe, expires)
        assert answer.status == code
        assert (answer.header("Allow-Events") == "dialog, message-summary") is (code == 489)
        assert (answer.header("Min-Expires") == "60") is (code == 423)
        assert line.registrations.subscriptions() == 0


async def test_a_subscription_of_nobody_is_refused(line: Endpoint) -> None:
    with Watcher(line.port, "102") as phone:
        phone.line_tag = "0123456789abcdef"
        assert (await asyncio.to_thread(phone.subscribe)).status == 481


async def test_without_the_password_nothing_is_told(line: Endpoint) -> None:
    with Watcher(line.port, "102", password="falsz") as phone:
        assert (await asyncio.to_thread(phone.subscribe)).status == 401
        assert line.registrations.subscriptions() == 0
        assert await asyncio.to_thread(phone.quiet)


async def test_a_phone_that_answers_481_is_told_nothing_more(line: Endpoint, house: Lit) -> None:
    with Watcher(line.port, "102") as phone:
        await asyncio.to_thread(phone.subscribe)
        await asyncio.to_thread(phone.told, 5, "481 Gone")
        await gone(line)
        house.switch("102", Lamp.RINGING)
        assert await asyncio.to_thread(phone.quiet)


async def test_a_connection_that_closes_ends_the_subscription(line: Endpoint) -> None:
    with await asyncio.to_thread(Watcher, line.port, "102", transport="tcp") as phone:
        await asyncio.to_thread(phone.subscribe)
        await asyncio.to_thread(phone.told)
        assert line.registrations.subscriptions() == 1
    await gone(line)


async def test_over_a_proxy_notify_goes_the_way_back(line: Endpoint, house: Lit) -> None:
    """What Kamailio adds: Record-Route with lr, and a phone behind it."""
    with Watcher(line.port, "*70") as phone:
        routes = (f"Record-Route: <sip:{phone.place};lr>", "Record-Route: <sip:192.0.2.9;lr>")
        answer = await asyncio.to_thread(phone.subscribe, 600, *routes)
        assert answer.headers("Record-Route") == list(routes)
        notify = await asyncio.to_thread(phone.told)
        assert notify.text.startswith("NOTIFY sip:101-1@192.168.77.5:5099 ")
        assert notify.headers("Route") == [one.removeprefix("Record-") for one in routes]


@pytest.mark.parametrize("on", [True, False])
async def test_a_phone_is_told_of_its_messages_though_it_has_not_asked(
    house: Lit, on: bool
) -> None:
    """The message lamp is right after the phone, or the daemon, was restarted."""
    line = house.endpoint(unsolicited_mwi=on)
    house.counts["101-1"] = Messages(1, 0)
    await line.start()
    try:
        with Watcher(line.port, "101-1") as phone:
            assert (await asyncio.to_thread(phone.register)).status == 200
            if not on:
                assert await asyncio.to_thread(phone.quiet)
                return
            notify = await asyncio.to_thread(phone.told)
            assert notify.text.startswith(f"NOTIFY sip:101-1@{phone.place};transport=udp ")
            assert notify.header("Event") == "message-summary"
            assert "Voice-Message: 1/0 (0/0)" in notify.body
            assert (await asyncio.to_thread(phone.register)).status == 200
            assert await asyncio.to_thread(phone.quiet), "a refresh tells nothing new"
            house.count("101-1", 0, 1)
            assert "Messages-Waiting: no" in (await asyncio.to_thread(phone.told)).body
            phone.call_id = "switched-on-again"
            assert (await asyncio.to_thread(phone.register)).status == 200
            assert "Messages-Waiting: no" in (await asyncio.to_thread(phone.told)).body
    finally:
        await line.stop()
