"""What can be asked about queues and about the line; each answer is a report and a section."""

from collections.abc import Callable
from enum import StrEnum

from sipagent.exchange.statistics import report, sections
from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.costs import By
from sipagent.exchange.statistics.traffic import merged
from sipagent.reports.days import Days, Hour
from sipagent.reports.report import Report
from sipagent.reports.section import Section

#: What is told of a question: the report for programs, and the section for people.
Answer = tuple[Report, Section]
#: Answers a question, in a language.
Subject = Callable[[Statistics, Question, str], Answer]


def _queues(there: Statistics, asked: Question, language: str) -> Answer:
    """Count the calls of each queue: answered, abandoned, how long they waited."""
    found = there.by_queue(asked)
    return report.of_calls("queue", found.items()), sections.queues_section(found, language)


def _days(there: Statistics, asked: Question, language: str) -> Answer:
    """Count the calls of each day."""
    found = there.by_hour(asked)
    section = sections.days_section(found, asked.days, asked.service, language)
    return report.of_days(found, asked.days), section


def _hours(there: Statistics, asked: Question, language: str) -> Answer:
    """Count the calls of each hour of the day, of all days together."""
    found = there.by_hour(asked)
    return report.of_hours(found), sections.hours_section(found, language)


def _members(there: Statistics, asked: Question, language: str) -> Answer:
    """Tell what members were offered, how long they talked, and were logged in."""
    found = there.by_member(asked)
    return report.of_members(found), sections.members_section(found, language)


def _pauses(there: Statistics, asked: Question, language: str) -> Answer:
    """Tell for how long members were paused, and why."""
    found = there.presences(asked)
    return report.of_pauses(found), sections.pauses_section(found, language)


def _missed(there: Statistics, asked: Question, language: str) -> Answer:
    """List callers who hung up while waiting, and with whom nobody has talked since."""
    found = there.abandoned(asked)
    zone = asked.days.zone
    return report.of_missed(found, zone), sections.missed_section(found, zone, language)


#: What can be asked about queues, by name.
SUBJECTS: dict[str, Subject] = {
    "queues": _queues,
    "days": _days,
    "hours": _hours,
    "members": _members,
    "pauses": _pauses,
    "missed": _missed,
}


class Part(StrEnum):
    """What the calls of the line are added up by: the hour of the day, or the day."""

    HOUR = "hour"
    DAY = "day"


def traffic(there: Statistics, days: Days, part: Part, language: str) -> Answer:
    """Count the calls of the whole line, and how many there were at once."""

    def name(hour: Hour) -> str:
        return f"{hour.hour:02}:00" if part is Part.HOUR else hour.day.isoformat()

    groups = dict(sorted(merged(there.traffic(days), name).items()))
    section = sections.traffic_section(part, groups, language)
    return report.of_traffic(part, groups.items()), section


def costs(there: Statistics, days: Days, by: By, user: str, language: str) -> Answer:
    """Tell what calls over the trunks have cost, of all users or of one."""
    groups = there.costs(days, by, user)
    return report.of_costs(by, groups), sections.costs_section(by, groups, language)


def costs_of_each(there: Statistics, days: Days, by: By, user: str, language: str) -> Answer:
    """Tell what each call over the trunks has cost."""
    groups, legs = there.costs(days, by, user), there.paid(days, user)
    section = sections.paid_section(by, groups, legs, days.zone, language)
    return report.of_paid(legs, days.zone), section
