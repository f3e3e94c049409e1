"""What all pages of owners show: sums and days as letters write them, and until when one is in."""

from datetime import date, datetime, timedelta
from functools import partial

from starlette.responses import Response

from sipagent import times
from sipagent.e164 import grouped
from sipagent.infoline.login import LoginResult, Verdict
from sipagent.infoline.writing.wording import balance_text
from sipagent.messages.wording import day_text, moment_text, money_text
from sipagent.panel.owner.answers import CORNER
from sipagent.panel.web import Visit


def page(visit: Visit, template: str, status: int = 200, /, **values: object) -> Response:
    """Return a page of an owner, or of whoever may become one."""
    language, zone = visit.language, visit.zone

    def moment_of(at: str | datetime) -> str:
        return moment_text(times.in_zone(at, zone), language)

    def day_of(day: date) -> str:
        return day_text(day, language)

    def address_of(target: str) -> str:
        return target if "@" in target or not target else grouped(target)

    session = visit.owner_session
    popups = CORNER.popups(visit) if session is not None else None
    ends = times.in_zone(session.until(visit.now), zone) if session is not None else None
    return visit.page(
        f"owner/{template}",
        status,
        money=partial(money_text, language=language),
        balance=partial(balance_text, language=language),
        day_of=day_of,
        moment_of=moment_of,
        address_of=address_of,
        ends=ends,
        popups=popups,
        **values,
    )


def refusal(visit: Visit, result: LoginResult) -> str:
    """Return why an owner is not let in: where the proof was right, in the words of the line."""
    if result.owner is None:
        return waited(visit, result.wait) if result.wait else visit.words("owners.wrong")
    catalogue, language = visit.house.desk.catalogue(), visit.language
    own = result.owner.estate.access_reason
    shut = result.verdict is Verdict.ESTATE_BLOCKED and own in catalogue.keys(language)
    if shut and catalogue.is_fixed(own, language):
        return catalogue.text(own, language)
    return catalogue.text(f"login.{result.verdict}", language)


def waited(visit: Visit, wait: timedelta) -> str:
    """Return how long the next try has to wait."""
    minutes = max(1, -(-int(wait.total_seconds()) // 60))
    if minutes < 120:
        return visit.words.count("owners.wait-minutes", minutes)
    return visit.words.count("owners.wait-hours", -(-minutes // 60))
