"""NOTIFY on the wire, and other requests that begin no dialog, through C; in the PJSIP thread.

``scripts/pjsip/sip_notifier.c`` is the other half.
"""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass

import _pjsua2

from sipagent.errors import CallError
from sipagent.sip.outgoing import line

#: Header fields, in their order.
Fields = tuple[tuple[str, str], ...]

#: More than the fields that a dialog has in common.
_ROOM = 1 << 14
_Told = ctypes.CFUNCTYPE(None, ctypes.c_uint, ctypes.c_int)


@dataclass(frozen=True, slots=True)
class Notify:
    """A NOTIFY, or another request of its kind.

    Args:
        target: the request URI.
        cseq: the number of CSeq.
        fields: those of the dialog, and others.
        content: the type of the body.
        body: what it says.
        method: of the request.
    """

    target: str
    cseq: int
    fields: Fields
    content: str
    body: str
    method: str = "NOTIFY"


class Notifications:
    """Sends NOTIFY, and hears how it was answered."""

    def __init__(self) -> None:
        self._c = ctypes.CDLL(_pjsua2.__file__)
        self._told = _Told()

    def start(self, told: Callable[[int, int], None]) -> None:
        """Have told, by its number, with which code each NOTIFY was answered.

        Also where nobody has answered (408, 503), and perhaps before ``send`` has returned.
        """
        self._told = _Told(told)
        self._c.pjsip_notifier_use(self._told)

    def stop(self) -> None:
        """Have nothing told any more."""
        self._c.pjsip_notifier_use(_Told())

    def dialog(self, request: str, tag: str) -> Fields:
        """Return what the requests of a dialog have in common that a SUBSCRIBE has begun.

        Raises:
            CallError: it is not well-formed.
        """
        text = request.encode("utf-8", "surrogateescape")
        fields = ctypes.create_string_buffer(_ROOM)
        size = self._c.pjsip_notifier_dialog(text, len(text), tag.encode(), fields, _ROOM)
        if size < 0:
            raise CallError("the SUBSCRIBE is not well-formed")
        lines = fields.raw[:size].decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")
        pairs = tuple((name, value) for name, _, value in (one.partition(": ") for one in lines))
        _written(pairs)
        return pairs

    def send(self, number: int, notify: Notify) -> None:
        """Send one; its answer is told by the number.

        Raises:
            CallError: it cannot be sent.
        """
        status = self._c.pjsip_notifier_send(
            number,
            notify.method.encode(),
            notify.target.encode(),
            notify.cseq,
            _written(notify.fields),
            notify.content.encode(),
            notify.body.encode(),
        )
        if status:
            raise CallError(f"{notify.method} cannot be sent to {notify.target}")


def _written(fields: Fields) -> bytes:
    return "".join(line(name, value) for name, value in fields).encode()
