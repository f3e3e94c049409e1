"""All checks, in the order in which they are made."""

from collections.abc import Iterator

from sipagent.doctor import certificates, clock, line, machine, ports, servers, service, speech
from sipagent.doctor.finding import Check, Finding, Patient, closed, error

CHECKS: tuple[Check, ...] = (
    line.running,
    line.registration,
    service.service,
    ports.sip_port,
    ports.rtp_ports,
    servers.trunk_servers,
    certificates.certificates,
    clock.clock,
    machine.disk,
    machine.database,
    machine.open_files,
    machine.memory,
    machine.processor,
    speech.voices,
    speech.transcription,
    servers.mail,
    servers.mailbox,
    servers.texts,
)


def examine(patient: Patient, checks: tuple[Check, ...] = CHECKS) -> Iterator[Finding]:
    """Make the checks one after the other; one that fails itself is a finding, too."""
    for check in checks:
        try:
            yield from check(patient)
        except PermissionError as trouble:
            yield closed(check.__name__, trouble)
        except Exception as trouble:  # the others still have something to say
            yield error(check.__name__, f"the check failed: {trouble!r}", "tell us")
