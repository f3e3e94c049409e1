"""SIP messages, as they are kept for who looks for a fault."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SipMessage:
    """A SIP message on the wire: when, which way, with whom (``host:port``), and its words."""

    at: datetime
    sent: bool
    peer: str
    transport: str
    text: str
    #: Its Call-ID.
    sip_id: str
