"""The help desk's own steps and conditions."""

from sipagent.helpdesk.steps.support import CLOSED, OPEN, SupportStep

STEPS = (SupportStep,)
CONDITIONS = (OPEN, CLOSED)
