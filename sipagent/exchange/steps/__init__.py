"""The exchange's own steps."""

from sipagent.exchange.steps.conference import Conference
from sipagent.exchange.steps.dial import Dial
from sipagent.exchange.steps.listen import Listen
from sipagent.exchange.steps.mailbox import Mailbox
from sipagent.exchange.steps.order import OrderStep
from sipagent.exchange.steps.queue import QueueStep
from sipagent.exchange.steps.redirect import Redirect
from sipagent.exchange.steps.schedule import ScheduleStep
from sipagent.exchange.steps.voicemail import Voicemail

STEPS = (
    *(Conference, Dial, Listen, Mailbox, OrderStep, QueueStep, Redirect),
    *(ScheduleStep, Voicemail),
)
