"""Self-test of a build of pjsua2: a call from the library to itself, answered, with keys.

Prints what was built, or ends with a sentence that says what does not work.
"""

import ctypes
import sys
import time
from collections.abc import Callable
from typing import Any

import _pjsua2
import pjsua2
import pjsua2_build

#: Seconds that each step of the call may take.
PATIENCE = 60.0
KEYS = "1*#"

calls: list["Call"] = []
keys: list[str] = []
states: list[str] = []


class Call(pjsua2.Call):  # type: ignore[misc]
    """Either end of the call."""

    def onCallState(self, _event: Any) -> None:
        states.append(self.getInfo().stateText)

    def onDtmfDigit(self, event: Any) -> None:
        keys.append(event.digit)


class Account(pjsua2.Account):  # type: ignore[misc]
    """Answers."""

    def onIncomingCall(self, event: Any) -> None:
        calls.append(Call(self, event.callId))
        answer = pjsua2.CallOpParam()
        answer.statusCode = 200
        calls[-1].answer(answer)


def main() -> None:
    """Start the library, make the call, and compare with what ``pjsua2_build`` says."""
    endpoint = pjsua2.Endpoint()
    endpoint.libCreate()
    config = pjsua2.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 1
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = 1_000_000
    endpoint.libInit(config)
    version = endpoint.libVersion().full
    slots = ctypes.CDLL(_pjsua2.__file__).pjsua_call_get_max_count()
    if not version.startswith(pjsua2_build.VERSION) or slots != pjsua2_build.MAX_CALLS:
        sys.exit(f"pjsua2 {version} with {slots} calls is not what pjsua2_build says.")
    call_itself(endpoint)
    if "".join(keys) != KEYS:
        sys.exit(f"The keys {KEYS} were pressed, and {''.join(keys)} arrived.")
    endpoint.libDestroy()
    print(f"pjsua2 {version}, {slots} calls, key {pjsua2_build.KEY}")


def call_itself(endpoint: Any) -> None:
    """Call over loopback, press the keys, and hang up."""
    endpoint.audDevManager().setNullDev()
    transport = pjsua2.TransportConfig()
    transport.boundAddress = "127.0.0.1"
    number = endpoint.transportCreate(pjsua2.PJSIP_TRANSPORT_UDP, transport)
    address = endpoint.transportGetInfo(number).localName
    endpoint.libStart()
    settings = pjsua2.AccountConfig()
    settings.idUri = f"sip:test@{address}"
    settings.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
    account = Account()
    account.create(settings)
    caller = Call(account)
    caller.makeCall(f"sip:test@{address}", pjsua2.CallOpParam(True))
    wait(endpoint, lambda: states.count("CONFIRMED") == 2, "The call")
    caller.dialDtmf(KEYS)
    wait(endpoint, lambda: len(keys) >= len(KEYS), "A key")
    caller.hangup(pjsua2.CallOpParam())
    wait(endpoint, lambda: states.count("DISCONNECTED") == 2, "The end of the call")
    calls.clear()


def wait(endpoint: Any, there: Callable[[], bool], what: str) -> None:
    """Let the library work until something is there."""
    end = time.monotonic() + PATIENCE
    while not there():
        if time.monotonic() > end:
            sys.exit(f"{what} did not come about within {PATIENCE:g} s: {states}, {keys}.")
        endpoint.libHandleEvents(20)


if __name__ == "__main__":
    main()
