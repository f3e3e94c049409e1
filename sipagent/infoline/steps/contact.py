"""Key 9: what it does for this owner now, and whether it is offered at all."""

from sipagent.infoline.contact import Contact, ContactPlan, plan_of
from sipagent.infoline.model import Owner
from sipagent.scenario.condition import Condition
from sipagent.scenario.step import Kinds, Outcome, Settings, Step
from sipagent.scenario.talk import Talk
from sipagent.scenario.transfer import TransferTarget
from sipagent.telephony.leg import Leg

#: The ways in which a menu offers key 9.
_OFFERED = {
    Contact.TRANSCRIPTION: "dictation",
    Contact.PHONE: "connection",
    Contact.SOFTPHONE: "connection",
    Contact.NONE: "",
}


class ContactSettings(Settings):
    """``type = "contact"``: no settings, it all stands in the manager's contract."""


class ContactStep(Step):
    """Find out how this owner reaches the administration now.

    Outcomes: ``transcription``, ``phone``, ``softphone``, ``none``.
    """

    type = "contact"
    needs = (Owner,)
    settings: ContactSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Look it up for this owner and this moment."""
        plan = _plan(talk)
        talk.facts.put(plan)
        talk.facts.put(TransferTarget(plan.target))
        call.note("contact", option=plan.option.value, open=plan.open)
        return Outcome(plan.option)

    def outcomes(self) -> frozenset[str]:
        """The options of a contract."""
        return frozenset(Contact)

    def finds(self, outcome: str) -> Kinds:
        """The plan, and whom to call."""
        if outcome in (Contact.PHONE, Contact.SOFTPHONE):
            return (ContactPlan, TransferTarget)
        return (ContactPlan,)


def _plan(talk: Talk) -> ContactPlan:
    return plan_of(talk.facts[Owner], talk.now(), talk.zone)


CONTACT = Condition(
    "contact",
    ("dictation", "connection"),
    (Owner,),
    lambda talk: _OFFERED[_plan(talk).option],
)
