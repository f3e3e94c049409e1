"""What the statistics of the panel are about: subjects, and what can be asked of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import partial

import sqlite_utils
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sipagent import times
from sipagent.exchange.statistics import costs, subjects
from sipagent.exchange.statistics.asked import Question, Statistics
from sipagent.exchange.statistics.calls import USUAL, Service
from sipagent.exchange.statistics.covers import cover_of_line, cover_of_queues
from sipagent.infoline.statistics import answers
from sipagent.infoline.statistics.figures import usage
from sipagent.panel.people import Person
from sipagent.panel.zoom import Hours, of_line, of_queues
from sipagent.reports.days import Days
from sipagent.reports.report import Report
from sipagent.reports.section import Section
from sipagent.reports.sheet import Cover

#: Days that are counted at once.
MOST_DAYS = 1100


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know.

    Args:
        question: the days, and what is asked about queues.
        by: what it is added up by; the value of the subject's ``parts``.
        user: whose calls; empty: all.
        manager: code of the manager whose owners' calls; empty: all.
    """

    question: Question
    by: str = ""
    user: str = ""
    manager: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: for programs, for people, and what stands above it on paper."""

    report: Report
    section: Section
    cover: Cover


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can be asked about.

    Args:
        answer: finds it out; in a language.
        fields: what can be said besides the days.
        parts: what it may be added up by, the usual one first.
        hours: finds it out hour by hour, where there is more to see in a chart.
    """

    answer: Callable[[sqlite_utils.Database, Asked, str], Told]
    fields: frozenset[str] = frozenset()
    parts: type[StrEnum] | None = None
    hours: Callable[[sqlite_utils.Database, Question, str], Hours] | None = None


def _of_queues(key: str, db: sqlite_utils.Database, asked: Asked, language: str) -> Told:
    there = Statistics(db)
    there.require(asked.question.queues)
    found = subjects.SUBJECTS[key](there, asked.question, language)
    return Told(*found, cover_of_queues(asked.question, language))


def _traffic(db: sqlite_utils.Database, asked: Asked, language: str) -> Told:
    days, now = asked.question.days, asked.question.now
    found = subjects.traffic(Statistics(db), days, subjects.Part(asked.by), language)
    return Told(*found, cover_of_line("traffic_title", days, "", now, language))


def _costs(db: sqlite_utils.Database, asked: Asked, language: str) -> Told:
    days, now = asked.question.days, asked.question.now
    found = subjects.costs(Statistics(db), days, costs.By(asked.by), asked.user, language)
    return Told(*found, cover_of_line("costs_title", days, asked.user, now, language))


def _infoline(db: sqlite_utils.Database, asked: Asked, language: str) -> Told:
    days, by = asked.question.days, answers.By(asked.by)
    places = usage(db, days, asked.manager)
    return Told(
        answers.report(by, places, days),
        answers.section(by, places, days, language),
        answers.cover(days, asked.manager, asked.question.now, language),
    )


_SERVICE = frozenset({"queue", "within", "short"})
_FIELDS = {
    "queues": _SERVICE,
    "days": _SERVICE | {"goal"},
    "hours": _SERVICE,
    "members": frozenset({"queue"}),
    "pauses": frozenset({"queue"}),
    "missed": frozenset({"queue", "short", "window"}),
}
_BY_TIME = ("days", "hours")
INFOLINE = "infoline"
SUBJECTS: Mapping[str, Subject] = {
    **{
        key: Subject(partial(_of_queues, key), fields, hours=of_queues if key in _BY_TIME else None)
        for key, fields in _FIELDS.items()
    },
    "calls": Subject(_traffic, parts=subjects.Part, hours=of_line),
    "costs": Subject(_costs, frozenset({"user"}), costs.By),
    INFOLINE: Subject(_infoline, frozenset({"manager"}), answers.By),
}


def subjects_of(person: Person) -> Mapping[str, Subject]:
    """Return what somebody may ask about: managers, the calls of their own owners."""
    if person.manager is None:
        return SUBJECTS
    return {INFOLINE: replace(SUBJECTS[INFOLINE], fields=frozenset())}


class Typed(BaseModel):
    """What a form says; what it does not say is as usual."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    #: Both included; today where nothing is said.
    since: date | None = None
    until: date | None = None
    by: str = ""
    queue: str = ""
    user: str = ""
    manager: str = ""
    within: float = Field(USUAL.within, ge=0, le=3600)
    short: float = Field(USUAL.short, ge=0, le=3600)
    goal: int = Field(USUAL.goal, ge=0, le=100)
    #: Hours.
    window: int = Field(24, ge=1, le=24 * 31)


def read(
    subject: Subject, form: Mapping[str, str], now: datetime, zone: tzinfo
) -> tuple[Asked, frozenset[str]]:
    """Return what is asked for, and the fields that were mistyped.

    Args:
        subject: what it is about; other fields than its own do not count.
        form: what was typed, by field.
        now: the time.
        zone: where the line is.
    """
    known = {*subject.fields, "since", "until", *(["by"] if subject.parts else [])}
    given = {name: form[name].strip() for name in known & form.keys() if form[name].strip()}
    try:
        typed, wrong = Typed.model_validate(given), set[str]()
    except ValidationError as error:
        wrong = {str(one["loc"][0]) for one in error.errors()}
        typed = Typed.model_validate({name: given[name] for name in given.keys() - wrong})
    today = times.in_zone(now, zone).date()
    until = typed.until or max(today, typed.since or today)
    since = typed.since or min(today, until)
    if not 0 <= (until - since).days < MOST_DAYS:
        wrong.add("until")
        since = until = today
    by = typed.by or next((part.value for part in subject.parts or ()), "")
    if subject.parts and by not in set(subject.parts):
        wrong.add("by")
    service = Service(typed.goal, typed.within, typed.short)
    queues = (typed.queue,) if typed.queue else ()
    window = timedelta(hours=typed.window)
    question = Question(Days(since, until, zone), now, queues, service, window)
    return Asked(question, by, typed.user, typed.manager), frozenset(wrong)
