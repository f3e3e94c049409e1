"""Statements: an owner's balances and charges as a PDF, on its way to every e-mail address."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from sipagent.infoline.contact import contract_of
from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Account, Contract, Owner, PremisesCharges
from sipagent.infoline.writing.letters import Letters
from sipagent.infoline.writing.payment import Payment, next_due, payment_title
from sipagent.infoline.writing.statement import (
    AccountLine,
    ChargeLine,
    PremisesPart,
    Statement,
    render,
)
from sipagent.infoline.writing.wording import words_of
from sipagent.messages.outbox import Outbox
from sipagent.store.data import Data


class Statements:
    """Makes statements and puts them into the outbox.

    Args:
        data: with the migrations of the infoline.
        outbox: where they go.
        letters: writes what they come with.
    """

    def __init__(self, data: Data, outbox: Outbox, letters: Letters) -> None:
        self._data = data
        self._outbox = outbox
        self._letters = letters

    def send(
        self,
        owner: Owner,
        made: datetime,
        language: str,
        call: str = "",
        to: Sequence[str] | None = None,
    ) -> tuple[str, ...]:
        """Send the owner's statement as of now; return the addresses, none where there is none.

        The owner is looked up anew: what staff has changed meanwhile counts.

        Args:
            owner: whose statement.
            made: the local time.
            language: of the statement.
            call: the call that it was asked for in; empty: on the page.
            to: addresses that are wanted, as far as they are on record; None: all that are.

        Raises:
            OutboxLimit: the owner has had enough of them.
            SetupError, DataError: it cannot be made or kept.
        """
        made_of = self._statement(owner, made, language)
        if made_of is None:
            return ()
        statement, now = made_of
        addresses = tuple(one for one in now.emails if to is None or one in to)
        if not addresses:
            return ()
        pdf = render(statement)
        self._outbox.put(
            *(
                self._letters.statement(statement, one, pdf=pdf, manager=now.manager.id, call=call)
                for one in addresses
            )
        )
        return addresses

    def paper(self, owner: Owner, made: datetime, language: str) -> bytes:
        """Return the owner's statement as of now, as a PDF; empty: there is no such owner."""
        made_of = self._statement(owner, made, language)
        return b"" if made_of is None else render(made_of[0])

    def _statement(
        self, owner: Owner, made: datetime, language: str
    ) -> tuple[Statement, Owner] | None:
        now, accounts, charges = self._data.read(lambda db: _facts(Directory(db), owner.id))
        if now is None:
            return None
        statement = statement_of(now, accounts, charges, made, language)
        return replace(statement, notes=self._letters.notes(statement)), now


def _facts(
    directory: Directory, owner: int
) -> tuple[Owner | None, list[Account], list[PremisesCharges]]:
    return directory.get(owner), directory.accounts(owner), directory.charges(owner)


def statement_of(
    owner: Owner,
    accounts: list[Account],
    charges: list[PremisesCharges],
    made: datetime,
    language: str,
) -> Statement:
    """Return the statement of an owner, as the PDF wants it."""
    logo = owner.manager.logo
    contract = contract_of(owner)
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
                one.code,
            )
            for one in charges
        ),
        made=made,
        language=language,
        address=contract.office_address or "",
        phone=contract.office_phone or "",
        email=contract.email or "",
        payment=_payment(owner, contract, charges, made.date(), language),
        added_up=contract.sum_of_accounts != "no",
    )


def _payment(
    owner: Owner, contract: Contract, charges: list[PremisesCharges], today: date, language: str
) -> Payment | None:
    """Return what is due next; None where no account is known."""
    if contract.bank_account is None:
        return None
    grosze = max(0, sum(one.total_grosze for one in charges))
    day = contract.payment_day if grosze else None
    due = next_due(int(day), today) if day else None
    return Payment(
        account=contract.bank_account,
        payee=contract.payee or owner.estate.name,
        title=payment_title(words_of(language).transfer_word, due, [one.code for one in charges]),
        grosze=grosze,
        due=due,
        tax_number=contract.tax_number or "",
    )
