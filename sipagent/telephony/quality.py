"""How the audio of a call arrived."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    """How the audio of a call arrived, summed over all its RTP streams.

    rx is what came from the far end, tx what went to it. Jitter and round trip are milliseconds
    (RFC 3550); addresses are ``host:port``; what is not known is None.
    """

    codec: str
    rx_packets: int
    rx_lost: int
    rx_jitter_ms: float | None
    rx_jitter_max_ms: float | None
    tx_packets: int
    #: As the far end tells by RTCP.
    tx_lost: int | None
    tx_jitter_ms: float | None
    rtt_ms: float | None
    #: Mean opinion score of the worse direction, 1 to 4.5 (ITU-T G.107).
    mos: float | None
    local_rtp: str
    #: Where packets came from, and where the far end's SDP said it is.
    remote_rtp: str
    remote_sdp: str
    #: Whether packets came, but nothing could be heard in them.
    rx_silent: bool | None
