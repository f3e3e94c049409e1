"""All that a line has to know of the phones that register with it."""

from dataclasses import dataclass

from sipagent.telephony.accounts import Accounts, Bindings
from sipagent.telephony.lamps import Lamps, Watches
from sipagent.telephony.texting import Texting


@dataclass(frozen=True, slots=True)
class Handsets:
    """The phones of a house.

    Args:
        accounts: those that may register.
        bindings: keeps where they are over a restart; None: nobody does.
        lamps: what their lamps show; None: they have none.
        watches: keeps what they watch over a restart; None: nobody does.
        texting: takes the texts of phones and trunks; None: nobody does.
    """

    accounts: Accounts
    bindings: Bindings | None = None
    lamps: Lamps | None = None
    watches: Watches | None = None
    texting: Texting | None = None
