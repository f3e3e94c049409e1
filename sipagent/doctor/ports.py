"""Ports: is SIP's free or ours, and does RTP have room."""

import contextlib
import re
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

from sipagent.config import SipSection
from sipagent.doctor.finding import Finding, Patient, error, ok, warning

#: Where the kernel tells which ports it gives to others, first and last.
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
#: Ports a call takes: RTP and RTCP, and room for those that are just closing.
_PER_CALL = 4
#: Seconds that an answer to OPTIONS may take.
_PATIENCE = 1.0


def sip_port(patient: Patient) -> Iterator[Finding]:
    """Look at SIP's port: free, held by our daemon, or by somebody else."""
    sip = patient.config.sip
    where = f"{sip.address}:{sip.port}"
    if sip.port == 0:
        yield warning("sip-port", "sip.port is 0: another one each time", "set a port, as 5060")
    elif (agent := _answers(sip)) is not None:
        if patient.status is not None or sip.user_agent in agent:
            yield ok("sip-port", f"{where}: the line answers")
        else:
            yield error(
                "sip-port",
                f"{where}: another program answers ({agent or 'it does not say which'})",
                "stop it, or choose another sip.port",
            )
    elif taken := [name for name in sip.transports if not _free(sip, name)]:
        yield error(
            "sip-port",
            f"{where}: taken ({', '.join(taken)}), and whoever has it does not answer",
            f"find it: ss -lunp 'sport = {sip.port}'; or choose another sip.port",
        )
    else:
        yield ok("sip-port", f"{where}: free; the line does not run")


def rtp_ports(patient: Patient) -> Iterator[Finding]:
    """Look at the range for audio: large enough, and not where the kernel serves others."""
    sip = patient.config.sip
    first, last = sip.rtp_first_port, sip.rtp_first_port + sip.rtp_ports - 1
    needed = _PER_CALL * sip.max_calls
    if sip.rtp_ports < needed:
        yield warning(
            "rtp-ports",
            f"{sip.rtp_ports} ports are few for {sip.max_calls} calls",
            f"set sip.rtp_ports = {needed}, or lower sip.max_calls",
        )
    lowest, highest = ephemeral_ports()
    shared = max(0, min(last, highest) - max(first, lowest) + 1)
    if shared:
        yield warning(
            "rtp-ports",
            f"{first}–{last}: {shared} of them are given to any program that asks "
            f"({lowest}–{highest})",
            f"sysctl net.ipv4.ip_local_reserved_ports={first}-{last}, or move sip.rtp_first_port",
        )
    elif sip.rtp_ports >= needed:
        yield ok("rtp-ports", f"{first}–{last}: room for {sip.rtp_ports // _PER_CALL} calls")


def ephemeral_ports(file: Path = _EPHEMERAL) -> tuple[int, int]:
    """Return the first and last port that the kernel gives to programs without a wish."""
    try:
        lowest, highest = map(int, file.read_text().split())
    except (OSError, ValueError):
        return 32768, 60999  # Linux's default
    return lowest, highest


def _answers(sip: SipSection) -> str | None:
    """Return what an answer to OPTIONS calls itself; None where none comes (RFC 3261, 11)."""
    if "udp" not in sip.transports:
        return None
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(sip.address, sip.address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.settimeout(_PATIENCE)
        probe.connect((host, sip.port))
        own, port = probe.getsockname()[:2]
        target = f"[{host}]" if ":" in host else host
        via = f"[{own}]" if ":" in own else own
        mark = secrets.token_hex(8)
        lines = (
            f"OPTIONS sip:{target}:{sip.port} SIP/2.0",
            f"Via: SIP/2.0/UDP {via}:{port};branch=z9hG4bK{mark};rport",
            "Max-Forwards: 70",
            f"From: <sip:doctor@{via}>;tag={mark}",
            f"To: <sip:{target}:{sip.port}>",
            f"Call-ID: {mark}",
            "CSeq: 1 OPTIONS",
            "Content-Length: 0",
        )
        probe.send(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = probe.recv(65535).decode("utf-8", "replace")
        found = re.search(r"^(?:Server|User-Agent): *(.*?)\r?$", answer, re.MULTILINE | re.I)
        return found[1] if found else ""
    return None


def _free(sip: SipSection, transport: str) -> bool:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    family = socket.AF_INET6 if ":" in sip.address else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((sip.address, sip.port))
        except OSError:
            return False
    return True
