from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sipagent.records.recorder import Recorder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


@pytest.fixture
async def recorder(path: Path) -> AsyncIterator[Recorder]:
    recorder = Recorder(path)
    await recorder.start()
    yield recorder
    await recorder.stop()
