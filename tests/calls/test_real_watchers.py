"""A phone that is not ours watches: baresip shows that messages wait."""

import asyncio
import os
from pathlib import Path

import pytest

from sipagent.telephony.lamps import Messages
from tests.calls.test_lamps import Lit, gone
from tests.calls.test_real_phones import account_of, baresip, place, said

pytestmark = pytest.mark.outside


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_baresip_shows_that_messages_wait(tmp_path: Path, transport: str) -> None:
    """It subscribes by itself, refreshes, and ends the subscription when it is left.

    It gets its account once it is ready: a millisecond after its start 1.0 subscribes for whom it
    watches already, which never ends where it has registered somebody by then.
    """
    house = Lit(counts={"101-1": Messages(3, 4)})
    line = house.endpoint(digests=["MD5"])
    await line.start()
    line.open()
    try:
        with baresip(tmp_path, settings="module_app mwi.so\n") as keyboard:
            await said(tmp_path, "baresip is ready.")
            await asyncio.sleep(0.1)  # of its own time it needs one millisecond
            os.write(keyboard, f"/uanew {account_of(line, transport)}".encode())
            await place(line)
            await said(tmp_path, "Voice-Message: 3/4 (0/0)")
            house.count("101-1", 0, 7)
            await said(tmp_path, "Voice-Message: 0/7 (0/0)")
            assert line.registrations.subscriptions() == 1
            os.write(keyboard, b"q")
            await gone(line)
    finally:
        await line.stop()
