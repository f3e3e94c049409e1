"""Statements: an owner's balances and charges as a PDF, on its way to every e-mail address."""

from datetime import datetime
from pathlib import Path

from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Account, Owner, PremisesCharges
from sipagent.messages.letters import statement_mail
from sipagent.messages.outbox import Outbox
from sipagent.messages.statement import (
    AccountLine,
    ChargeLine,
    PremisesPart,
    Statement,
    render,
)


class Statements:
    """Makes statements and puts them into the outbox.

    Args:
        directory: on a connection that only this object uses, in whatever thread it runs.
        outbox: where they go.
    """

    def __init__(self, directory: Directory, outbox: Outbox) -> None:
        self._directory = directory
        self._outbox = outbox

    def send(self, owner: Owner, made: datetime, language: str, call: str) -> tuple[str, ...]:
        """Send the owner\'s statement as of now; return the addresses, none where there is none.

        The owner is looked up anew: what staff has changed during the call counts.

        Args:
            owner: whose statement.
            made: the local time.
            language: of the statement.
            call: the call that it was asked for in.

        Raises:
            OutboxLimit: the owner has had enough of them.
            SetupError, DataError: it cannot be made or kept.
        """
        now = self._directory.get(owner.id)
        if now is None or not now.emails:
            return ()
        accounts = self._directory.accounts(owner.id)
        charges = self._directory.charges(owner.id)
        statement = statement_of(now, accounts, charges, made, language)
        pdf = render(statement)
        self._outbox.put(
            *(
                statement_mail(statement, to, pdf=pdf, manager=now.manager.id, call=call)
                for to in now.emails
            )
        )
        return now.emails


def statement_of(
    owner: Owner,
    accounts: list[Account],
    charges: list[PremisesCharges],
    made: datetime,
    language: str,
) -> Statement:
    """Return the statement of an owner, as the PDF wants it."""
    logo = owner.manager.logo
    return Statement(
        manager=owner.manager.name,
        logo=Path(logo) if logo else None,
        estate=owner.estate.name,
        owner=owner.name,
        login=owner.login,
        accounts=tuple(
            AccountLine(one.name, one.balance_grosze, one.balance_date) for one in accounts
        ),
        premises=tuple(
            PremisesPart(
                one.premises,
                one.address,
                tuple(
                    ChargeLine(item.name, item.amount_grosze, item.valid_from) for item in one.items
                ),
            )
            for one in charges
        ),
        made=made,
        language=language,
    )
