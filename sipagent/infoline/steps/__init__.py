"""The infoline's own steps; importing this package makes them known to scenarios."""

from sipagent.infoline.steps.balance import Balance
from sipagent.infoline.steps.charges import Charges
from sipagent.infoline.steps.login import OwnerLogin

__all__ = ["Balance", "Charges", "OwnerLogin"]
