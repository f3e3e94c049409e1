"""The infoline's own steps and conditions."""

from sipagent.infoline.steps.balance import Balance
from sipagent.infoline.steps.charges import Charges
from sipagent.infoline.steps.contact import CONTACT, ContactStep
from sipagent.infoline.steps.dictation import Dictation
from sipagent.infoline.steps.login import OwnerLogin
from sipagent.infoline.steps.notices import NoticesStep
from sipagent.infoline.steps.opening import CLOSED, OPEN
from sipagent.infoline.steps.statement import StatementStep

STEPS = (Balance, Charges, ContactStep, Dictation, NoticesStep, OwnerLogin, StatementStep)
CONDITIONS = (CONTACT, OPEN, CLOSED)
