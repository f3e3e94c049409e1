"""Asterisk from a root of its own, with phones that call one another: what others take for it.

debootstrap --variant=minbase unstable ROOT
chroot ROOT apt-get install --no-install-recommends asterisk
"""

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from bench.machine import free_port, used
from tests.calls.account import Phone

#: Seconds until it takes phones.
_OPENING = 60.0
_PLACE = "run/bench-asterisk"
_MAIN = """
[directories]
astetcdir => /{place}
[options]
nofork = yes
"""
_LOG = """
[logfiles]
full => notice,warning,error
"""
_MEDIA = """
[general]
rtpstart = 30000
rtpend = 39999
"""
_SIP = """
[global]
type = global
[line]
type = transport
protocol = udp
bind = 127.0.0.1:{port}
"""
_PHONE = """
[{user}]
type = endpoint
transport = line
context = phones
disallow = all
allow = alaw
direct_media = no
aors = {user}
[{user}]
type = aor
max_contacts = 1
remove_existing = yes
qualify_frequency = 0
"""
_PLAN = """
[phones]
exten => _X.,1,Dial(PJSIP/${EXTEN}-1,30)
"""


class Asterisk:
    """Asterisk with accounts that need no password, bridging audio as it does by itself.

    Args:
        root: a Debian with Asterisk in it.
        users: the accounts; ``1000-1`` is called by 1000.
    """

    def __init__(self, root: Path, users: Sequence[str]) -> None:
        self.port = free_port()
        self._place = root / _PLACE
        shutil.rmtree(self._place, ignore_errors=True)
        shutil.copytree(root / "etc/asterisk", self._place)
        files = {
            "asterisk.conf": _MAIN.format(place=_PLACE),
            "logger.conf": _LOG,
            "rtp.conf": _MEDIA,
            "pjsip.conf": _SIP.format(port=self.port)
            + "".join(_PHONE.format(user=user) for user in users),
            "extensions.conf": _PLAN,
        }
        for name, text in files.items():
            (self._place / name).write_text(text, "utf-8")
        command = ["chroot", str(root), "asterisk", "-f", "-C", f"/{_PLACE}/asterisk.conf"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._await_open(users[0])
        run = ["chroot", str(root), "asterisk", "-V"]
        self.version = subprocess.run(
            run, capture_output=True, text=True, check=True
        ).stdout.strip()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def cpu(self) -> float:
        """Return the seconds of processor time that it has taken."""
        return used(self.pid)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._place)

    def _await_open(self, user: str) -> None:
        deadline = time.monotonic() + _OPENING
        while time.monotonic() < deadline and self._process.poll() is None:
            with Phone(self.port, user) as phone:
                try:
                    if phone.register().status == 200:
                        return
                except OSError:
                    time.sleep(0.2)
        self._process.kill()
        raise SystemExit(f"Asterisk does not open; its settings are in {self._place}")
