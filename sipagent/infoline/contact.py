"""What key 9 does: the contact option of a contract, for this owner at this moment."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from sipagent.hours import Hours
from sipagent.infoline.model import Contract, Owner


class Contact(StrEnum):
    """The contact options."""

    #: The owner dictates a request.
    TRANSCRIPTION = "transcription"
    #: The caller is put through to a telephone number.
    PHONE = "phone"
    #: The caller is put through to a SIP URI.
    SOFTPHONE = "softphone"
    #: There is no key 9.
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ContactPlan:
    """What happens now.

    ``target`` is a number (E.164) or a SIP URI, empty where nobody is called; ``email`` the
    administration's address, which may be empty; ``open`` whether it is within office hours.
    """

    option: Contact
    target: str
    email: str
    open: bool


def contract_of(owner: Owner) -> Contract:
    """Return the contract that counts for an owner: the manager's, as the estate changes it."""
    return owner.manager.contract.changed(owner.estate.contract)


def plan_of(owner: Owner, moment: datetime, zone: tzinfo) -> ContactPlan:
    """Return what key 9 does for an owner at a moment; office hours go by the zone's clocks.

    ``none`` is none at any hour. An option that lacks its number or address gives way to
    dictation, which always works: a ticket needs no address.
    """
    contract = contract_of(owner)
    is_open = Hours.parse(contract.hours or "").open_at(moment, zone)
    option = Contact(contract.contact or Contact.NONE)
    if option is not Contact.NONE and not is_open:
        option = Contact(contract.outside_hours or Contact.TRANSCRIPTION)
    target = {Contact.PHONE: contract.phone, Contact.SOFTPHONE: contract.softphone}.get(option)
    if option in {Contact.PHONE, Contact.SOFTPHONE} and not target:
        option = Contact.TRANSCRIPTION
    return ContactPlan(option, target or "", contract.email or "", is_open)
