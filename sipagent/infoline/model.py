"""Who calls the infoline, and what is told to them.

Money is an integer of grosze, phone numbers are E.164 with ``+``.
"""

from dataclasses import asdict, dataclass, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Contract:
    """How owners reach the administration and pay; of an estate, what differs from its manager's.

    ``None`` is "not said". ``contact`` and ``outside_hours`` are options of
    ``sipagent.infoline.contact.Contact``, ``hours`` a text of ``sipagent.hours``,
    ``phone`` E.164, ``softphone`` a SIP URI. ``pin_login`` is
    ``yes`` where a PIN lets an owner in who calls from an unknown or hidden number.

    The rest stands in statements: ``office_address`` and ``office_phone`` as they are printed,
    ``bank_account`` in 26 digits, ``payee`` where its holder is not the estate, ``tax_number``
    (NIP) of the holder, ``payment_day`` of each month; ``sum_of_accounts`` is ``no`` where balances
    are not added up.
    """

    contact: str | None = None
    outside_hours: str | None = None
    hours: str | None = None
    phone: str | None = None
    softphone: str | None = None
    email: str | None = None
    pin_login: str | None = None
    office_address: str | None = None
    office_phone: str | None = None
    bank_account: str | None = None
    payee: str | None = None
    tax_number: str | None = None
    payment_day: str | None = None
    sum_of_accounts: str | None = None

    def changed(self, by: "Contract") -> "Contract":
        """Return this contract with what another one says differently."""
        said = {name: value for name, value in asdict(by).items() if value is not None}
        return replace(self, **said)


@dataclass(frozen=True, slots=True)
class Manager:
    """A firm that manages estates and pays for the line; ``code`` is its key in imports.

    ``logo`` is the path of a picture for statements, None for none.
    """

    id: int
    name: str
    code: str = ""
    contract: Contract = Contract()
    logo: str | None = None


@dataclass(frozen=True, slots=True)
class Estate:
    """A housing community of a manager.

    ``owner_access`` false shuts its owners out; ``access_reason`` is then the key of the prompt
    that says why, or empty for the usual sentence.
    """

    id: int
    name: str
    code: str = ""
    owner_access: bool = True
    access_reason: str = ""
    contract: Contract = Contract()


@dataclass(frozen=True, slots=True)
class Owner:
    """A person with a numeric login, unique among the owners of every manager."""

    id: int
    login: str
    name: str
    manager: Manager
    estate: Estate
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    blocked: bool = False
    web_access: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """A ledger account; a positive balance is an overpayment, a negative one arrears."""

    name: str
    balance_grosze: int
    balance_date: date
    code: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """One item of what is due for a premises each month."""

    name: str
    amount_grosze: int
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class PremisesCharges:
    """What is due for one premises, item by item in the order of the manager's list."""

    premises: str
    items: tuple[Charge, ...] = ()
    address: str = ""
    code: str = ""

    @property
    def total_grosze(self) -> int:
        """The sum of the items, in grosze."""
        return sum(item.amount_grosze for item in self.items)

    @property
    def valid_from(self) -> date | None:
        """The day of the latest change among the items; None where no item has a date."""
        return max((item.valid_from for item in self.items if item.valid_from), default=None)
