"""A DNS server that is silent: whoever names hosts that nobody finds delays nobody else."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.calls.caller import ANNA
from tests.calls.daemon import Start
from tests.calls.peer import Peer

pytestmark = pytest.mark.line

#: More than there are threads for all names together.
STRANGERS = 12
#: The system's own look-up, as it is without a DNS server that answers.
SILENT = """
import socket, time
found = socket.getaddrinfo

def getaddrinfo(host, *args, **named):
    if str(host).endswith(".silent"):
        time.sleep(300)
    return found(host, *args, **named)

socket.getaddrinfo = getaddrinfo
"""


def test_a_login_does_not_wait_for_the_names_of_strangers(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(SILENT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    line = start(drain=1)
    with ExitStack() as strangers:
        for number in range(STRANGERS):
            way = f"Record-Route: <sip:proxy{number}.silent;lr>"
            stranger = strangers.enter_context(Peer(line.port, "+48600999999", way))
            stranger.send("INVITE", stranger.offer())
        with Peer(line.port, ANNA) as anna:
            anna.call()
            anna.press("100001#")
            line.says(anna.call_id, "login.accepted")
            anna.hang_up()
    # Nor does the end of the program wait for them.
    line.stop()
