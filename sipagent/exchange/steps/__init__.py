"""The exchange's own steps."""

from sipagent.exchange.steps.redirect import Redirect
from sipagent.exchange.steps.schedule import ScheduleStep
from sipagent.exchange.steps.voicemail import Voicemail

STEPS = (Redirect, ScheduleStep, Voicemail)
