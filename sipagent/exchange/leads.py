"""Who takes a call that is led somewhere: a scenario is walked.

Calls for a user, a group, an outside number or a box need a second leg, or a greeting: whoever
takes those joins in here.
"""

from sipagent.domain import Handler
from sipagent.exchange.values import Kind, Ref
from sipagent.scenario.programme import Programme


def takes_calls(ref: Ref) -> bool:
    """Whether there is somebody who takes calls that are led there."""
    return ref.kind is Kind.SCENARIO


def handler_of(ref: Ref, programme: Programme) -> Handler | None:
    """Return who takes a call; None where nobody does.

    A scenario that was named after the line has read its files is not there until it reads them
    again.
    """
    if not takes_calls(ref) or ref.name not in programme.scenarios:
        return None
    return programme.walk(ref.name)
