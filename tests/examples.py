"""How many examples a property is tried with: all of them, or a share where somebody waits."""

from typing import Any

from hypothesis import settings

#: What a profile has where all examples are tried; ``quick`` has less.
_ALL = 100


def examples(number: int, **others: Any) -> settings:
    """Return settings of a property that is tried with a number of examples.

    Args:
        number: how many; with the profile ``quick`` the same share of it as of all others.
        others: further settings.
    """
    share = settings().max_examples / _ALL
    return settings(max_examples=max(1, round(number * share)), **others)
