"""A moment as people plan it: a day and a time by the clocks of a zone; pure."""

from datetime import UTC, datetime, tzinfo


def planned(text: str, zone: tzinfo) -> datetime:
    """Return the moment that ``2026-12-01 09:00`` means where a zone's clocks show it, in UTC.

    In the night in which the clocks go back, a time that comes twice is the first of the two.

    Raises:
        ValueError: it has another form; or the clocks never show it, for they go forward then.
    """
    try:
        shown = datetime.fromisoformat(text)
    except ValueError:
        shown = None
    if shown is None or shown.tzinfo is not None:
        raise ValueError(f"{text!r} is no day and time such as 2026-12-01 09:00")
    moment = shown.replace(tzinfo=zone, fold=0).astimezone(UTC)
    there = moment.astimezone(zone)
    if there.replace(tzinfo=None) != shown:
        raise ValueError(
            f"{text} does not come: the clocks go forward then, to {there:%H:%M}; give another time"
        )
    return moment
