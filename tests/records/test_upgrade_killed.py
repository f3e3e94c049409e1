"""An upgrade of older records that is killed is done again."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.records.old_database import old_database
from tests.records.record_helpers import history

pytestmark = pytest.mark.line

UPGRADE = """
import sys
from pathlib import Path
from sipagent.records.schema import records
from sipagent.store.database import open_database
print("begin", flush=True)
open_database(Path(sys.argv[1]), [records]).close()
"""


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.1, 0.2, 0.4])
def test_kill_nine_in_an_upgrade(path: Path, moment: float) -> None:
    old_database(path, 20_000, events=2)
    command = [sys.executable, "-c", UPGRADE, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begin\n"
        time.sleep(moment)
        os.kill(process.pid, signal.SIGKILL)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    past = history(path)
    assert len(past.calls(labels={"owner": "100001"}, limit=-1)) == 10_000
    assert len(past.legs(past.call("00000010"))) == 3
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM call_legs").fetchone() == (4000,)
