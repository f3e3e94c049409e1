"""Calls that the line makes over a trunk: the carrier wants a password for each."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sipagent.config import SipSection, TrunkSection
from sipagent.sip.endpoint import Endpoint
from tests.calls.kamailio import Kamailio
from tests.patience import PATIENCE

pytestmark = pytest.mark.outside

#: Who proves to be a customer hears that the number is busy; nobody else gets so far.
ASK = """
    if (is_method("INVITE")) {
        if (!pv_proxy_authenticate("carrier.test", "tajne", "0")) {
            proxy_challenge("carrier.test", "0");
            exit;
        }
        sl_send_reply("486", "Busy Here");
        exit;
    }
    if (is_method("ACK")) exit;
"""


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Endpoint]:
    """An endpoint with two trunks at one carrier; the password of the second is wrong."""
    (tmp_path / "right").write_text("tajne\n")
    (tmp_path / "wrong").write_text("inne\n")
    with Kamailio(tmp_path / "carrier", first=ASK, algorithm="SHA-256") as carrier:
        trunks = tuple(
            TrunkSection.model_validate(
                {
                    "name": name,
                    "registrar": "sip:carrier.test",
                    "servers": [carrier.place],
                    "register": False,
                    "user": "48221000000",
                    "password_file": tmp_path / name,
                }
            )
            for name in ("right", "wrong")
        )
        endpoint = Endpoint(SipSection(address="127.0.0.1", port=0, max_calls=4), trunks=trunks)
        await endpoint.start()
        endpoint.open()
        try:
            async with asyncio.timeout(PATIENCE):
                while not all(state.up for state in endpoint.trunks()):
                    await asyncio.sleep(0.01)
            yield endpoint
        finally:
            await endpoint.stop()


@pytest.mark.parametrize(("trunk", "code"), [("right", 486), ("wrong", 407)])
async def test_the_carrier_asks_who_calls(line: Endpoint, trunk: str, code: int) -> None:
    call = await line.dial("sip:+48223334455@carrier.test", trunk=trunk)
    async with asyncio.timeout(PATIENCE):
        await call.wait_over()
    assert call.outcome is not None
    assert call.outcome[1] == code
