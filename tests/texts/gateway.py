"""A gateway made by hand: it answers as a test says, and remembers what it was asked."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Asked:
    """What a gateway was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class FakeGateway:
    """Answers with these codes, one after the other, the last one for ever."""

    answers: Sequence[int] = (202,)
    said: str = '{"ok": true}'
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        self._news = threading.Condition()

    def wait_for(self, count: int, within: float = 20.0) -> list[Asked]:
        """Return what it was asked, once that is so many times."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.asked) >= count, within), self.asked
            return list(self.asked)

    def take(self, asked: Asked) -> int:
        """Remember a question; return the code of the answer."""
        with self._news:
            code = self.answers[min(len(self.asked), len(self.answers) - 1)]
            self.asked.append(asked)
            self._news.notify_all()
        return code


@contextlib.contextmanager
def serving(gateway: FakeGateway) -> Iterator[FakeGateway]:
    """Let a gateway answer on a free port of this machine for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length).decode()
            asked = Asked(self.command, self.path, dict(self.headers), body)
            self.send_response(gateway.take(asked))
            self.send_header("Content-Length", str(len(gateway.said)))
            self.end_headers()
            self.wfile.write(gateway.said.encode())

        do_GET = do_POST

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gateway.url = f"http://127.0.0.1:{server.server_port}/send"
    serve = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serve.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        serve.join()
        server.server_close()
