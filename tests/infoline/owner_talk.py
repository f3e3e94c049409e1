"""One step of the infoline on its own: the data it reads and the verdicts it gets are given."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from sipagent.infoline.directory import Directory
from sipagent.infoline.login import Login, LoginResult
from sipagent.infoline.model import Account, Charge, Estate, Manager, Owner, PremisesCharges
from sipagent.scenario.step import Outcome, Step, settings_of
from sipagent.scenario.talk import Talk
from sipagent.speech.catalogue import Catalogue
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.party import Caller
from sipagent.telephony.script import Act
from tests.infoline.test_line import CATALOGUE, NOW, Voice

DAY = date(2026, 8, 31)
OWNER = Owner(1, "100001", "Anna", Manager(1, "Zarządca"), Estate(1, "Wspólnota Lipowa"))
CALLER = Caller("+48600100101", asserted=True)


class Told(Directory):
    """Knows the accounts and charges of one owner."""

    def __init__(
        self, accounts: Sequence[Account] = (), charges: Sequence[PremisesCharges] = ()
    ) -> None:
        self._accounts = list(accounts)
        self._charges = list(charges)

    def accounts(self, owner_id: int) -> list[Account]:
        assert owner_id == OWNER.id
        return self._accounts

    def charges(self, owner_id: int) -> list[PremisesCharges]:
        assert owner_id == OWNER.id
        return self._charges


class Judged(Login):
    """Gives one verdict after another, and remembers what it was asked."""

    def __init__(self, *results: LoginResult) -> None:
        self._results = list(results)
        self.asked: list[tuple[str, str | None, bool]] = []

    def check(
        self, login: str, number: str | None, *, now: datetime, asserted: bool = False
    ) -> LoginResult:
        assert now == NOW.astimezone(UTC)
        self.asked.append((login, number, asserted))
        return self._results.pop(0)


def account(name: str, grosze: int) -> Account:
    """An account as of ``DAY``."""
    return Account(name, grosze, DAY)


def premises(name: str, **items: int) -> PremisesCharges:
    """A premises with its charges, in grosze."""
    return PremisesCharges(name, tuple(Charge(item, grosze) for item, grosze in items.items()))


async def walk(
    kind: type[Step],
    script: Sequence[Act],
    *services: object,
    language: str = "pl",
    caller: Caller = CALLER,
    owner: Owner | None = OWNER,
    settings: dict[str, object] | None = None,
    catalogue: Catalogue = CATALOGUE,
) -> tuple[FakeLeg, Outcome, Talk]:
    """Run one step, and return the call, how the step ended, and what is known now."""
    other = {"pl": "en", "en": "pl"}[language]
    found = {cls: service for service in services for cls in type(service).__mro__}
    talk = Talk(catalogue, Voice(), [language, other], services=found, clock=lambda: NOW)
    if owner is not None:
        talk.facts.put(owner)
    call = FakeLeg(script, caller=caller)
    step = kind("tested", settings_of(kind).model_validate(settings or {}))
    outcome = await step.run(call, talk)
    await talk.close()
    assert outcome in step.outcomes()
    return call, outcome, talk
