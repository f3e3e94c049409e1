"""SIP MESSAGE (RFC 3428): texts of phones and trunks come in, and go out to phones.

Who may send one is decided before (``sipagent.sip.authority``). It is answered 202, for what
becomes of it is known later; the thread of PJSIP waits for no disk.
"""

import asyncio
import hashlib
import itertools
import re
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence

import structlog

from sipagent.errors import CallError
from sipagent.rate import Limit
from sipagent.sip.headers import Message
from sipagent.sip.notifications import Notifications, Notify
from sipagent.sip.outgoing import name_addr, sip_uri
from sipagent.sip.registrar import target
from sipagent.sip.requests import PASS, Answer, Request
from sipagent.sip.thread import PjThread
from sipagent.telephony.accounts import Binding
from sipagent.telephony.party import Caller
from sipagent.telephony.texting import PhoneText, Texting
from sipagent.text import cleaned, printable

#: Bytes of a body: RFC 3428 (section 8) wants no more than 1,300 where the way is not known.
LARGEST = 4096
#: Texts that a sender may send at once; after them one a second is taken.
_BURST = 20.0
_TAKEN, _BAD, _LARGE, _TYPE, _LATER = 202, 400, 413, 415, 503
_PLAIN = "text/plain"
_LENGTH = re.compile(r"[0-9]{1,9}")
#: UTF-8, which is what is meant where nothing is said (RFC 3261, section 7.4.1), and what it holds.
_CHARSETS = frozenset({"", "utf-8", "us-ascii"})
#: Of MESSAGEs, above those of NOTIFYs.
FIRST = 1 << 31
#: Seconds until a phone has answered: PJSIP gives up after 32 (RFC 3261, section 17.1.2.2).
_ANSWER = 40.0

log = structlog.get_logger(__name__)

#: Returns who has sent a request, what was called, and the names of the trunk and of the dialog.
Parties = Callable[[Message, str], tuple[Caller, str, str, str]]


class Texts:
    """The texts of an endpoint; what comes in is taken in PJSIP's thread.

    Args:
        texting: takes texts; None: nobody does, and they are refused as ever (405).
        thread: of PJSIP.
        wire: sends requests.
        parties: says who has sent a request.
        bindings: returns where an account is reached.
        here: returns the host and port at which who sends from a place reaches the line.
    """

    def __init__(
        self,
        texting: Texting | None,
        thread: PjThread,
        wire: Notifications,
        parties: Parties,
        bindings: Callable[[str], Sequence[Binding]],
        here: Callable[[str, str], str],
    ) -> None:
        self._texting = texting
        self._thread = thread
        self._wire = wire
        self._parties = parties
        self._bindings = bindings
        self._here = here
        self._limits: defaultdict[tuple[str, str], Limit] = defaultdict(lambda: Limit(_BURST))
        self._numbers = itertools.count(FIRST)
        self._sent: dict[int, asyncio.Future[bool]] = {}

    def start(self) -> None:
        """Let the house send texts to phones."""
        if self._texting is not None:
            self._texting.reach(self.send)

    async def send(self, account: str, sender: str, name: str, body: str) -> bool:
        """Send a text to all phones of an account; see ``telephony.texting.SendText``."""
        numbers = await self._thread.run(self._begin, account, sender, name, body)
        answers = {number: self._sent[number] for number in numbers}
        try:
            if not answers:
                return False
            done, _ = await asyncio.wait(answers.values(), timeout=_ANSWER)
            return any(one.result() for one in done)
        finally:
            for number in answers:
                self._sent.pop(number, None)

    # In the PJSIP thread

    def take(self, request: Request) -> Answer:
        """Return how a MESSAGE is answered; one that is taken is handed over."""
        if self._texting is None:
            return Answer(PASS)
        try:
            body = body_of(request)
        except Unread as unread:
            return unread.answer
        caller, called, trunk, _ = self._parties(request.message, request.source)
        if not self._limits[caller.extension, trunk].pass_one()[0]:
            return Answer(_LATER, (("Retry-After", "2"),))
        code = self._texting.judge(caller, called, trunk)
        if code == _TAKEN:
            text = PhoneText(_key(request), caller, called, body, trunk)
            self._thread.emit(self._texting.take, text)
        return Answer(code)

    def answered(self, number: int, code: int) -> None:
        """Take the answer of a phone."""
        self._thread.emit(self._told, number, 200 <= code < 300)

    def _begin(self, account: str, sender: str, name: str, body: str) -> list[int]:
        numbers = []
        for binding in self._bindings(account):
            number = next(self._numbers)
            self._sent[number] = self._thread.loop.create_future()
            numbers.append(number)
            try:
                self._wire.send(number, self._message(binding, sender, name, body))
            except CallError as error:
                log.warning("a phone gets no text", account=account, reason=str(error))
                self.answered(number, _BAD)
        return numbers

    def _message(self, binding: Binding, sender: str, name: str, body: str) -> Notify:
        place = self._here(binding.source, binding.transport)
        origin = name_addr(sip_uri(sender, place), name, tag=secrets.token_hex(8))
        fields = (
            ("From", origin),
            ("To", f"<{sip_uri(binding.account, place)}>"),
            ("Call-ID", secrets.token_hex(16)),
        )
        return Notify(target(binding), 1, fields, _PLAIN, cleaned(body), "MESSAGE")

    # In the asyncio loop

    def _told(self, number: int, taken: bool) -> None:
        answer = self._sent.get(number)
        if answer is not None and not answer.done():
            answer.set_result(taken)


class Unread(Exception):
    """A MESSAGE has no words that can be taken."""

    def __init__(self, code: int, *fields: tuple[str, str]) -> None:
        super().__init__(str(code))
        self.answer = Answer(code, fields)


def body_of(request: Request) -> str:
    """Return the words of a MESSAGE: plain text in UTF-8, on one line.

    Raises:
        Unread: it has none, and how it is answered.
    """
    message = request.message
    kind, *parameters = next(iter(message.texts("Content-Type")), "").lower().split(";")
    charset = next(
        (
            value.strip(' "')
            for name, _, value in (one.partition("=") for one in parameters)
            if name.strip() == "charset"
        ),
        "",
    )
    if kind.strip() != _PLAIN or charset not in _CHARSETS or message.texts("Content-Encoding"):
        raise Unread(_TYPE, ("Accept", _PLAIN))
    body = request.text.partition("\r\n\r\n")[2].encode("utf-8", "surrogateescape")
    length = next(iter(message.texts("Content-Length")), "")
    body = body[: int(length)] if _LENGTH.fullmatch(length) else body
    if len(body) > LARGEST:
        raise Unread(_LARGE)
    try:
        words = printable(body.decode("utf-8")).strip()
    except UnicodeDecodeError:
        raise Unread(_BAD) from None
    if not words:
        raise Unread(_BAD)
    return words


def _key(request: Request) -> str:
    """Return what names a MESSAGE, also one that is sent again (RFC 3261, section 17.2.3)."""
    message = request.message
    parts = [next(iter(message.texts(name)), "") for name in ("Call-ID", "CSeq", "From")]
    named = "\n".join((request.source.rpartition(":")[0], *parts))
    return f"sip:{hashlib.sha256(named.encode('utf-8', 'surrogateescape')).hexdigest()}"
