"""PJSIP as a whole: what it asks and tells that belongs to no call and no account."""

from collections.abc import Callable

import pjsua2 as pj

from sipagent.sip.guard import Guarded


class Library(Guarded, pj.Endpoint):  # type: ignore[misc]
    """Tells whose trunk a request is, what is refused, and which connections end.

    Args:
        select: finds the account of a request.
        rejected: is told of a call that PJSIP has refused.
        disconnected: is told of a connection that has ended, by what PJSIP knows it by.
    """

    def __init__(
        self,
        select: Callable[[pj.OnSelectAccountParam], None],
        rejected: Callable[[pj.OnRejectedIncomingCallParam], None],
        disconnected: Callable[[int], None],
    ) -> None:
        super().__init__()
        self._select = select
        self._rejected = rejected
        self._disconnected = disconnected

    def onSelectAccount(self, prm: pj.OnSelectAccountParam) -> None:
        """Find the account of a request."""
        self._select(prm)

    def onRejectedIncomingCall(self, prm: pj.OnRejectedIncomingCallParam) -> None:
        """Tell of a call that PJSIP has refused."""
        self._rejected(prm)

    def onTransportState(self, prm: pj.OnTransportStateParam) -> None:
        """Follow the connections."""
        if prm.state == pj.PJSIP_TP_STATE_DISCONNECTED:
            self._disconnected(int(prm.hnd))
