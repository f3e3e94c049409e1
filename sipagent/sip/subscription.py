"""A subscription of a phone (RFC 6665): what it is about, and what a SUBSCRIBE asks for."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sipagent.errors import CallError
from sipagent.sip import headers
from sipagent.sip.addresses import in_uri
from sipagent.sip.event_packages import Package
from sipagent.sip.outgoing import sip_uri
from sipagent.sip.requests import Answer, Request, as_request, reached_at
from sipagent.telephony.lamps import Watch

#: Seconds of a subscription: the fewest, which spare us work, the most, and where none are named.
SHORTEST, LONGEST, USUAL = 60, 3600, 3600
_BAD, _NOT_ACCEPTABLE, _BRIEF, _BAD_EVENT = 400, 406, 423, 489
#: Longest value of Event, and most proxies on the way back, that are kept.
_LONGEST_EVENT, _MOST_HOPS = 128, 8
#: What CSeq may be (RFC 3261, section 8.1.1.5): with so many a second it begins anew every 8 years.
_MOST, _RATE = 2**31 - 1, 8


class Refused(Exception):
    """A SUBSCRIBE that changes nothing."""

    def __init__(self, code: int, *fields: tuple[str, str]) -> None:
        self.answer = Answer(code, fields)


class Watched(NamedTuple):
    """What a lamp is about: a number that is dialled, or the messages of an account."""

    package: str
    whom: str


@dataclass(slots=True)
class Subscription:
    """One lamp of a phone.

    CSeq and version grow with the time of day, so that those of an earlier run, which nobody has
    kept, are smaller: no phone answers more NOTIFYs of a lamp for long than ``_RATE`` a second.

    Args:
        watch: what is kept of it over a restart.
        connection: over which it came; 0: over none.
        ending: why it ends with the next NOTIFY (RFC 6665, section 4.1.3); empty: it goes on.
    """

    watch: Watch
    connection: int = 0
    ending: str = ""
    #: CSeq and version of the last NOTIFY.
    sent: int = 0
    #: Whether a NOTIFY waits for its answer, and whether there is news meanwhile.
    waiting: bool = False
    news: bool = False

    @property
    def watched(self) -> Watched:
        """What it is about."""
        return Watched(self.watch.package, self.watch.whom)

    @property
    def routed(self) -> bool:
        """Whether it is told over proxies."""
        return any(name == "Route" for name, _ in self.watch.dialog)

    @property
    def package(self) -> Package:
        """What it tells of."""
        return Package(self.watch.package)

    def count(self, now: datetime) -> int:
        """Return the number of the next NOTIFY."""
        self.sent = max(self.sent + 1, int(now.timestamp() * _RATE) & _MOST)
        return self.sent


def package_of(request: Request) -> Package:
    """Return what is subscribed to.

    Raises:
        Refused: there is no such package here.
    """
    name = event_of(request).partition(";")[0].strip()
    try:
        return Package(name)
    except ValueError:
        raise Refused(_BAD_EVENT, ("Allow-Events", ", ".join(Package))) from None


def event_of(request: Request) -> str:
    """Return the value of Event, with the ``id`` that tells subscriptions of a dialog apart."""
    event = next(iter(request.message.texts("Event")), "")
    if len(event) > _LONGEST_EVENT or not event.isprintable():
        raise Refused(_BAD)
    return event


def check_accepted(request: Request, package: Package) -> None:
    """Refuse where the phone does not read what it would be told (RFC 6665, section 3.1.3)."""
    accepted = ",".join(request.message.texts("Accept")).lower()
    kinds = {one.partition(";")[0].strip() for one in accepted.split(",")} - {""}
    family = package.content.partition("/")[0]
    if kinds and kinds.isdisjoint({package.content, f"{family}/*", "*/*"}):
        raise Refused(_NOT_ACCEPTABLE)


def seconds_of(request: Request) -> int:
    """Return how long the subscription is to last; 0: no longer."""
    text = next(iter(request.message.texts("Expires")), "")
    seconds = int(text) if text.isdecimal() else USUAL
    if 0 < seconds < SHORTEST:
        raise Refused(_BRIEF, ("Min-Expires", str(SHORTEST)))
    return min(seconds, LONGEST)


def cseq_of(request: Request) -> int:
    """Return the number of CSeq."""
    number = next(iter(request.message.texts("CSeq")), "").partition(" ")[0]
    if not number.isdecimal():
        raise Refused(_BAD)
    return int(number)


def call_id_of(request: Request) -> str:
    """Return the Call-ID."""
    return headers.call_id(next(iter(request.message.texts("Call-ID")), ""))


def is_routed(request: Request) -> bool:
    """Whether requests to the phone go over proxies, the way back over Record-Route."""
    hops = request.message.addresses("Record-Route")
    if len(hops) > _MOST_HOPS or (hops and not request.came_over(hops[0])):
        raise Refused(_BAD)
    return bool(hops)


def target_of(request: Request, *, routed: bool) -> str:
    """Return the URI of NOTIFY: the Contact over proxies, else where SUBSCRIBE came from."""
    contacts = [one.uri for one in request.message.contacts]
    if len(contacts) != 1:
        raise Refused(_BAD)
    try:
        if routed:
            return as_request(contacts[0])
        return reached_at(contacts[0], request.source, request.transport)
    except CallError:
        raise Refused(_BAD) from None


def entity_of(request: Request) -> str:
    """Return the URI that is subscribed to, without its parameters."""
    uri = request.message.uri
    place = in_uri(uri.host) + (f":{uri.port}" if uri.port else "")
    try:
        return sip_uri(uri.user, place)
    except CallError:
        raise Refused(_BAD) from None
