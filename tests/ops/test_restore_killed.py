"""A restore that is killed, at any step, is restored again."""

import subprocess
import sys
from pathlib import Path

import pytest

from sipagent.errors import SetupError
from sipagent.ops.restore import BEFORE, marker, running
from tests.ops.test_backup import Place

pytestmark = pytest.mark.line

#: Dies at the n-th change of the file system that a restore makes behind its marker.
_KILLED = """
import os, shutil, sys
from pathlib import Path
from sipagent import config_sources
from sipagent.ops.restore import restore, marker

settings, file, last = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
found = config_sources.load(settings, {})
seen = 0

def dying(real):
    def change(*words, **options):
        global seen
        if marker(found).exists():
            seen += 1
            if seen > last:
                os.kill(os.getpid(), 9)
        return real(*words, **options)
    return change

for where, name in (
    (os, "replace"), (os, "link"), (shutil, "move"), (shutil, "rmtree"),
    (Path, "rename"), (Path, "unlink"), (Path, "mkdir"),
):
    setattr(where, name, dying(getattr(where, name)))
restore(found, file)
"""


def test_killed_at_every_step_it_comes_to_the_same_end(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.add("one")
    place.backup()
    place.add("two")
    for last in range(100):
        command = [sys.executable, "-c", _KILLED, str(place.settings), str(place.file), str(last)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
        assert marker(place.config).exists()
        with pytest.raises(SetupError, match="run sipagent restore again"), running(place.config):
            pass
        place.restore()
        assert place.messages() == ["one"], last
        assert (place.outbox.with_name("outbox" + BEFORE) / "two").exists(), last
        assert not marker(place.config).exists()
        place.add("two")
    assert last > 8, "every step was tried"
