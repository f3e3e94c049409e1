from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sipagent.records.recorder import Recorder
from sipagent.records.schema import records
from sipagent.store.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    async with Store(path, [records]) as store:
        yield store


@pytest.fixture
def recorder(store: Store) -> Recorder:
    return Recorder(store)
