"""Where calls may be put through to: the allow-list, and the SIP URI behind a number."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from sipagent.config import TransferSection, TrunkSection
from sipagent.e164 import dear
from sipagent.errors import CallError

_URI = re.compile(
    r"(?P<scheme>sips?):(?P<user>[\w.!~*'()&=+$,;?/%-]+)@"
    r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?"
    r"(?:;transport=(?:udp|tcp|tls))?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\+[1-9]\d{3,14}")


class TargetRefused(CallError):
    """A target that must not or cannot be called; the text says why."""

    code = "target-refused"


@dataclass(frozen=True, slots=True)
class Target:
    """What to call: a SIP URI, and the trunk to call it over (empty: none)."""

    uri: str
    trunk: str = ""

    @property
    def place(self) -> str:
        """Its host, with the port where there is one."""
        return self.uri.rpartition("@")[2].partition(";")[0]


class Targets:
    """Decides what may be called.

    Args:
        settings: the allow-list.
        trunks: carriers; the first one that is up takes numbers.
        own: addresses of this line as ``host:port``: a call to one of them would never end.
        up: whether calls can go over the trunk of that name.
    """

    def __init__(
        self,
        settings: TransferSection,
        trunks: Sequence[TrunkSection],
        own: Collection[str],
        up: Callable[[str], bool] = lambda name: True,
    ) -> None:
        self._settings = settings
        self._trunks = trunks
        self._own = frozenset(own)
        self._up = up

    def resolve(self, target: str, called: str = "") -> Target:
        """Return what to call for a number (E.164) or a SIP URI.

        Args:
            target: number or URI.
            called: what the caller has called, which would lead back here.

        Raises:
            TargetRefused: it may not be called, and why.
        """
        if match := _URI.fullmatch(target):
            return self._host(target, match)
        if _NUMBER.fullmatch(target):
            return self._number(target, called)
        raise TargetRefused(f"{target!r} is neither a number such as +48221234567 nor a SIP URI")

    def redirected(self, uri: str, called: str = "") -> Target:
        """Return what to call where somebody who was called has sent us on to a URI (3xx).

        At a carrier only a number can be called: whoever is called must not choose one that is
        dear, however it is written.

        Raises:
            TargetRefused: it may not be called, and why.
        """
        match = _URI.match(uri)
        if match is None or uri[match.end() :][:1] not in ("", ";", "?"):
            raise TargetRefused(f"{uri!r} is no SIP URI with a user")
        if match["host"].lower() in {host_of(trunk.registrar) for trunk in self._trunks}:
            user = unquote(match["user"]).partition(";")[0]
            return self.resolve(user if user.startswith("+") else f"+{user}", called)
        return self._host(match[0], match)

    def _host(self, uri: str, match: re.Match[str]) -> Target:
        host, port = match["host"].lower(), match["port"] or "5060"
        if f"{host}:{port}" in self._own:
            raise TargetRefused(f"{uri} is this line itself")
        for trunk in self._trunks:
            if host == host_of(trunk.registrar):
                return Target(uri, trunk.name)
        if not {host, f"{host}:{port}"} & {allowed.lower() for allowed in self._settings.hosts}:
            raise TargetRefused(f"{host} is not among transfer.hosts")
        return Target(uri)

    def _number(self, number: str, called: str) -> Target:
        settings = self._settings
        mine = {settings.number, called} - {""}
        for trunk in self._trunks:
            mine |= {trunk.user, *trunk.numbers}
        if number.lstrip("+") in {one.lstrip("+") for one in mine}:
            raise TargetRefused(f"{number} is this line itself")
        if not number.startswith(settings.allow):
            raise TargetRefused(f"{number} does not begin as transfer.allow says")
        if not settings.premium and dear(number):
            raise TargetRefused(f"{number} may be dear to call, see transfer.premium")
        if settings.gateway:
            name = next((t.name for t in self._trunks if _at(t) == settings.gateway.lower()), "")
            return Target(f"sip:{number}@{settings.gateway}", name)
        if not self._trunks:
            raise TargetRefused("numbers need a [[trunk]] or transfer.gateway to be called at")
        first = next((one for one in self._trunks if self._up(one.name)), self._trunks[0])
        return Target(f"sip:{number}@{_at(first)}", first.name)


def is_sip_uri(text: str) -> bool:
    """Whether a text is a SIP URI with a user that a call can be put through to."""
    return _URI.fullmatch(text) is not None


def host_of(uri: str) -> str:
    """Return the host of a registrar's URI, in small letters."""
    return _at_of(uri).rpartition(":")[0] if re.search(r":\d+$", _at_of(uri)) else _at_of(uri)


def _at(trunk: TrunkSection) -> str:
    return _at_of(trunk.registrar)


def _at_of(uri: str) -> str:
    return uri.partition(":")[2].partition(";")[0].rpartition("@")[2].lower()
