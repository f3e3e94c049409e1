"""Who calls for help from a phone of the house gets through, also where the line is full."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sipagent.errors import CallError
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.library import HELP
from tests.calls.softphone import Softphone
from tests.calls.test_phones import House
from tests.patience import PATIENCE

pytestmark = pytest.mark.line


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def full(house: House) -> AsyncIterator[Endpoint]:
    """A line of one call, which it has."""
    line = house.endpoint(max_calls=1)
    try:
        await line.start()
        line.open()
        with Softphone(line.port, "101-1") as phone:
            phone.call("infolinia")
            leg = await asyncio.wait_for(house.calls.get(), PATIENCE)
            yield line
            await leg.refuse(486)
    finally:
        await line.stop()


@pytest.mark.parametrize(("sent", "called"), [("112", "112"), ("112%23", "112#")])
async def test_a_full_line_takes_a_call_for_help(
    sent: str, called: str, full: Endpoint, house: House
) -> None:
    """An emergency number is never stopped by caps, rights or a full line."""
    with Softphone(full.port, "101-1") as phone:
        phone.call("infolinia")
        await asyncio.to_thread(phone.status, 503)
        phone.call(sent)
        leg = await asyncio.wait_for(house.calls.get(), PATIENCE)
        assert (leg.called, leg.caller.extension) == (called, "101")
        await leg.refuse(486)
        await asyncio.to_thread(phone.status, 486)


async def test_help_is_what_is_called_and_not_what_is_written_beside_it(
    full: Endpoint, house: House
) -> None:
    with Softphone(full.port, "101-1") as phone:
        phone.dialled = "infolinia"
        phone.name = "<sip:112@127.0.0.1>"
        phone.send(phone.request("INVITE", *phone.proof("INVITE"), to="112", body=phone.offer()))
        await asyncio.to_thread(phone.status, 503)
        assert house.calls.empty()


async def test_slots_for_help_are_kept_when_the_line_calls_out(full: Endpoint) -> None:
    """An emergency number is never stopped by a full line, on its way out either."""
    full._most_calls = HELP + 1  # all slots but those for help are taken
    with pytest.raises(CallError, match="the line is full"):
        await full.dial("sip:+48600100100@127.0.0.1:9")
    leg = await full.dial("sip:112@127.0.0.1:9")
    await leg.hangup()
