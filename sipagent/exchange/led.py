"""Whose call it is, as its facts tell: steps ask for it, and whoever rings people says so."""

from dataclasses import dataclass, replace

from sipagent.exchange.values import Kind, Ref, Target
from sipagent.scenario.talk import Facts


@dataclass(frozen=True, slots=True)
class Led:
    """Whose call it is: the user who calls, or else the last who was called, and the last group.

    ``hidden``: who calls is not to be shown outside; ``shown``: the number that those outside see
    in place of the user's.
    """

    caller: str = ""
    called: str = ""
    group: str = ""
    hidden: bool = False
    shown: str = ""

    @property
    def user(self) -> str:
        """The user whose call it is."""
        return self.caller or self.called


def lead(facts: Facts, target: Target | None) -> str:
    """Remember who is called; return the user, where it is one."""
    before = facts.get(Led) or Led()
    kind, name = target if isinstance(target, Ref) else (None, "")
    if kind is Kind.USER:
        facts.put(replace(before, called=name))
        return name
    if kind is Kind.GROUP:
        facts.put(replace(before, group=name))
    return ""
