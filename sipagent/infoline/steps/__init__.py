"""The infoline's own steps and conditions; importing this package makes them known to scenarios."""

import sipagent.infoline.steps.opening  # noqa: F401  makes its conditions known
from sipagent.infoline.steps.balance import Balance
from sipagent.infoline.steps.charges import Charges
from sipagent.infoline.steps.contact import ContactStep
from sipagent.infoline.steps.dictation import Dictation
from sipagent.infoline.steps.login import OwnerLogin
from sipagent.infoline.steps.notices import NoticesStep
from sipagent.infoline.steps.statement import StatementStep

__all__ = [
    "Balance",
    "Charges",
    "ContactStep",
    "Dictation",
    "NoticesStep",
    "OwnerLogin",
    "StatementStep",
]
