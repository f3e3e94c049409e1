"""Bills: what managers pay for the calls of their owners, month by month; issued and corrected."""

from urllib.parse import urlencode

import sqlite_utils
from starlette.responses import Response

from sipagent import times
from sipagent.billing.bill import Bill
from sipagent.billing.ledger import Ledger
from sipagent.billing.month import Month
from sipagent.billing.sheet import render
from sipagent.billing.table import COLUMNS, cells
from sipagent.errors import DataError
from sipagent.infoline.managing import offices
from sipagent.money import amount
from sipagent.panel.files import attached
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.sheet import csv_text


def _list(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    month = _month(visit, visit.query.get("month", ""))
    bills: list[Bill] = []
    try:
        bills = _bills(visit, month, None)
    except DataError as error:  # records of that time are gone
        wrong = wrong or str(error)
    return visit.page(
        "history/bills.html",
        status,
        month=month,
        bills=[(bill, _address(bill)) for bill in bills],
        over=month.ends(visit.zone) <= visit.now,
        drafts=any(bill.issued is None and bill.calls for bill in bills),
        done=visit.query.get("done", ""),
        wrong=wrong,
    )


def _show(visit: Visit) -> Response:
    return _shown(visit, _bill(visit))


def _shown(visit: Visit, bill: Bill, wrong: str = "", status: int = 200) -> Response:
    return visit.page(
        "history/bill.html",
        status,
        bill=bill,
        address=_address(bill).partition("?")[2],
        typed=visit.form,
        done=visit.query.get("done", ""),
        wrong=wrong,
    )


def _csv(visit: Visit) -> Response:
    bill = _bill(visit)
    return attached(csv_text(COLUMNS, cells(bill)), f"{_file(bill)}.csv", "text/csv")


def _pdf(visit: Visit) -> Response:
    bill = _bill(visit)
    made = times.in_zone(visit.now, visit.zone)
    content = render(bill, visit.house.config.billing.issuer, made)
    return attached(content, f"{_file(bill)}.pdf", "application/pdf")


def _issue(visit: Visit) -> Response:
    month = _month(visit, visit.form.get("month", ""))

    def work(db: sqlite_utils.Database) -> list[Bill]:
        return Ledger(db, visit.house.config).issue(month, visit.now)

    try:
        issued = visit.house.data.write(work, durable=True)
    except DataError as error:
        return _list(visit, str(error), 422)
    for bill in issued:
        visit.note("bill-issued", bill.number)
    return moved(f"/bills?month={month}&done=issued")


def _correct(visit: Visit) -> Response:
    bill = _bill(visit)
    try:
        grosze = amount(visit.form.get("amount", ""))
    except ValueError:
        return _shown(visit, bill, visit.words("bill.wrong-amount"), 422)
    reason = visit.form.get("reason", "")

    def work(db: sqlite_utils.Database) -> Bill:
        ledger = Ledger(db, visit.house.config)
        return ledger.correct(bill.month, bill.code, grosze, reason, visit.now)

    try:
        visit.house.data.write(work, durable=True)
    except DataError as error:
        return _shown(visit, bill, str(error), 422)
    visit.note("bill-corrected", f"{bill.number} {grosze}")
    return moved(_address(bill, done="corrected"))


def _month(visit: Visit, text: str) -> Month:
    """Return the month that is asked for; the one before this one where none is."""
    if not text:
        today = times.in_zone(visit.now, visit.zone).date()
        return Month(today.year - (today.month == 1), (today.month + 10) % 12 + 1)
    try:
        return Month.parse(text)
    except ValueError:
        raise missing() from None


def _bills(visit: Visit, month: Month, code: str | None) -> list[Bill]:
    """Return the bills that somebody may see: managers, their own.

    Raises:
        DataError: there is no such manager, or records were deleted already.
    """

    def work(db: sqlite_utils.Database) -> list[Bill]:
        own = visit.person.manager
        codes = {one.manager.id: one.manager.code for one in offices(db)}
        asked = code if own is None else codes[own]
        return Ledger(db, visit.house.config).bills(month, visit.now, code=asked)

    return visit.house.data.read(work)


def _bill(visit: Visit) -> Bill:
    """Return the bill that the address names.

    Raises:
        Refused: it is not there, or not theirs.
    """
    month, code = _month(visit, visit.query.get("month", "")), visit.query.get("manager", "")
    found = [bill for bill in _bills(visit, month, None) if bill.code == code]
    if not found:
        raise missing()
    return found[0]


def _address(bill: Bill, **more: str) -> str:
    """Return where a bill stands."""
    return f"/bills/bill?{urlencode({'month': str(bill.month), 'manager': bill.code, **more})}"


def _file(bill: Bill) -> str:
    """Return what a file of a bill is called, which has no other letters than those of ASCII."""
    code = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in bill.code)
    return f"bill-{bill.month}-{code}"


ROUTES = (
    Route("/bills", Permission.BILLS, _list),
    Route("/bills/bill", Permission.BILLS, _show),
    Route("/bills/bill.csv", Permission.BILLS, _csv),
    Route("/bills/bill.pdf", Permission.BILLS, _pdf),
    Route("/bills/issue", Permission.BILLING, _issue, "POST"),
    Route("/bills/correct", Permission.BILLING, _correct, "POST"),
)
