"""Dialling: whoever goes meanwhile leaves no call behind."""

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sipagent.config import SipSection
from sipagent.sip.endpoint import Endpoint
from tests.callee import Callee
from tests.patience import PATIENCE

pytestmark = pytest.mark.line


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    endpoint = Endpoint(SipSection(address="127.0.0.1", port=0, max_calls=4))
    await endpoint.start()
    yield endpoint
    await endpoint.stop()


@pytest.fixture
async def callee() -> AsyncIterator[Callee]:
    """A phone that rings, and is never answered."""
    async with Callee("180 Ringing") as phone:
        yield phone


@pytest.mark.parametrize("turns", [0, 1, 2, 5, 50])
async def test_who_is_cancelled_while_dialling_leaves_no_call(
    endpoint: Endpoint, callee: Callee, turns: int
) -> None:
    dialling = asyncio.create_task(endpoint.dial(callee.uri))
    for _ in range(turns):
        await asyncio.sleep(0)
    dialling.cancel()
    await asyncio.wait((dialling,))
    async with asyncio.timeout(PATIENCE):
        if not dialling.cancelled():  # the call was faster
            await dialling.result().hangup()
        while (await endpoint.usage()).calls:
            await asyncio.sleep(0.01)


async def test_who_is_cancelled_once_the_phone_rings_leaves_it_silent(
    endpoint: Endpoint, callee: Callee, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call is made in PJSIP's thread, and whoever dials does not know of it yet."""
    loop, made, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    dial = endpoint._dial

    def held(*words: Any) -> Any:
        call = dial(*words)
        loop.call_soon_threadsafe(made.set)
        go_on.wait(PATIENCE)
        return call

    monkeypatch.setattr(endpoint, "_dial", held)
    dialling = asyncio.create_task(endpoint.dial(callee.uri))
    async with asyncio.timeout(PATIENCE):
        await made.wait()
        dialling.cancel()
        go_on.set()
        await asyncio.wait((dialling,))
        assert dialling.cancelled()
        await callee.hears("INVITE")
        await callee.hears("CANCEL")
        while (await endpoint.usage()).calls:
            await asyncio.sleep(0.01)


async def test_an_endpoint_that_is_cancelled_while_it_starts_can_be_stopped() -> None:
    endpoint = Endpoint(SipSection(address="127.0.0.1", port=0, max_calls=4))
    starting = asyncio.create_task(endpoint.start())
    await asyncio.sleep(0)
    starting.cancel()
    await asyncio.wait((starting,))
    assert starting.cancelled()
    await endpoint.stop()
    again = Endpoint(SipSection(address="127.0.0.1", port=0, max_calls=4))
    await again.start()
    await again.stop()
