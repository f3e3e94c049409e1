"""Times as text (ISO 8601): how they are stored, and what clocks elsewhere show for them."""

from datetime import UTC, datetime, tzinfo


def stored(moment: datetime, precision: str = "milliseconds") -> str:
    """Return a moment as text in UTC.

    Stored times compare as text only while all of a column have the same precision: each table
    keeps its own.
    """
    return moment.astimezone(UTC).isoformat(timespec=precision)


def in_zone(moment: datetime | str, zone: tzinfo) -> datetime:
    """Return a moment with an offset, or one that is stored, as clocks in a zone show it."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return at.astimezone(zone)
