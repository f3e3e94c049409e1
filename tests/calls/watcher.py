"""A phone with lamps, made by hand: SUBSCRIBE with its account, and the NOTIFYs that come."""

import re
import secrets
from typing import Any

from tests.calls.account import Phone
from tests.calls.peer import Message
from tests.patience import PATIENCE

DIALOG, MESSAGES = "dialog", "message-summary"


class Watcher(Phone):
    """One subscription; each NOTIFY that is looked at is answered.

    Args:
        port: where the line listens.
        whom: the user part of what it subscribes to.
        user: its account.
        event: the value of Event.
    """

    def __init__(
        self, port: int, whom: str, user: str = "101-1", *, event: str = DIALOG, **words: Any
    ) -> None:
        super().__init__(port, user, **words)
        self.whom, self.event = whom, event
        self.tag = secrets.token_hex(4)
        self.contact = f"<sip:{user}@192.168.77.5:5099>"
        #: What the line has called its side of the dialog, and where it is reached in it.
        self.line_tag, self.target = "", ""
        self._bytes = b""
        self._waiting: list[Message] = []

    def uri(self, method: str) -> str:
        """Return the request URI of a method."""
        place = f"127.0.0.1:{self._line[1]}"
        if method != "SUBSCRIBE":
            return f"sip:{place}"
        return self.target or f"sip:{self.whom}@{place}"

    def subscribe(self, expires: int | None = 600, *extra: str) -> Message:
        """Subscribe, or go on with it; return the last answer."""
        fields = [f"Contact: {self.contact}", f"Event: {self.event}", *extra]
        fields += [] if expires is None else [f"Expires: {expires}"]
        answer = self.asked("SUBSCRIBE", *fields)
        if answer.status == 200:
            found = re.search(r";tag=([^;]+)", answer.header("To"))
            contact = re.search(r"<(.*?)>", answer.header("Contact"))
            assert found
            assert contact, answer.text
            self.line_tag, self.target = found[1], contact[1]
        return answer

    def request(self, method: str, *fields: str, to: str = "", body: str = "") -> bytes:
        """Return a request of the dialog."""
        text = super().request(method, *fields, to=to or self.whom, body=body).decode()
        if method == "SUBSCRIBE":
            text = re.sub(r"(?m)^From: .*", f"From: {self.name};tag={self.tag}\r", text)
            if self.line_tag:
                text = re.sub(r"(?m)^(To: .*?)\r$", rf"\1;tag={self.line_tag}\r", text)
        return text.encode()

    def answer(self) -> Message:
        """Return the answer that comes next; what is told meanwhile waits."""
        return self._next(lambda one: one.status > 0, PATIENCE)

    def told(self, within: float = PATIENCE, status: str = "200 OK") -> Message:
        """Return the NOTIFY that comes next, and answer it."""
        notify = self._next(lambda one: one.text.startswith("NOTIFY "), within)
        self.send(self.reply(notify, status))
        return notify

    def lamp(self, within: float = PATIENCE) -> str:
        """Return the state that is told next."""
        return state(self.told(within))

    def quiet(self, within: float = 0.5) -> bool:
        """Whether nothing is told for so many seconds."""
        try:
            self.told(within)
        except TimeoutError:
            return True
        return False

    def _next(self, good: Any, within: float) -> Message:
        while True:
            for one in self._waiting:
                if good(one):
                    self._waiting.remove(one)
                    return one
            self._bytes += self.receive(within)
            self._cut()

    def _cut(self) -> None:
        """Take whole messages off what has come; over TCP several may come at once."""
        while b"\r\n\r\n" in self._bytes:
            head, _, rest = self._bytes.partition(b"\r\n\r\n")
            length = re.search(rb"(?mi)^Content-Length: *(\d+)", head)
            size = int(length[1]) if length else 0
            if len(rest) < size:
                return
            whole = head + b"\r\n\r\n" + rest[:size]
            self._waiting.append(Message(whole.decode()))
            self._bytes = rest[size:]


def state(notify: Message) -> str:
    """Return the state of the dialog that a NOTIFY tells."""
    found = re.search(r"<state>(\w+)</state>", notify.body)
    assert found, notify.text
    return found[1]


def version(notify: Message) -> int:
    """Return the version of a dialog-info."""
    found = re.search(r' version="(\d+)"', notify.body)
    assert found, notify.text
    return int(found[1])
