"""Malformed and malicious SUBSCRIBEs: none is told what it should not be, and the line goes on."""

import asyncio
import logging
import random
from contextlib import ExitStack

import pytest

from sipagent.sip.endpoint import Endpoint
from sipagent.sip.notifier import MOST
from sipagent.telephony.lamps import Lamp
from tests.calls.hostile_sip import mutated
from tests.calls.test_lamps import Lit, house, line  # noqa: F401  fixtures
from tests.calls.watcher import Watcher

pytestmark = pytest.mark.line

COUNT = 1500
EVENTS = ("dialog", "message-summary", "dialog;id=1", "presence", 'dialog;id="\\"', "dialog,dialog")
CONTACTS = (
    "<sip:101-1@192.168.77.5:5099>",
    "<sip:a@192.0.2.9>;expires=4294967296",
    '"x, <sip:a@b>" <sip:101-1@[2001:db8::1]:5060;transport=ws;lr;maddr=255.255.255.255>',
    "*",
    "<sip:101-1@h?Route=%3Csip:192.0.2.9%3E&Event=%0d%0aX:%20y>",
    ", ".join(f"<sip:{number}@h>" for number in range(12)),
)
FIELDS = (
    "Record-Route: <sip:192.0.2.9;lr>",
    "Record-Route: <sip:127.0.0.1;lr>, <sip:192.0.2.9>",
    "Accept: application/*, text/" + "x" * 500,
    "Expires: 99999999999999999999",
    "To: <sip:102@127.0.0.1>;tag=" + "0" * 300,
    "Supported: eventlist",
)


def hostile(rng: random.Random, phone: Watcher) -> bytes:
    """Return a SUBSCRIBE with the right password, in which something else is wrong."""
    phone.event = rng.choice(EVENTS)
    phone.whom = rng.choice(("102", "*70", "101-1", "%00", "1" * 400))
    fields = [
        f"Event: {phone.event}",
        f"Contact: {rng.choice(CONTACTS)}",
        f"Expires: {rng.choice(('0', '60', '600'))}",
        *rng.sample(FIELDS, k=rng.choice((0, 0, 1, 2))),
    ]
    return mutated(rng, phone.request("SUBSCRIBE", *fields, *phone.proof("SUBSCRIBE")))


def attack(port: int, seed: int) -> None:
    """Throw them all, with a new challenge now and then, and answer what is told at random."""
    rng = random.Random(seed)
    with Watcher(port, "102") as phone:
        for number in range(COUNT):
            if number % 25 == 0:
                phone.drain()
                phone.challenge, phone.line_tag, phone.event = {}, "", "dialog"
                phone.take(phone.ask("SUBSCRIBE", f"Contact: {phone.contact}", "Event: dialog"))
            phone.send(hostile(rng, phone))


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_line_stands_them(
    line: Endpoint,  # noqa: F811
    house: Lit,  # noqa: F811
    seed: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        await asyncio.to_thread(attack, line.port, seed)
        house.switch("102", Lamp.RINGING)
        with Watcher(line.port, "102") as phone:
            assert (await asyncio.to_thread(phone.subscribe)).status == 200
            assert await asyncio.to_thread(phone.lamp) == "early"
    assert caplog.text == ""
    assert line.registrations.subscriptions() <= MOST + 1


async def test_a_flood_of_an_account_stops_at_its_limit(
    line: Endpoint,  # noqa: F811
) -> None:
    def flood() -> list[int]:
        with ExitStack() as stack:  # a port that comes again is a phone that begins anew
            phones = [stack.enter_context(Watcher(line.port, "102")) for _ in range(MOST + 20)]
            return [phone.subscribe().status for phone in phones]

    codes = await asyncio.to_thread(flood)
    assert codes == [200] * MOST + [403] * 20
    assert line.registrations.subscriptions() == MOST
    with Watcher(line.port, "*70", "101-1") as phone:
        assert (await asyncio.to_thread(phone.subscribe)).status == 403
