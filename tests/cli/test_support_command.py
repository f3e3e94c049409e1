"""``sipagent support``: what an operator sees of support hours and ways to get in touch."""

from pathlib import Path

import pytest
import time_machine
from typer.testing import CliRunner

from sipagent.cli.main import app

pytestmark = pytest.mark.unit

SETTINGS = """
[helpdesk]
phone = "22 100 02 00"
addresses = [{ pl = "Rozliczenia", en = "Bills", email = "rozliczenia@example.com" }]
"""


def test_show(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(SETTINGS, "utf-8")
    with time_machine.travel("2026-11-27T18:00:00+01:00", tick=False):
        done = CliRunner().invoke(app, ["support", "show", "--config", str(path)])
    assert done.output.splitlines() == [
        "Hours      Monday to Friday from 8:00 to 17:00, except on public holidays",
        "Now        closed; opens on Monday from 8:00",
        "Telephone  22 100 02 00",
        "Bills: rozliczenia@example.com",
    ]
