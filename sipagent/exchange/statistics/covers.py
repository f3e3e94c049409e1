"""What stands above statistics on paper."""

from datetime import datetime

from sipagent import times
from sipagent.exchange.statistics.asked import Question
from sipagent.exchange.statistics.words import words
from sipagent.reports.days import Days
from sipagent.reports.sheet import Cover, period


def cover_of_queues(asked: Question, language: str) -> Cover:
    """Return what stands above the answers to a question about queues."""
    told, service = words(language), asked.service
    queues = told["queues_of"].format(queues=", ".join(asked.queues))
    promise = told["promise"].format(
        goal=service.goal, within=f"{service.within:g}", short=f"{service.short:g}"
    )
    facts = [
        period(asked.days, told, language),
        queues if asked.queues else told["queues_all"],
        promise,
    ]
    made = times.in_zone(asked.now, asked.days.zone)
    return Cover(told["title"], facts, language, made, told["definitions"])


def cover_of_line(title: str, days: Days, user: str, now: datetime, language: str) -> Cover:
    """Return what stands above calls of the line, or of a user, and what they cost.

    Args:
        title: key of a word.
        days: that are asked about.
        user: empty: all.
        now: the time.
        language: of the paper.
    """
    told = words(language)
    facts = [period(days, told, language), *([told["user_of"].format(user=user)] if user else [])]
    return Cover(told[title], facts, language, times.in_zone(now, days.zone))
