"""Reading header fields out of a SIP message as it came (RFC 3261, section 7.3)."""

import re

_COMPACT = {"f": "from", "t": "to", "m": "contact", "i": "call-id", "v": "via"}
_FOLD = re.compile(r"\r?\n[ \t]+")
_URI = re.compile(r"(?P<scheme>sips?|tel):(?P<rest>[^>;?\s]*)", re.IGNORECASE)
_QUOTED = re.compile(r'^\s*"((?:[^"\\]|\\.)*)"')
#: Hops of a route that are looked at.
_MOST_HOPS = 8
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")


def fields(message: str, name: str) -> list[str]:
    """Return the values of all header fields of that name, in order, unfolded."""
    head = _FOLD.sub(" ", message.split("\r\n\r\n", 1)[0])
    values = []
    for line in head.splitlines()[1:]:
        found, colon, value = line.partition(":")
        found = found.strip().lower()
        if colon and _COMPACT.get(found, found) == name.lower():
            values.append(value.strip())
    return values


def user_part(value: str) -> str:
    """Return the user of the first URI in a header value; for tel URIs the number itself."""
    match = _URI.search(_QUOTED.sub("", value))
    if match is None:
        return ""
    rest = match["rest"]
    user = rest if match["scheme"].lower() == "tel" else rest.rpartition("@")[0]
    return _ESCAPE.sub(lambda code: chr(int(code[1], 16)), user.partition(":")[0])


def place_of(uri: str) -> str:
    """Return host and port of a SIP URI as they stand there, without its parameters."""
    match = _URI.search(uri)
    return match["rest"].rpartition("@")[2].partition("?")[0] if match else ""


def host_of(uri: str) -> str:
    """Return the host of a SIP URI, without port, parameters and brackets."""
    place = place_of(uri)
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place.partition(":")[0]


def way_back(message: str) -> list[str]:
    """Return the URIs that requests of ours would go to: the route, and the far end itself."""
    values = [*fields(message, "Record-Route"), *fields(message, "Contact")[:1]]
    found = (_URI.search(_QUOTED.sub("", one)) for value in values for one in value.split(","))
    return [match[0] for match in found if match][:_MOST_HOPS]


def moved_to(message: str) -> str:
    """Return the URI that an answer of class 3xx sends us on to; empty where it names none."""
    return (way_back(message) or [""])[-1]


def display_name(value: str) -> str:
    """Return the display name of a name-addr, without quotes; empty where there is none."""
    if match := _QUOTED.match(value):
        return re.sub(r"\\(.)", r"\1", match[1]).strip()
    name, bracket, _ = value.partition("<")
    return name.strip() if bracket else ""


def request_user(message: str) -> str:
    """Return the user of the request URI; empty where it has none."""
    parts = message.split(maxsplit=2)
    return user_part(parts[1]) if len(parts) > 1 else ""


def called_users(message: str) -> list[str]:
    """Return the users that a request may be for, the likeliest first.

    A carrier that knows the line by its registration writes that into the request URI, and the
    number that was called into To, or into P-Called-Party-ID (RFC 7315, section 4.2).
    """
    values = [*fields(message, "To")[:1], *fields(message, "P-Called-Party-ID")[:1]]
    users = [request_user(message), *map(user_part, values)]
    return list(dict.fromkeys(user for user in users if user))


def allows(message: str, method: str) -> bool:
    """Whether the sender takes requests of a method; who sends no Allow may (RFC 3261, 20.5)."""
    listed = ",".join(fields(message, "Allow")).upper().split(",")
    return listed == [""] or method in {name.strip() for name in listed}
