"""Which conversations are recorded, by what the exchange says of those whom they belong to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sipagent.exchange.about import About
from sipagent.exchange.model import Exchange


@dataclass(frozen=True, slots=True)
class Rule:
    """That a conversation is recorded.

    Args:
        why: what says so: ``user:Anna Nowak``, ``queue:Serwis``; ``key`` where somebody typed it.
        announced: whether everybody has to be told first.
    """

    why: str
    announced: bool = True


#: Somebody has begun it by a key; then the others are told.
BY_KEY = Rule("key")


def rule_of(there: Exchange, about: About, users: Iterable[str]) -> Rule | None:
    """Return by what a conversation is recorded; None: it is not.

    Where several say so, the first counts, and one that wants it announced is enough.

    Args:
        there: the exchange as it is now.
        about: the queue, the room and the number that it belongs to.
        users: the users who talk.
    """
    rules = list(_rules(there, about, users))
    if not rules:
        return None
    return Rule(rules[0].why, any(one.announced for one in rules))


def _rules(there: Exchange, about: About, users: Iterable[str]) -> Iterator[Rule]:
    belongs = [
        ("queue", "queues", about.queue),
        ("number", "numbers", about.number),
        *(("user", "users", one) for one in users),
    ]
    for word, kind, key in belongs:
        recorded = getattr(there.find(kind, key), "recorded", "no")
        if recorded != "no":
            yield Rule(f"{word}:{key}", recorded == "announced")
