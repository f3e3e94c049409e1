"""What would end each call is kept as long as the call goes on."""

from pathlib import Path

import pytest

from sipagent.records.farewells import StoredFarewells, farewells
from sipagent.store.store import Store
from sipagent.telephony.farewell import Farewells

pytestmark = pytest.mark.unit


async def test_they_outlive_the_program_and_go_with_their_call(tmp_path: Path) -> None:
    async with Store(tmp_path / "line.db", [farewells]) as store:
        kept: Farewells = StoredFarewells(store)
        kept.put("a1@x", "CANCEL sip:101@192.0.2.1 SIP/2.0\r\n")
        kept.put("a1@x", "BYE sip:\xc5\xbc@192.0.2.1 SIP/2.0\r\n")
        kept.put("b1@x", "BYE")
        kept.drop("b1@x")
        kept.drop("another")
        await store.written()
    async with Store(tmp_path / "line.db", [farewells]) as again:
        left = await StoredFarewells(again).load()
        assert left == {"a1@x": "BYE sip:\xc5\xbc@192.0.2.1 SIP/2.0\r\n"}
