"""Callers with session timers (RFC 4028): each does one thing in a call of a minute.

The shortest interval of the standard is 90 s: the line refreshes after 45 s, and gives up a far
end that should have refreshed 30 s before the interval is over.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from tests.calls.caller import ANNA
from tests.calls.daemon import Daemon
from tests.calls.farend import FarEnd

TIMER, UPDATE = "Supported: timer", "Allow: INVITE, ACK, BYE, CANCEL, UPDATE"
BY_LINE, BY_CALLER = (f"Session-Expires: 90;refresher={who}" for who in ("uas", "uac"))
#: Seconds after which a call that is not refreshed any more is over, and a live one is not.
OVER, ALIVE = 60.0, 62.0


@dataclass(frozen=True)
class Outcome:
    """What became of a call.

    ``answer`` is the Session-Expires of the 200, ``refreshed`` the method of the line's refresh.
    """

    sip_id: str
    answer: str
    refreshed: str
    hung_up: bool
    seconds: float
    heard: bool


Timed = Future[Outcome]


def _call(
    line: Daemon,
    extra: tuple[str, ...],
    *,
    reply: str = "200 OK",
    refresh: str = "",
    clash: bool = False,
) -> Outcome:
    """Make a call; ``refresh`` it with that method, or see the line do so, and ``reply``.

    ``clash``: cross the line's refresh with a re-INVITE of its own.
    """
    with FarEnd(line.port, ANNA, *extra) as phone:
        answer = phone.call(phone.sdp())
        began = time.monotonic()
        phone.reply = reply
        if BY_LINE in extra:
            phone.reply_extra = ("Require: timer", "Session-Expires: 90;refresher=uac")
        if refresh:
            phone.await_bye_until(began + 20)
            if refresh == "UPDATE":
                assert phone.ask("UPDATE", "", TIMER, BY_CALLER).status == 200
            else:
                assert phone.call(phone.sdp()).status == 200
        phone.await_bye_until(began + 40)
        if not phone.hung_up:
            phone.press("*")  # the line shall not give up somebody who says nothing
        if clash:
            _clash(phone)
        phone.await_bye_until(began + ALIVE)
        seconds = time.monotonic() - began
        heard = not phone.hung_up and bool(phone.packets(0.2))
        methods = "".join(request.method for request in phone.requests)
        return Outcome(
            phone.call_id, answer.header("Session-Expires"), methods, phone.hung_up, seconds, heard
        )


def _clash(phone: FarEnd) -> None:
    """Let two INVITEs cross: both get 491 (RFC 3261, section 14.1), the caller's next one 200."""
    phone.reply = ""
    request = phone.request("INVITE")
    assert phone.call(phone.sdp()).status == 491
    phone.reply = "491 Request Pending"
    phone.respond(request)
    time.sleep(1.0)
    phone.reply = "200 OK"
    assert phone.call(phone.sdp()).status == 200
    phone.requests.clear()


#: Every habit, by name.
HABITS: dict[str, Callable[[Daemon], Outcome]] = {
    "asks the line": lambda line: _call(line, (TIMER, BY_LINE, UPDATE)),
    "knows no timers": lambda line: _call(line, ()),
    "crosses a refresh": lambda line: _call(line, (TIMER, BY_LINE), clash=True),
    "refreshes by UPDATE": lambda line: _call(line, (TIMER, BY_CALLER), refresh="UPDATE"),
    "refreshes by INVITE": lambda line: _call(line, (TIMER, BY_CALLER), refresh="INVITE"),
    "stops": lambda line: _call(line, (TIMER, BY_CALLER)),
    "knows the call no more": lambda line: _call(
        line, (TIMER, BY_LINE), reply="481 Call/Transaction Does Not Exist"
    ),
}
