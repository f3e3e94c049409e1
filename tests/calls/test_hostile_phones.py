"""Malformed and malicious REGISTERs: none registers what it should not, and the line goes on."""

import asyncio
import logging
import random

import pytest

from sipagent.sip.endpoint import Endpoint
from tests.calls.account import Phone
from tests.calls.hostile_sip import mutated
from tests.calls.test_phones import House, house, line  # noqa: F401  fixtures

pytestmark = pytest.mark.line

COUNT = 1500
#: What an attacker with a password would have registered, besides what chance makes of it.
CONTACTS = (
    "<sip:101-1@192.168.77.5:5099>",
    "<sip:a@h>;expires=4294967296",
    '"x, <sip:a@b>" <sip:101-1@[2001:db8::1]:5060;transport=ws;lr;maddr=255.255.255.255>;q=9.99999',
    "*",
    "<sip:101-1@h?Route=%3Csip:192.0.2.9%3E>;+sip.instance=<x>;reg-id=99999999999999999999",
    ", ".join(f"<sip:{number}@h>" for number in range(12)),
)


def hostile(rng: random.Random, phone: Phone) -> bytes:
    """Return a REGISTER with the right password, in which something else is wrong."""
    fields = [f"Contact: {rng.choice(CONTACTS)}", "Path: <sip:127.0.0.1;lr>", "Expires: 600"]
    return mutated(rng, phone.request("REGISTER", *fields, *phone.proof("REGISTER")))


def attack(port: int, seed: int) -> None:
    """Throw them all, with a new challenge now and then."""
    rng = random.Random(seed)
    with Phone(port) as phone:
        for number in range(COUNT):
            if number % 25 == 0:
                phone.drain()
                phone.challenge = {}
                phone.take(phone.ask("REGISTER"))
            phone.send(hostile(rng, phone))


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_line_stands_them(
    line: Endpoint,  # noqa: F811
    house: House,  # noqa: F811
    seed: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        await asyncio.to_thread(attack, line.port, seed)
        with Phone(line.port) as phone:
            answer = await asyncio.to_thread(phone.register)
            assert answer.status == 200, answer.text
            assert phone.contact in answer.text
    assert caplog.text == ""
    assert {account for account, _ in house.bindings} <= {"101-1"}
    assert line.registrations.count() <= line.settings.contacts
    for uri in await line.registrations.contacts("101-1"):
        assert uri.startswith("sip:")
        assert uri.isprintable()
