"""Why one side of a call hears nothing, from what was counted in it: no I/O here."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

#: Shared address space of carriers (RFC 6598), which is no more reachable than RFC 1918.
_CARRIER = ipaddress.ip_network("100.64.0.0/10")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Trouble(StrEnum):
    """The kinds of one-way audio."""

    NONE = "ok"
    NO_RTP_IN = "no-rtp-in"
    SILENT = "silent-rtp-in"
    TO_PRIVATE = "rtp-to-private-address"
    NO_RTP_OUT = "no-rtp-out"


@dataclass(frozen=True, slots=True)
class CallAudio:
    """What was counted in a call; addresses with or without port, empty where not known.

    Args:
        rx_packets: RTP packets that came in.
        tx_packets: RTP packets that went out.
        rx_silent: whether nothing but silence came in; None: nobody listened.
        remote_sdp: where the far end said that it listens (RFC 4566, ``c=`` and ``m=``).
        remote_rtp: where its packets came from, and ours go to.
        local_rtp: the address that we told the far end.
    """

    rx_packets: int
    tx_packets: int
    rx_silent: bool | None = None
    remote_sdp: str = ""
    remote_rtp: str = ""
    local_rtp: str = ""

    @classmethod
    def of(cls, quality: Mapping[str, Any]) -> "CallAudio":
        """Return what a call record says; what it lacks counts as not known."""
        return cls(
            int(quality.get("rx_packets") or 0),
            int(quality.get("tx_packets") or 0),
            quality.get("rx_silent"),
            str(quality.get("remote_sdp") or ""),
            str(quality.get("remote_rtp") or ""),
            str(quality.get("local_rtp") or ""),
        )


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was wrong, in a sentence, and what to do."""

    trouble: Trouble
    text: str
    advice: str = ""


def diagnose(audio: CallAudio) -> Diagnosis:
    """Return why one side heard nothing; ``Trouble.NONE`` where both could hear."""
    if not audio.rx_packets:
        return _nothing_came(audio)
    if not audio.tx_packets:
        return Diagnosis(
            Trouble.NO_RTP_OUT,
            "the line sent no RTP, so the caller heard nothing",
            "look for a hold (a=recvonly, a=inactive) in the SDP: log.pjsip = 5; or the call "
            "ended before the first prompt",
        )
    if _out_of_reach(audio.remote_rtp, audio.local_rtp):
        return _sent_into_the_void(audio)
    if audio.rx_silent:
        return Diagnosis(
            Trouble.SILENT,
            f"{audio.rx_packets} RTP packets came in, and all of them were silent",
            "the phone was muted, its microphone does not work, or it sends another codec than "
            "it agreed to; compare sip.codecs with the phone's",
        )
    return Diagnosis(
        Trouble.NONE, f"audio both ways: {audio.rx_packets} in, {audio.tx_packets} out"
    )


def _nothing_came(audio: CallAudio) -> Diagnosis:
    if _out_of_reach(audio.local_rtp, audio.remote_sdp):
        why = f"no RTP came in: the far end was told the private address {audio.local_rtp}"
        advice = "set sip.public_address to the address that the far end sees"
    elif _out_of_reach(audio.remote_sdp, audio.local_rtp):
        why = (
            f"no RTP came in: the far end is behind a NAT, and ours went to {audio.remote_sdp}, "
            "which nobody reaches"
        )
        advice = "the phone needs its own NAT set up (STUN), or a proxy that relays its media"
    else:
        why = "no RTP came in"
        advice = (
            "a firewall holds it: open the UDP ports from sip.rtp_first_port on, "
            "sip.rtp_ports of them"
        )
    return Diagnosis(Trouble.NO_RTP_IN, why, advice)


def _sent_into_the_void(audio: CallAudio) -> Diagnosis:
    return Diagnosis(
        Trouble.TO_PRIVATE,
        f"the line sent its RTP to {audio.remote_rtp}, a private address that it cannot reach",
        "the far end is behind a NAT and sends from another port than it listens on (no symmetric "
        "RTP, RFC 4961); have its NAT or its proxy write its public address into the SDP",
    )


def _out_of_reach(target: str, other: str) -> bool:
    """Return whether ``target`` is a private address, and ``other`` is outside of that network."""
    there, here = _address(target), _address(other)
    return there is not None and here is not None and _private(there) and not _private(here)


def _private(address: _Address) -> bool:
    return address.is_private or address in _CARRIER


def _address(text: str) -> _Address | None:
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
