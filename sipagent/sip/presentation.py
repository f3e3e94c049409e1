"""Who is shown to the called: From, and the header fields in which a carrier looks for a number."""

from collections.abc import Collection

from sipagent.sip.outgoing import name_addr, sip_uri
from sipagent.telephony.phones import Origin

#: Name and value of a header field.
Field = tuple[str, str]

#: From of who wishes to be shown to nobody (RFC 3323, section 4.1.1.3).
_ANONYMOUS = name_addr("sip:anonymous@anonymous.invalid", "Anonymous")
_FIELDS = {"pai": "P-Asserted-Identity", "ppi": "P-Preferred-Identity"}


def presented(
    origin: Origin, place: str, ways: Collection[str], own: str = ""
) -> tuple[str, tuple[Field, ...]]:
    """Return From (empty: the account's own), and the other fields that tell who calls.

    P-Asserted-Identity and P-Preferred-Identity (RFC 3325) and Remote-Party-ID (a draft that many
    carriers know) name the caller, and Diversion (RFC 5806) the line that sends the call on. Who is
    hidden is named to the carrier all the same, which shows it to nobody (Privacy, RFC 3323).

    Args:
        origin: on whose behalf the call is made.
        place: the carrier's, behind the ``@``.
        ways: where the number stands: ``from``, ``pai``, ``ppi``, ``rpid``.
        own: what stands behind the ``@`` of From; empty: ``place``.
    """
    known = origin.shown or origin.line
    fields = list(_named(known, place, ways, origin.hidden)) if known else []
    if origin.hidden:
        return _ANONYMOUS, (*fields, ("Privacy", "id"))
    if not known:
        return "", ()
    if origin.shown and origin.line:
        line = name_addr(sip_uri(origin.line, place), reason="deflection")
        fields.append(("Diversion", line))
    caller = name_addr(sip_uri(known, own or place), origin.name) if "from" in ways else ""
    return caller, tuple(fields)


def _named(known: str, place: str, ways: Collection[str], hidden: bool) -> list[Field]:
    """Return the fields that name the caller; a hidden one, whom From does not name, has one."""
    uri = sip_uri(known, place)
    wanted = [one for one in ways if one != "from"] or (["pai"] if hidden else [])
    fields = [(_FIELDS[one], name_addr(uri)) for one in wanted if one in _FIELDS]
    if "rpid" in wanted:
        privacy = "full" if hidden else "off"
        value = name_addr(uri, party="calling", privacy=privacy, screen="yes")
        fields.append(("Remote-Party-ID", value))
    return fields
