"""baresip as a caller: a softphone that is not ours, its keys typed as a person types them."""

import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from sipagent.phone import recording
from tests.calls.daemon import Daemon

CONFIG = """
module_path /usr/lib/baresip/modules
sip_listen 127.0.0.1:0
rtp_ports 30000-31000
module stdio.so
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path {folder}
audio_source aufile,{folder}/quiet.wav
audio_player aubridge,nowhere
audio_alert aufile,/dev/null
module_tmp account.so
module_app menu.so
"""


class Softphone:
    """A running baresip."""

    def __init__(self, process: "subprocess.Popen[bytes]", keyboard: int, folder: Path) -> None:
        self._process = process
        self._keyboard = keyboard
        self._folder = folder

    def type(self, key: str) -> None:
        """Press a key: a digit in a call, ``b`` to hang up."""
        os.write(self._keyboard, key.encode())

    def quit(self) -> Path:
        """End it, and return the file of what it has heard in its first call."""
        self.type("q")
        self._process.wait(10)
        return min(self._folder.glob("dump-*-dec.wav"))


def line_uri(line: Daemon) -> str:
    """Return what reaches the line directly."""
    return f"sip:infolinia@127.0.0.1:{line.port}"


@contextmanager
def softphone(
    folder: Path,
    number: str,
    line: Daemon,
    *,
    target: str = "",
    account: str = "",
    settings: str = "",
) -> Iterator[Softphone]:
    """Start baresip, which calls the line.

    Args:
        target: what to call instead of the line's address.
        account: parameters of its account, such as ``;mediaenc=srtp-mand``.
        settings: further lines of its configuration.
    """
    (folder / "accounts").write_text(f"<sip:{number}@127.0.0.1>;regint=0{account}\n")
    (folder / "contacts").write_text("")
    (folder / "config").write_text(CONFIG.format(folder=folder) + settings)
    recording.write(folder / "quiet.wav", np.zeros(60 * recording.RATE, np.float32))
    keyboard, terminal = pty.openpty()  # it reads keys from a terminal only
    phone = subprocess.Popen(
        ["baresip", "-f", str(folder), "-e", f"d {target or line_uri(line)}"],
        stdin=terminal,
        stdout=(folder / "baresip.log").open("w"),
        stderr=subprocess.STDOUT,
    )
    try:
        yield Softphone(phone, keyboard, folder)
    finally:
        phone.kill()
        phone.wait()
        os.close(keyboard)
        os.close(terminal)
