"""A small IMAP server (RFC 9051) of this process, with TLS: what a mailbox of a firm does."""

import base64
import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme

PASSWORD = "żółw-7"


@dataclass
class Message:
    uid: int
    content: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class Mailbox:
    """Folders with messages; ``able`` is what the server says it can, after the login."""

    folders: dict[str, list[Message]] = field(default_factory=lambda: {"INBOX": []})
    able: str = "MOVE UIDPLUS"
    validity: int = 7
    following: int = 1
    #: A command on which the server hangs up, such as ``STORE``.
    hangs_up_at: str = ""
    port: int = 0
    certificates: Path = Path()

    def put(self, content: bytes, *flags: str) -> int:
        """Have a mail arrive; return its UID."""
        uid, self.following = self.following, self.following + 1
        self.folders["INBOX"].append(Message(uid, content, set(flags)))
        return uid

    def flags(self, folder: str = "INBOX") -> dict[int, set[str]]:
        return {one.uid: one.flags for one in self.folders[folder]}

    def anew(self) -> None:
        """Number all messages anew, as a mailbox that was restored from a backup."""
        self.validity += 1
        for at, one in enumerate(self.folders["INBOX"], start=1):
            one.uid = at
        self.following = len(self.folders["INBOX"]) + 1


class _Session(socketserver.StreamRequestHandler):
    """One connection: a command a line, carried out at once."""

    disable_nagle_algorithm = True
    box: Mailbox
    inside = False

    def handle(self) -> None:
        self.say(b"* OK ready")
        for line in self.rfile:
            tag, _, whole = line.decode().strip().partition(" ")
            command, _, rest = whole.partition(" ")
            if command.upper() == "UID":
                command, _, rest = rest.partition(" ")
            if command.upper() == self.box.hangs_up_at:
                return
            answer = getattr(self, f"do_{command.lower()}")(rest)
            self.say(f"{tag} {answer or 'OK done'}".encode())
            if command.upper() == "LOGOUT":
                return

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")

    def do_capability(self, _: str) -> None:
        # As Dovecot does, it says only to who has logged in what it can.
        able = self.box.able if self.inside else "AUTH=PLAIN"
        self.say(f"* CAPABILITY IMAP4rev1 {able}".strip().encode())

    def do_authenticate(self, _: str) -> str:
        self.say(b"+ ")
        password = base64.b64decode(self.rfile.readline()).decode().rpartition("\0")[2]
        if password != PASSWORD:
            return "NO who are you"
        self.inside = True
        return "OK come in"

    def do_select(self, name: str) -> str:
        folder = self.box.folders.get(name.strip('"'))
        if folder is None:
            return "NO there is no such folder"
        self.messages = folder
        self.say(f"* {len(folder)} EXISTS".encode())
        self.say(f"* OK [UIDVALIDITY {self.box.validity}] valid".encode())
        self.say(f"* OK [UIDNEXT {self.box.following}] next".encode())
        return "OK [READ-WRITE] open"

    def do_search(self, wanted: str) -> None:
        without = {f"\\{word[2:].capitalize()}" for word in wanted.split() if word.startswith("UN")}
        found = [one for one in self.messages if not one.flags & without]
        if bounds := re.search(r"UID (\d+):(\d+|\*)", wanted):
            first, last = bounds.groups()
            highest = max((one.uid for one in found), default=0)
            end = highest if last == "*" else int(last)
            # With "*" the last one is always meant (RFC 9051, section 6.4.8).
            low, high = sorted((int(first), end))
            found = [one for one in found if low <= one.uid <= high]
        self.say(" ".join(["* SEARCH", *(str(one.uid) for one in found)]).encode())

    def do_fetch(self, rest: str) -> None:
        uid, _, what = rest.partition(" ")
        most = int(re.findall(r"<0\.(\d+)>", what)[0])
        for one in self._named(uid):
            content = one.content[:most]
            self.wfile.write(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(content)}}}\r\n".encode())
            self.wfile.write(content)
            self.say(b")")

    def do_store(self, rest: str) -> None:
        uid, _, flags = rest.split(" ", 2)
        for one in self._named(uid):
            one.flags |= set(flags.strip("()").split())

    def do_copy(self, rest: str) -> str:
        uid, _, name = rest.partition(" ")
        folder = self.box.folders.get(name.strip('"'))
        if folder is None:
            return "NO [TRYCREATE] there is no such folder"
        folder += [Message(one.uid, one.content, set(one.flags)) for one in self._named(uid)]
        return ""

    def do_move(self, rest: str) -> str:
        refusal = self.do_copy(rest)
        if not refusal:
            self._drop(rest.partition(" ")[0])
        return refusal

    def do_expunge(self, uid: str) -> None:
        self._drop(uid)

    def do_logout(self, _: str) -> None:
        self.say(b"* BYE")

    def _named(self, uid: str) -> list[Message]:
        return [one for one in self.messages if one.uid == int(uid)]

    def _drop(self, uid: str) -> None:
        self.messages[:] = [one for one in self.messages if one.uid != int(uid)]


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def serving(folder: Path) -> Iterator[Mailbox]:
    """Serve a mailbox on a free port of this machine."""
    box = Mailbox(certificates=folder / "authority.pem")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(box.certificates)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    session = type("Session", (_Session,), {"box": box})
    with _Server(("127.0.0.1", 0), session) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
