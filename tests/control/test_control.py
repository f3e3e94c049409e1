"""The running line is asked and told things by other programs of this machine."""

import asyncio
import json
import os
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from sipagent.config import Config, PathsSection
from sipagent.control.client import Unanswered, ask
from sipagent.control.control import Control, Controls, Nothing, Wish, done
from sipagent.control.server import ControlSocket
from sipagent.control.wire import QUESTION, short
from sipagent.errors import ConfigError, DataError, SetupError, SipAgentError
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit


class Mute(Wish):
    room: str
    seat: int = 0


class Hall:
    """A domain that can be asked."""

    def __init__(self) -> None:
        self.muted: list[Mute] = []
        self.error: Exception | None = None
        self.stuck = asyncio.Event()
        self.asked = asyncio.Event()
        self.controls: Controls = {
            "hall.mute": Control(Mute, self.mute),
            "hall.live": Control(Nothing, self.live),
            "hall.wait": Control(Nothing, self.wait),
        }

    async def mute(self, wish: Mute) -> None:
        if self.error is not None:
            raise self.error
        self.muted.append(wish)

    async def live(self, wish: Nothing) -> object:
        return {"rooms": [{"name": "Żółć"}], "long": "x" * 1_000_000}

    async def wait(self, wish: Nothing) -> None:
        self.asked.set()
        await self.stuck.wait()


@pytest.fixture
async def hall() -> Hall:
    return Hall()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    # Longer than the address of a socket can be.
    folder = tmp_path / ("far" * 30)
    folder.mkdir()
    return Config(paths=PathsSection(database=folder / "sipagent.db"))


@pytest.fixture
async def line(config: Config, hall: Hall) -> AsyncIterator[ControlSocket]:
    line = ControlSocket(config.paths.control, hall.controls)
    await line.start()
    yield line
    await line.stop()


async def asked(config: Config, do: str, **wanted: object) -> Any:
    """Ask as a command does: from a thread, for it waits."""
    return await asyncio.to_thread(lambda: ask(config, do, **wanted))


async def test_what_is_asked_is_done(config: Config, hall: Hall, line: ControlSocket) -> None:
    assert await asked(config, "hall.mute", room="narada", seat=3) is None
    assert hall.muted == [Mute(room="narada", seat=3)]


async def test_a_long_answer_comes_whole(config: Config, line: ControlSocket) -> None:
    answer = await asked(config, "hall.live")
    assert answer["rooms"] == [{"name": "Żółć"}]
    assert len(answer["long"]) == 1_000_000


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({}, "hall.mute.room: Field required"),
        ({"room": "a", "seat": "x"}, "hall.mute.seat: Input should be a valid integer"),
        ({"room": "a", "sofa": 1}, "hall.mute.sofa: Extra inputs are not permitted"),
    ],
)
async def test_what_does_not_fit_is_refused(
    config: Config, hall: Hall, line: ControlSocket, wanted: dict[str, object], told: str
) -> None:
    with pytest.raises(DataError, match=told):
        await asked(config, "hall.mute", **wanted)
    assert not hall.muted


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        (DataError("nobody sits there"), DataError, "nobody sits there"),
        (ConfigError("no rooms"), ConfigError, "no rooms"),
        (SetupError("full"), SetupError, "full"),
        (ZeroDivisionError("secret"), SetupError, "the log of the line says what"),
    ],
)
async def test_who_asks_is_told_why_not(
    config: Config,
    hall: Hall,
    line: ControlSocket,
    error: Exception,
    kind: type[SipAgentError],
    told: str,
) -> None:
    hall.error = error
    with structlog.testing.capture_logs(), pytest.raises(kind, match=told) as refusal:
        await asked(config, "hall.mute", room="a")
    assert "secret" not in str(refusal.value)
    hall.error = None
    await asked(config, "hall.mute", room="a")
    assert hall.muted


async def test_what_the_line_does_not_know(config: Config, line: ControlSocket) -> None:
    with pytest.raises(SetupError, match=r"does not know 'hall\.dance'"):
        await asked(config, "hall.dance")


async def test_without_a_line_the_sentence_says_what_to_do(config: Config) -> None:
    with pytest.raises(SetupError, match=r"no line answers .* is `sipagent run` running"):
        await asked(config, "hall.live")


async def test_only_the_user_of_the_line_may_ask(config: Config, line: ControlSocket) -> None:
    assert stat.S_IMODE(os.stat(config.paths.control).st_mode) == 0o600


async def test_the_socket_of_a_line_that_died_makes_way(config: Config, hall: Hall) -> None:
    died = socket.socket(socket.AF_UNIX)
    with short(config.paths.control) as name:
        died.bind(name)
    died.close()
    line = ControlSocket(config.paths.control, hall.controls)
    await line.start()
    await asked(config, "hall.mute", room="a")
    await line.stop()
    assert not config.paths.control.exists()


async def test_a_second_line_leaves_the_first_ones_socket_alone(
    config: Config, hall: Hall, line: ControlSocket
) -> None:
    second = ControlSocket(config.paths.control, {})
    with structlog.testing.capture_logs() as logs:
        await second.start()
    await second.stop()
    assert "another line listens there" in str(logs[0]["reason"])
    await asked(config, "hall.mute", room="a")


async def test_who_waits_for_an_answer_is_told_when_the_line_stops(
    config: Config, hall: Hall, line: ControlSocket
) -> None:
    waiting = asyncio.create_task(asked(config, "hall.wait"))
    await hall.asked.wait()
    await line.stop()
    with pytest.raises(Unanswered, match="broke off its answer"):
        await waiting


def _send(config: Config, sent: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as client, short(config.paths.control) as name:
        client.settimeout(PATIENCE)
        client.connect(name)
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        received = b""
        while part := client.recv(65536):
            received += part
        return received


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\n",
        b"[]\n",
        b"null\n",
        b"\xff\xfe\n",
        b'{"do": 3}\n',
        b'{"do": "hall.mute", "with": 3}\n',
        b'{"with": {}}\n',
        b"[" * 30_000 + b"\n",
    ],
)
async def test_what_is_no_question_is_said_to_be_none(
    config: Config, hall: Hall, line: ControlSocket, sent: bytes
) -> None:
    answer = await asyncio.to_thread(_send, config, sent)
    assert json.loads(answer)["error"]["code"] == "data"


@pytest.mark.parametrize("sent", [b"", b'{"do": "hall.mute"', b"x" * (2 * QUESTION)])
async def test_half_a_question_and_an_endless_one_get_no_answer(
    config: Config, hall: Hall, line: ControlSocket, sent: bytes
) -> None:
    def answer() -> bytes:
        try:
            return _send(config, sent)
        except OSError:
            return b""

    assert await asyncio.to_thread(answer) == b""
    await asked(config, "hall.mute", room="still there")
    assert hall.muted


async def test_several_questions_over_one_connection(
    config: Config, hall: Hall, line: ControlSocket
) -> None:
    sent = b'{"do": "hall.mute", "with": {"room": "a"}}\n{"do": "hall.mute"}\n'
    answers = (await asyncio.to_thread(_send, config, sent)).splitlines()
    assert [list(json.loads(one)) for one in answers] == [["answer"], ["error"]]


async def test_what_is_asked_can_be_done_without_a_socket(hall: Hall) -> None:
    await done(hall.controls, "hall.mute", {"room": "a"})
    assert hall.muted
