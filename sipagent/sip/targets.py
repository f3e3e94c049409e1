"""Where calls may be put through to: the allow-list, and the SIP URI behind a number."""

import re
from collections.abc import Callable, Collection, Sequence
from urllib.parse import unquote

from sipagent.config import TransferSection, TrunkSection
from sipagent.e164 import EMERGENCY, dear
from sipagent.telephony.party import SIP_URI, Party, TargetRefused
from sipagent.telephony.phones import Route


class Targets:
    """Decides what may be called.

    Args:
        settings: the allow-list.
        trunks: carriers, the first one preferred for numbers.
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

    def routes(self, party: Party, called: str = "") -> Sequence[Route]:
        """Return what to call for somebody: one or several ways, the first one preferred.

        Args:
            party: whom.
            called: what the caller has called, which would lead back here.

        Raises:
            TargetRefused: it may not be called, and why.
        """
        if party.contact:
            return [Route(party.contact)]
        if match := SIP_URI.fullmatch(party.uri):
            return [self._host(party.uri, match)]
        if party.number:
            return self._number(party.number, called)
        raise TargetRefused(f"{party.extension} is an extension, and no phone of it is known")

    def redirected(self, uri: str) -> Party:
        """Return whom to call where somebody who was called has sent us on to a URI (3xx).

        At a carrier or the gateway only a number can be called: whoever is called must not choose
        one that is dear, however it is written.

        Raises:
            TargetRefused: nobody can be called there.
        """
        match = SIP_URI.match(uri)
        if match is None or uri[match.end() :][:1] not in ("", ";", "?"):
            raise TargetRefused(f"{uri!r} is no SIP URI with a user")
        if match["host"].lower() in self._carriers():
            user = unquote(match["user"]).partition(";")[0]
            return Party(number=user if user.startswith("+") else f"+{user}")
        return Party(uri=match[0])

    def _carriers(self) -> set[str]:
        """Return the hosts that put numbers through, and ask who pays for it later."""
        places = [server for trunk in self._trunks for server in trunk.servers]
        places += [self._settings.gateway] if self._settings.gateway else []
        uris = [trunk.registrar for trunk in self._trunks] + [f"sip:{place}" for place in places]
        return {host_of(uri) for uri in uris}

    def _host(self, uri: str, match: re.Match[str]) -> Route:
        host, port = match["host"].lower(), match["port"] or "5060"
        if f"{host}:{port}" in self._own:
            raise TargetRefused(f"{uri} is this line itself")
        for trunk in self._trunks:
            if host == host_of(trunk.registrar):
                return Route(uri, trunk.name)
        if not {host, f"{host}:{port}"} & {allowed.lower() for allowed in self._settings.hosts}:
            raise TargetRefused(f"{host} is not among transfer.hosts")
        return Route(uri)

    def _number(self, number: str, called: str) -> list[Route]:
        settings = self._settings
        mine = {settings.number, called} - {""}
        for trunk in self._trunks:
            mine |= {trunk.user, *trunk.numbers}
        if number.lstrip("+") in {one.lstrip("+") for one in mine}:
            raise TargetRefused(f"{number} is this line itself")
        helps = number in EMERGENCY
        if not helps:
            self._check_cost(number)
        found = [Route(f"sip:{number}@{_at(one)}", one.name) for one in self._ordered(number)]
        if settings.gateway:
            name = next((t.name for t in self._trunks if _at(t) == settings.gateway.lower()), "")
            first = Route(f"sip:{number}@{settings.gateway}", name)
            return [first, *(one for one in found if one != first)] if helps else [first]
        if not found:
            raise TargetRefused("numbers need a [[trunk]] or transfer.gateway to be called at")
        return found

    def _ordered(self, number: str) -> list[TrunkSection]:
        """Return the trunks that are up, those first that prefer a number; all, if none is up."""

        def preference(trunk: TrunkSection) -> int:
            return -max((len(one) for one in trunk.prefers if number.startswith(one)), default=0)

        up = [one for one in self._trunks if self._up(one.name)] or self._trunks
        return sorted(up, key=preference)

    def _check_cost(self, number: str) -> None:
        if not number.startswith(self._settings.allow):
            raise TargetRefused(f"{number} does not begin as transfer.allow says")
        if not self._settings.premium and dear(number):
            raise TargetRefused(f"{number} may be dear to call, see transfer.premium")


def host_of(uri: str) -> str:
    """Return the host of a registrar's URI, in small letters."""
    return _at_of(uri).rpartition(":")[0] if re.search(r":\d+$", _at_of(uri)) else _at_of(uri)


def _at(trunk: TrunkSection) -> str:
    return _at_of(trunk.registrar)


def _at_of(uri: str) -> str:
    return uri.partition(":")[2].partition(";")[0].rpartition("@")[2].lower()
