"""What systemd itself says of the unit."""

import subprocess
from pathlib import Path

import pytest

from tests.ops.test_unit import config, service

pytestmark = pytest.mark.outside


def test_systemd_understands_the_unit_and_finds_it_closed(tmp_path: Path) -> None:
    path = tmp_path / "sipagent.service"
    path.write_text("\n".join(service(config())), "utf-8")
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Unknown" not in done.stderr
