"""Uploads that are cut off, by a browser that goes or a panel that is killed, leave nothing."""

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlite_utils

from sipagent.config import Config
from sipagent.panel import people
from sipagent.panel.building import ROOMS
from sipagent.panel.guard import token_of
from sipagent.panel.permissions import Role
from sipagent.panel.sessions import Sessions
from sipagent.store.database import open_database
from tests.patience import PATIENCE
from tests.tickets.files import PDF

pytestmark = pytest.mark.line

MARK = "x5up"
#: Padding behind the end of a PDF, so that it comes in many parts.
LARGE = PDF.replace(b"trailer", b"% " + b"x" * 3_000_000 + b"\ntrailer")


class Place:
    """A folder with a panel in which somebody is, who attaches a large file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "line.db"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        (folder / "agent.toml").write_text(
            f'[paths]\ndatabase = "line.db"\nattachments = "files"\n[panel]\nport = {self.port}\n',
            "utf-8",
        )
        with closing(open_database(self.database, ROOMS)) as db:
            anna = people.add(db, "anna", Role.ADMINISTRATOR)
            with db.conn:
                self.cookie = Sessions(Config().panel).begin(
                    db, anna, datetime.now(UTC), proved=True, address="", browser=""
                )

    def request(self) -> bytes:
        """Return a form with a file, as a browser sends it."""
        fields = {"token": token_of(self.cookie), "key": "k", "subject": "Kran", "text": "Cieknie."}
        parts = [
            f'--{MARK}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        named = 'Content-Disposition: form-data; name="files"; filename="umowa.pdf"'
        file = f"--{MARK}\r\n{named}\r\nContent-Type: application/pdf\r\n\r\n"
        body = "".join((*parts, file)).encode() + LARGE + f"\r\n--{MARK}--\r\n".encode()
        origin = f"http://127.0.0.1:{self.port}"
        head = (
            f"POST /helpdesk/new HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nOrigin: {origin}\r\n"
            f"Cookie: sipagent={self.cookie}\r\nContent-Length: {len(body)}\r\n"
            f"Content-Type: multipart/form-data; boundary={MARK}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body

    def kept(self) -> list[tuple[int, bytes]]:
        """Return the tickets by number, each with its file."""
        with closing(sqlite_utils.Database(self.database)) as db:
            rows = db.execute(
                "SELECT number, file FROM tickets "
                "LEFT JOIN ticket_entries ON ticket_entries.ticket = tickets.id "
                "LEFT JOIN ticket_files ON ticket_files.entry = ticket_entries.id"
            ).fetchall()
        return [(number, (self.folder / "files" / file).read_bytes()) for number, file in rows]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["subprocess.Popen[str]"]:
        """Run the panel; it is killed (SIGKILL) at the end of the block at the latest."""
        words = (sys.executable, "-m", "sipagent", "panel", "run")
        with subprocess.Popen(
            (*words, "--config", str(self.folder / "agent.toml")), stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stderr is not None
                said = await asyncio.to_thread(process.stderr.readline)
                assert json.loads(said)["event"] == "panel open", said
                yield process
            finally:
                process.send_signal(signal.SIGKILL)

    @contextlib.asynccontextmanager
    async def sending(self, size: int | None = None) -> AsyncIterator[asyncio.StreamReader]:
        """Send so much of the form; yield what is answered."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(self.request()[:size])
            await writer.drain()
            yield reader
        finally:
            writer.close()


async def test_what_is_cut_off_leaves_nothing_and_what_was_answered_is_there(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path)
    half = len(place.request()) // 2
    async with asyncio.timeout(PATIENCE):
        async with place.running() as process:
            async with place.sending(half):  # the browser is closed
                pass
            async with place.sending(half):  # the panel is killed
                process.kill()
            await asyncio.to_thread(process.wait)
        assert place.kept() == []
        assert not (tmp_path / "files").exists()
        async with place.running() as process, place.sending():  # nobody waits for the answer
            process.kill()
            await asyncio.to_thread(process.wait)
        assert place.kept() in ([], [(101, LARGE)])
        async with place.running() as process, place.sending() as answer:
            assert b"303" in await answer.readline()
            process.kill()
            await asyncio.to_thread(process.wait)
        assert place.kept() == [(101, LARGE)]  # sent twice, there once
