"""Which call is meant by who asks something of one that goes on."""

from collections.abc import Iterable

from sipagent.control.control import Wish
from sipagent.errors import DataError


class OneCall(Wish):
    """The id of its record, or the beginning of it."""

    call: str


def only(text: str, ids: Iterable[str]) -> str:
    """Return the only id that begins with a text.

    Raises:
        DataError: there is none, or there are several.
    """
    found = [one for one in ids if one.startswith(text)]
    if len(found) != 1:
        several = "several calls begin" if found else "no call that goes on begins"
        raise DataError(f"{several} with {text!r}; see: sipagent calls live")
    return found[0]
