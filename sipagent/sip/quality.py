"""Reading what the RTP streams of a call went through, and summing it up (RFC 3550)."""

from collections.abc import Collection
from dataclasses import dataclass

import pjsua2 as pj

from sipagent.sip.emodel import mos
from sipagent.telephony.quality import Quality

#: Milliseconds that audio waits to fill a packet before it is sent.
_PACKET = 20.0
#: How many times its mean jitter a stream is delayed in a jitter buffer.
_BUFFER = 2.0
#: Packets from which a share of lost ones means something: half a second.
_ENOUGH = 25


@dataclass(frozen=True, slots=True)
class Stream:
    """The state of one RTP stream; hold, resume and a new codec each begin another.

    Jitter and round trip are milliseconds; None: not known.
    """

    codec: str
    rx_packets: int
    rx_lost: int
    rx_jitter: float | None
    rx_jitter_max: float | None
    tx_packets: int
    #: As the far end tells it; None: it has told nothing (no RTCP).
    tx_lost: int | None
    tx_jitter: float | None
    round_trip: float | None
    local: str
    #: Where packets came from, and where the far end's SDP said it is.
    remote: str
    announced: str


def read_stream(call: pj.Call, index: int) -> tuple[tuple[int, int], Stream]:
    """Return when a stream began, which tells it from others of its call, and how it is now.

    Raises:
        pj.Error: there is no such stream any more.
    """
    stat = call.getStreamStat(index)
    info = call.getStreamInfo(index)
    transport = call.getMedTransportInfo(index)
    rtcp = stat.rtcp
    rx, tx, trip, began = rtcp.rxStat, rtcp.txStat, rtcp.rttUsec, rtcp.start
    rx_jitter, tx_jitter = rx.jitterUsec, tx.jitterUsec
    told = tx.updateCount > 0
    return (int(began.sec), int(began.msec)), Stream(
        codec=str(info.codecName),
        rx_packets=int(rx.pkt),
        rx_lost=int(rx.loss),
        rx_jitter=rx_jitter.mean / 1000 if rx_jitter.n else None,
        rx_jitter_max=rx_jitter.max / 1000 if rx_jitter.n else None,
        tx_packets=int(tx.pkt),
        tx_lost=int(tx.loss) if told else None,
        tx_jitter=tx_jitter.mean / 1000 if told and tx_jitter.n else None,
        round_trip=trip.mean / 1000 if trip.n else None,
        local=str(transport.localRtpName),
        remote=str(transport.srcRtpName),
        announced=str(info.remoteRtpAddress),
    )


def sum_up(streams: Collection[Stream], silent: bool | None) -> Quality | None:
    """Return the quality of a call; None where it never had audio.

    Args:
        streams: all that it had, in order.
        silent: whether nothing but silence came; None where nobody listened.
    """
    if not streams:
        return None
    *_, last = streams
    told = [one for one in streams if one.tx_lost is not None]
    return Quality(
        codec=last.codec,
        rx_packets=sum(one.rx_packets for one in streams),
        rx_lost=sum(one.rx_lost for one in streams),
        rx_jitter_ms=_mean([(one.rx_jitter, one.rx_packets) for one in streams]),
        rx_jitter_max_ms=_most([one.rx_jitter_max for one in streams]),
        tx_packets=sum(one.tx_packets for one in streams),
        tx_lost=sum(one.tx_lost or 0 for one in told) if told else None,
        tx_jitter_ms=_mean([(one.tx_jitter, one.tx_packets) for one in streams]),
        rtt_ms=_mean([(one.round_trip, one.tx_packets) for one in streams]),
        mos=_worst([rated for one in streams for rated in _rated(one)]),
        local_rtp=last.local,
        remote_rtp=last.remote,
        remote_sdp=last.announced,
        rx_silent=silent if any(one.rx_packets for one in streams) else None,
    )


def _rated(stream: Stream) -> list[float]:
    """Return how both sides hear each other, as far as that is known.

    The jitter buffer does not count: the bridge takes nothing out of it while nobody listens.
    """
    delay = _PACKET + (stream.round_trip or 0.0) / 2 + _BUFFER * (stream.rx_jitter or 0.0)
    scores = []
    expected = stream.rx_packets + stream.rx_lost
    if expected >= _ENOUGH:
        scores.append(mos(stream.codec, stream.rx_lost / expected, delay))
    if stream.tx_lost is not None and stream.tx_packets >= _ENOUGH:
        lost = stream.tx_lost / stream.tx_packets
        scores.append(mos(stream.codec, min(max(lost, 0.0), 1.0), delay))
    return scores


def _mean(values: list[tuple[float | None, int]]) -> float | None:
    """Return the mean of what is known, weighted; None where nothing is."""
    known = [(value, weight) for value, weight in values if value is not None]
    weights = sum(weight for _, weight in known)
    return round(sum(value * weight for value, weight in known) / weights, 2) if weights else None


def _most(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(max(known), 2) if known else None


def _worst(scores: list[float]) -> float | None:
    return round(min(scores), 2) if scores else None
