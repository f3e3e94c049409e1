"""Whose boxes there are."""

from sipagent.exchange.model import Box, Exchange, Group, User
from sipagent.exchange.values import Kind, Ref, Target


def box_of(there: Exchange, target: Target) -> Box | None:
    """Return the box of a user or a group, by name the first one; None where there is none."""
    return next((box for box in there.boxes if box.owner == str(target)), None)


def is_own(box: Box, user: User | None) -> bool:
    """Whether a box is a user's own."""
    return user is not None and box.owner == str(Ref(Kind.USER, user.name))


def is_for(there: Exchange, box: Box, user: User) -> bool:
    """Whether a box is a user's own, or of a group whose member the user is."""
    owner = Ref.of(box.owner)
    if owner.kind is Kind.USER:
        return is_own(box, user)
    group = there.find("groups", owner.name)
    return isinstance(group, Group) and str(Ref(Kind.USER, user.name)) in group.members
