"""What systemd itself says of the unit."""

import subprocess
from pathlib import Path

import pytest

from sipagent.ops.unit import units
from tests.ops.test_unit import PLACE, config
from tests.patience import PATIENCE

pytestmark = pytest.mark.outside


@pytest.mark.parametrize("name", ["sipagent.service", "sipagent-panel.service"])
def test_systemd_understands_the_unit_and_finds_it_closed(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(units(PLACE, config())[name], "utf-8")
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Unknown" not in done.stderr
