"""The codecs that agent.toml may name are those that PJSIP has."""

import subprocess
import sys

import pytest

from sipagent.config_types import CODECS
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

#: An endpoint ends with its process: this one needs no other room.
_LISTED = """
import pjsua2
endpoint = pjsua2.Endpoint()
endpoint.libCreate()
settings = pjsua2.EpConfig()
settings.logConfig.level = settings.logConfig.consoleLevel = 0
endpoint.libInit(settings)
print("codecs:", *(codec.codecId for codec in endpoint.codecEnum2()))
endpoint.libDestroy()
"""


def test_each_of_them_is_known_and_no_other_is_left_out() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LISTED],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    line = next(one for one in done.stdout.splitlines() if one.startswith("codecs:"))
    assert {name.rpartition("/")[0] for name in line.split()[1:]} == set(CODECS)
