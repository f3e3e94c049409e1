"""A bill as a table for programs and spreadsheets, call by call."""

from collections.abc import Iterator
from datetime import datetime

from sipagent import times
from sipagent.billing.bill import Bill, minutes_of
from sipagent.money import plain_amount

COLUMNS = ("bill", "kind", "at", "call", "owner", "seconds", "minutes", "amount", "reason")


def cells(bill: Bill) -> Iterator[list[object]]:
    """Yield what a bill is made of, so that the amounts add up to what is paid without VAT."""
    for call in bill.calls:
        yield [
            *(bill.number, "call", _local(call.started, bill), call.id, call.owner),
            *(f"{call.milliseconds / 1000:.3f}", minutes_of(call.milliseconds)),
            *(plain_amount(call.grosze), None),
        ]
    if bill.reduction:
        yield [bill.number, "cap", *[None] * 5, plain_amount(bill.reduction), None]
    for one in bill.corrections:
        at = _local(one.at, bill)
        yield [
            *(bill.number, "correction", at, *[None] * 4),
            *(plain_amount(one.grosze), one.reason),
        ]


def _local(moment: datetime, bill: Bill) -> str:
    return times.in_zone(moment, bill.zone).isoformat(timespec="seconds")
