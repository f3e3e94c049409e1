"""A firm with a box, on disk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sipagent.exchange import editing
from sipagent.exchange.voicemail.schema import voicemail
from sipagent.store.database import open_database
from sipagent.store.store import Store
from sipagent.tickets.schema import tickets
from tests.exchange.voicemail.post import WITH_BOX, Post


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    path = tmp_path / "line.db"
    with_box = open_database(path, [voicemail, tickets])
    editing.replace(with_box, WITH_BOX)
    with_box.close()
    async with Store(path, [voicemail, tickets]) as store:
        yield Post(store, tmp_path)
