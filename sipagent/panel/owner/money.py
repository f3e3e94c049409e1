"""What an owner owes and is told: balance, charges, statements, notices, and the office."""

from datetime import datetime

import sqlite_utils
from starlette.responses import Response

from sipagent.hours import Hours
from sipagent.infoline.contact import contract_of, plan_of
from sipagent.infoline.directory import Directory
from sipagent.infoline.notices import Notices
from sipagent.infoline.online.ways import Way, known
from sipagent.infoline.statements import Statements
from sipagent.infoline.writing.wording import words_of
from sipagent.messages.queue import OutboxLimit
from sipagent.panel.mailing import letters_of, outbox_of
from sipagent.panel.owner.shown import page
from sipagent.panel.permissions import Permission
from sipagent.panel.web import Route, Visit, moved
from sipagent.threads import FILES


def _balance(visit: Visit) -> Response:
    accounts = visit.house.data.read(lambda db: Directory(db).accounts(visit.owner.id))
    added_up = contract_of(visit.owner).sum_of_accounts != "no" and len(accounts) > 1
    total = sum(one.balance_grosze for one in accounts) if added_up else None
    return page(visit, "balance.html", accounts=accounts, total=total)


def _charges(visit: Visit) -> Response:
    places = visit.house.data.read(lambda db: Directory(db).charges(visit.owner.id))
    total = sum(one.total_grosze for one in places) if len(places) > 1 else None
    return page(visit, "charges.html", places=places, total=total)


def _statement(visit: Visit) -> Response:
    emails = visit.house.data.read(lambda db: _emails(visit, db))
    return page(visit, "statement.html", emails=emails, done=visit.query.get("done", ""), wrong="")


def _paper(visit: Visit) -> Response:
    """Return the statement as a PDF; its name says nothing of the owner."""
    made = _local(visit)
    pdf = _statements(visit).paper(visit.owner, made, visit.language)
    name = f"{words_of(visit.language).file}-{made:%Y-%m-%d}.pdf"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(pdf, headers=headers, media_type="application/pdf")


def _mail(visit: Visit) -> Response:
    """Send the statement to one of the owner's addresses."""
    emails = visit.house.data.read(lambda db: _emails(visit, db))
    to = [one.target for one in emails if one.tag == visit.form.get("way")]
    try:
        sent = _statements(visit).send(visit.owner, _local(visit), visit.language, to=to)
    except OutboxLimit:
        wrong = visit.words("owners.too-many-statements")
        return page(visit, "statement.html", 429, emails=emails, done="", wrong=wrong)
    return moved("/owner/statement?done=sent" if sent else "/owner/statement")


def _notices(visit: Visit) -> Response:
    told = visit.house.data.read(lambda db: Notices(db).told(visit.owner, _local(visit).date()))
    english = visit.language == "en"
    texts = [one.english or one.text if english else one.text for one in told]
    return page(visit, "notices.html", notices=texts)


def _office(visit: Visit) -> Response:
    contract = contract_of(visit.owner)
    week = Hours.parse(contract.hours).week() if contract.hours else []
    plan = plan_of(visit.owner, visit.now, visit.zone)
    return page(visit, "office.html", contract=contract, week=week, plan=plan)


def _emails(visit: Visit, db: sqlite_utils.Database) -> list[Way]:
    return [one for one in known(db, visit.owner, texts=False) if one.medium == "email"]


def _statements(visit: Visit) -> Statements:
    house = visit.house
    return Statements(house.data, outbox_of(house), letters_of(house))


def _local(visit: Visit) -> datetime:
    return visit.now.astimezone(visit.zone)


_ALLOWED = Permission.OWNER
ROUTES = (
    Route("/owner/balance", _ALLOWED, _balance),
    Route("/owner/charges", _ALLOWED, _charges),
    Route("/owner/statement", _ALLOWED, _statement),
    Route("/owner/statement.pdf", _ALLOWED, _paper, threads=FILES),
    Route("/owner/statement", _ALLOWED, _mail, "POST"),
    Route("/owner/notices", _ALLOWED, _notices),
    Route("/owner/office", _ALLOWED, _office),
)
