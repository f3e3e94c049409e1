"""Key 1: how an owner's ledger accounts stand."""

from collections.abc import Iterable, Sequence

from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Account, Owner
from sipagent.infoline.steps.reading import Reading, ReadingSettings
from sipagent.scenario.step import Line, Outcome, line
from sipagent.scenario.talk import Said, Talk
from sipagent.speech.words import Money, Name
from sipagent.telephony.leg import Leg

_FIELDS = ("account", "date", "amount")


class Balance(Reading):
    """Tell each ledger account: its name, the day, and what is overpaid or due.

    Outcome: ``done``.
    """

    type = "balance"
    settings: ReadingSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Tell it until the caller has heard enough."""
        await self.read(call, talk, _tell)
        return Outcome("done")

    def ahead(self, talk: Talk) -> Iterable[Said]:
        """What will be told, once it is known to whom."""
        return _tell(talk) if talk.facts.get(Owner) else ()

    def lines(self) -> Iterable[Line]:
        """Every way in which an account may stand."""
        yield line("balance.none")
        yield line("balance.count", fields=["count"])
        for key in ("overpayment", "arrears", "zero"):
            yield line(f"balance.{key}", fields=_FIELDS)
        yield from self.reading_lines()


def _tell(talk: Talk) -> Sequence[Said]:
    accounts = talk.service(Directory).accounts(talk.facts[Owner].id)
    if not accounts:
        return [talk("balance.none")]
    count = [talk("balance.count", count=len(accounts))] if len(accounts) > 1 else []
    return [*count, *(_account(talk, account) for account in accounts)]


def _account(talk: Talk, account: Account) -> Said:
    balance = account.balance_grosze
    key = "overpayment" if balance > 0 else "arrears" if balance < 0 else "zero"
    return talk(
        f"balance.{key}",
        account=Name(account.name),
        date=account.balance_date,
        amount=Money(abs(balance)),
    )
