"""What somebody may call: kinds of numbers, and the rights of a user."""

from collections.abc import Collection

from sipagent.e164 import EMERGENCY, at_home, dear, is_mobile
from sipagent.exchange.model import Exchange, User
from sipagent.exchange.values import Right, Target


def kind_of(number: str, country: str) -> Right:
    """Return the kind of a number (E.164); ``country`` (ISO 3166) is where the line is."""
    if dear(number):
        return Right.PREMIUM
    if not at_home(number, country):
        return Right.INTERNATIONAL
    return Right.MOBILE if is_mobile(number) else Right.NATIONAL


def may_call(rights: Collection[str], number: str, country: str) -> bool:
    """Whether rights open a number (E.164); those of emergency services are open to everybody.

    A right may be a prefix, such as ``+49``: it opens all numbers behind it, dear ones apart.
    """
    if number in EMERGENCY:
        return True
    kind = kind_of(number, country)
    if kind in rights:
        return True
    prefixes = tuple(one for one in rights if one.startswith("+"))
    return kind is not Right.PREMIUM and number.startswith(prefixes)


def may_reach(rights: Collection[str], target: Target, country: str) -> bool:
    """Whether rights open a number, or whoever can be dialled inside."""
    if isinstance(target, str):
        return may_call(rights, target, country)
    return Right.INTERNAL in rights


def may_forward(there: Exchange, user: str, target: Target, country: str) -> bool:
    """Whether a user's rights open what their calls are forwarded to, as they are now."""
    found = there.find("users", user)
    return isinstance(found, User) and may_reach(found.rights, target, country)
