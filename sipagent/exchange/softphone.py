"""What is typed into a softphone: account, password and server; and Linphone's file of them."""

import ipaddress
import secrets
import socket
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass

from sipagent.config import SipSection
from sipagent.exchange.model import Phone, User
from sipagent.sip.addresses import ANY, in_uri, own_hosts
from sipagent.telephony.accounts import Account

#: Letters and digits that nobody takes for each other; 24 of them are 118 bits.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 24
_NAMESPACE = "http://www.linphone.org/xsds/lpconfig.xsd"


@dataclass(frozen=True, slots=True)
class Server:
    """Where a phone registers: ``host:port``, and how it gets there."""

    place: str
    transport: str

    @property
    def uri(self) -> str:
        """The server as a SIP URI."""
        return f"sip:{self.place};transport={self.transport}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The three values of a softphone, and whose it is."""

    account: str
    password: str
    server: Server
    realm: str
    shown: str

    def __str__(self) -> str:
        """Return them as they are shown once, a line each."""
        place = f"{self.server.place} ({self.server.transport.upper()})"
        return f"Account:  {self.account}\nPassword: {self.password}\nServer:   {place}"


def password() -> str:
    """Return a password by lot."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def hashes(account: str, word: str, realm: str) -> dict[str, str]:
    """Return the fields of a phone that are kept of a password."""
    known = Account.of(account, word, realm=realm, extension="")
    return {"realm": realm, "md5": known.md5, "sha256": known.sha256}


def free_account(user: User, phones: tuple[Phone, ...]) -> str:
    """Return the name of one more account of a user: ``101-1``, or the first that is free."""
    taken = {one.account for one in phones}
    names = (f"{user.number}-{count}" for count in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def server_of(sip: SipSection) -> Server:
    """Return where phones register by the settings; TLS is preferred to TCP, and that to UDP."""
    transport = next(one for one in ("tls", "tcp", "udp") if one in sip.transports)
    port = sip.tls_port if transport == "tls" else sip.port
    return Server(f"{_host(sip)}:{port}", transport)


def _host(sip: SipSection) -> str:
    """Return under which address the line is reached from another machine, as a URI has it."""
    if sip.public_address:
        return in_uri(sip.public_address)
    if sip.address not in ANY:
        return in_uri(sip.address)
    near = (one for one in sorted(own_hosts(sip.address, None)) if _is_reached(one))
    return next(near, socket.gethostname())


def _is_reached(host: str) -> bool:
    try:
        found = ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return not (found.is_loopback or found.is_unspecified)


def linphone(one: Credentials) -> bytes:
    """Return the file that Linphone is set up by (its remote provisioning)."""
    domain = one.server.place.rpartition(":")[0]
    sections = {
        "sip": {"default_proxy": "0"},
        # It is fetched once, and not at each start: the link that it came by holds no longer.
        "misc": {"transient_provisioning": "1"},
        "proxy_0": {
            "reg_proxy": f"<{one.server.uri}>",
            "reg_identity": f'"{_quoted(one.shown)}" <sip:{one.account}@{domain}>',
            "reg_expires": "600",
            "reg_sendregister": "1",
            "realm": one.realm,
        },
        "auth_info_0": {
            "username": one.account,
            "passwd": one.password,
            "realm": one.realm,
            "domain": domain,
        },
    }
    return _config(sections)


def _config(sections: Mapping[str, Mapping[str, str]]) -> bytes:
    root = ET.Element("config", xmlns=_NAMESPACE)
    for name, entries in sections.items():
        section = ET.SubElement(root, "section", name=name)
        for key, value in entries.items():
            ET.SubElement(section, "entry", name=key, overwrite="true").text = value
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _quoted(name: str) -> str:
    """Return a display name as a quoted string has it (RFC 3261, section 25.1)."""
    return name.replace("\\", "\\\\").replace('"', '\\"')
