"""The settings of a contract, each with what reads it from a file or a command."""

from collections.abc import Callable
from functools import partial

from sipagent.infoline import values


def readers(country: str) -> dict[str, Callable[[str], str]]:
    """Return what reads each field of ``model.Contract``, in their order.

    ``country`` is where a phone number without prefix belongs.
    """
    return {
        "contact": values.contact,
        "outside_hours": values.contact,
        "hours": values.hours,
        "phone": partial(values.phone, country=country),
        "softphone": values.softphone,
        "email": values.email,
        "pin_login": values.yes_or_no,
        "office_address": values.optional_text,
        "office_phone": values.optional_text,
        "bank_account": values.bank_account,
        "payee": values.name,
        "tax_number": values.tax_number,
        "payment_day": values.month_day,
        "sum_of_accounts": values.yes_or_no,
    }
