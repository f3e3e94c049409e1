"""Certificates of the line: do they fit their key, are they valid, and for how long."""

import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sipagent.doctor.finding import Finding, Patient, error, ok, warning

_DAY = 86400
#: Days before the end from which it is time to renew.
_SOON = 21


def certificates(patient: Patient) -> Iterator[Finding]:
    """Look at ``sip.certificate`` with its key, and at ``sip.authorities``."""
    sip = patient.config.sip
    for file in (sip.authorities, sip.certificate, sip.private_key):
        if file is not None and file.exists():
            file.open("rb").close()  # ssl does not say which of them this user may not read
    if sip.authorities is not None:
        yield _authorities(sip.authorities)
    if sip.certificate is not None and sip.private_key is not None:
        yield _certificate(sip.certificate, sip.private_key, sip.public_address)
    elif sip.authorities is None:
        yield ok("certificates", "none are set")


def _authorities(path: Path) -> Finding:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(path)
    except (OSError, ssl.SSLError) as trouble:
        return error("certificates", f"{path}: {_why(trouble)}", "see sip.authorities (PEM)")
    found = context.get_ca_certs()
    ended = [one for one in found if _left(one) < 0]
    if ended:
        return error("certificates", f"{path}: {len(ended)} have ended", "get the present ones")
    return ok("certificates", f"{path}: {len(found)} authorities")


def _certificate(path: Path, key: Path, name: str | None) -> Finding:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        server.load_cert_chain(path, key)
    except ssl.SSLError as trouble:
        text = "the key is another one's" if "MISMATCH" in str(trouble) else _why(trouble)
        return error(
            "certificates", f"{path}: {text}", "see sip.certificate, sip.private_key (PEM)"
        )
    except OSError as trouble:
        return error("certificates", f"{trouble.filename or path}: {_why(trouble)}", "see [sip]")
    try:
        shown = presented(server, path)
    except ssl.SSLCertVerificationError as trouble:
        return error("certificates", f"{path}: {trouble.verify_message}", "renew it")
    days = int(_left(shown) // _DAY)
    names = [value for _, value in shown.get("subjectAltName", ())]
    if days < _SOON:
        return warning("certificates", f"{path}: ends in {days} days", "renew it")
    if name and name not in names:
        return warning(
            "certificates",
            f"{path}: is for {', '.join(names) or 'no name'}, not for sip.public_address {name}",
            "peers that compare names will refuse it: have it made for that address too",
        )
    return ok("certificates", f"{path}: fits its key, {days} days left, for {', '.join(names)}")


def presented(server: ssl.SSLContext, path: Path) -> dict[str, Any]:
    """Return the certificate that a server with this context shows, as ``ssl`` decodes it.

    The two sides shake hands in memory; the client trusts the certificate itself, so that what
    remains to be found wrong is the certificate's own: above all, its end.

    Raises:
        SSLCertVerificationError: it is not valid now.
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.load_verify_locations(path)
    client.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(one, other), server.wrap_bio(other, one, server_side=True)]
    waiting = list(ends)
    while waiting:
        for end in list(waiting):
            try:
                end.do_handshake()
                waiting.remove(end)
            except ssl.SSLWantReadError:
                pass  # it is the other one's turn
    return ends[0].getpeercert() or {}


def _left(certificate: dict[str, Any]) -> float:
    return ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()


def _why(trouble: OSError) -> str:
    reason = trouble.reason if isinstance(trouble, ssl.SSLError) else trouble.strerror
    return str(reason or trouble)
