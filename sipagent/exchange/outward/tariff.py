"""What a call costs, and how long one may be that costs no more than something; pure."""

from collections.abc import Mapping

from sipagent.exchange.model import Tariff

_MINUTE, _SECOND = 60_000, 1000


def tariff_of(tariffs: Mapping[str, Tariff], number: str) -> Tariff | None:
    """Return the tariff of a number (E.164): the one with the longest prefix; None: there is none.

    Args:
        tariffs: by prefix.
        number: whom a call goes to.
    """
    beginnings = (number[:length] for length in range(len(number), 1, -1))
    return next((tariffs[one] for one in beginnings if one in tariffs), None)


def cost(tariff: Tariff, milliseconds: int) -> int:
    """Return what a call of a length costs, in grosze without VAT, rounded up to a whole one."""
    counted = _up(milliseconds, tariff.increment * _SECOND) * tariff.increment * _SECOND
    return tariff.connection + _up(counted * tariff.per_minute, _MINUTE)


def longest(tariff: Tariff, grosze: int) -> int | None:
    """Return for how many milliseconds a call costs no more than that; None: without an end."""
    if grosze < tariff.connection:
        return 0
    if not tariff.per_minute:
        return None
    step = tariff.increment * _SECOND
    return (grosze - tariff.connection) * _MINUTE // (tariff.per_minute * step) * step


def _up(number: int, divisor: int) -> int:
    return -(-number // divisor)
