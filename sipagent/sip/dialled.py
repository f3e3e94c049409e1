"""A call that this line makes, inside the PJSIP thread."""

from collections.abc import Sequence

import pjsua2 as pj

from sipagent.sip.codecs import in_order
from sipagent.sip.session import Session


class Dialled(Session):
    """A session that is told how far its INVITE has got."""

    #: Codecs that are offered before the others.
    first: Sequence[str] = ()

    def onCallSdpCreated(self, prm: pj.OnCallSdpCreatedParam) -> None:
        """Offer the codecs of the other leg first."""
        if self.first and not prm.remSdp.wholeSdp:
            prm.sdp.wholeSdp = in_order(str(prm.sdp.wholeSdp), self.first)

    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:
        """See that somebody is there: of a 100, which makes no dialog, the state says nothing."""
        state = prm.e.body.tsxState
        if state.type == pj.PJSIP_EVENT_RX_MSG and not self.confirmed and self.events is not None:
            tsx = state.tsx
            self.thread.emit(self.events.progress, 100 < tsx.statusCode < 200)
