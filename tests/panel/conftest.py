"""What tests of the panel share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.panel.browsing import Panel, opened


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Panel]:
    """Open a panel over an empty database."""
    with opened(tmp_path) as one:
        yield one
