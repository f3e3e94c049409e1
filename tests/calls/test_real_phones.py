"""Phones that are not ours register, are called, and call: baresip and Linphone."""

import asyncio
import contextlib
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sipagent.phone import recording
from sipagent.sip.endpoint import Endpoint
from sipagent.sip.leg import SipLeg
from tests.calls.baresip import CONFIG
from tests.calls.test_phones import House
from tests.patience import PATIENCE
from tests.ports import port_of_ours

pytestmark = pytest.mark.outside

LINPHONE = """
[sip]
sip_port={port}
sip_tcp_port={port}
sip_tls_port=0
default_proxy=0
use_ipv6=0
[rtp]
audio_rtp_port=-1
[sound]
playback_dev_id=
[auth_info_0]
username=101-1
passwd=tajne
realm=sipagent
[proxy_0]
reg_proxy=<sip:127.0.0.1:{line};transport={transport}>
reg_identity=<sip:101-1@127.0.0.1>
reg_expires=600
reg_sendregister=1
publish=0
"""


@contextlib.contextmanager
def running(folder: Path, *command: str) -> Iterator[int]:
    """Run a phone; yield its keyboard, which it reads from a terminal only."""
    keyboard, terminal = pty.openpty()
    with (folder / "log").open("w") as log:
        phone = subprocess.Popen(
            command,
            stdin=terminal,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HOME": str(folder)},
        )
        try:
            yield keyboard
        finally:
            phone.kill()
            phone.wait()
            os.close(keyboard)
            os.close(terminal)


def account_of(line: Endpoint, transport: str) -> str:
    """Return the account of a phone, as baresip reads it; it answers calls by itself."""
    address = f"<sip:101-1@127.0.0.1:{line.port};transport={transport}>"
    return f"{address};auth_pass=tajne;regint=60;answermode=auto\n"


def baresip(
    folder: Path, account: str = "", settings: str = ""
) -> contextlib.AbstractContextManager[int]:
    """Start baresip, with an account or none yet; ``settings``: further lines of its own."""
    (folder / "accounts").write_text(account)
    (folder / "contacts").write_text("")
    (folder / "config").write_text(CONFIG.format(folder=folder) + settings)
    recording.write(folder / "quiet.wav", np.zeros(60 * recording.RATE, np.float32))
    return running(folder, "baresip", "-f", str(folder))


def linphone(
    folder: Path, line: Endpoint, transport: str
) -> contextlib.AbstractContextManager[int]:
    """Start Linphone's program for terminals, which answers calls by itself."""
    (folder / ".local/share/linphone").mkdir(parents=True)
    settings = folder / "rc"
    ours = LINPHONE.format(port=port_of_ours(), line=line.port, transport=transport)
    settings.write_text(ours)
    return running(folder, "linphonec", "-a", "-c", str(settings))


async def place(line: Endpoint) -> str:
    """Return where the phone is reached, once it has registered."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await line.registrations.contacts("101-1")):
            await asyncio.sleep(0.05)
    return found[0]


async def said(folder: Path, text: str) -> None:
    """Return once a phone has printed a text."""
    async with asyncio.timeout(PATIENCE):
        while text not in (folder / "log").read_text("utf-8", "replace"):
            await asyncio.sleep(0.05)


async def answered(leg: SipLeg) -> None:
    """Call a phone until it has answered, and hang up."""
    async with asyncio.timeout(PATIENCE):
        await leg.connected()
    await leg.hangup()
    async with asyncio.timeout(PATIENCE):
        await leg.wait_over()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_baresip(tmp_path: Path, transport: str) -> None:
    """It knows MD5 only, and gives up where something else is offered, too."""
    house = House()
    line = house.endpoint(digests=["MD5"])
    await line.start()
    line.open()
    try:
        with baresip(tmp_path, account_of(line, transport)) as keyboard:
            await answered(await line.dial(await place(line)))
            os.write(keyboard, f"dsip:infolinia@127.0.0.1:{line.port}\n".encode())
            leg = await asyncio.wait_for(house.calls.get(), PATIENCE)
            assert (leg.caller.extension, leg.called) == ("101", "infolinia")
            await leg.refuse(486)
    finally:
        await line.stop()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_linphone(tmp_path: Path, transport: str) -> None:
    """It is offered both hashes, and takes SHA-256."""
    house = House()
    line = house.endpoint()
    await line.start()
    line.open()
    try:
        with linphone(tmp_path, line, transport) as keyboard:
            uri = await place(line)
            assert f"transport={transport}" in uri
            (binding,) = house.bindings.values()
            assert binding.instance.startswith('"<urn:uuid:')
            await answered(await line.dial(uri))
            await said(tmp_path, "ended (No error)")  # it makes no second call beside the first
            os.write(keyboard, f"call sip:infolinia@127.0.0.1:{line.port}\n".encode())
            leg = await asyncio.wait_for(house.calls.get(), PATIENCE)
            assert (leg.caller.extension, leg.called) == ("101", "infolinia")
            await leg.refuse(486)
    finally:
        await line.stop()
