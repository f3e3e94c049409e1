"""Money: an integer of grosze, as people write it, and the tax on it."""

import re

#: A hundred billion zlotys: more is a mistake, and would be one in any sum.
LARGEST_AMOUNT = 10**13

# Groups of three may stand apart by a space of any width; by a dot only where a comma follows, for
# 1.234 may be a thousand or a bit more than one.
_AMOUNT = re.compile(
    r"(?P<sign>[-+\u2212])?\s?"
    r"(?P<whole>[0-9]{1,3}(?:[ \u00a0\u2009\u202f][0-9]{3})+|[0-9]{1,3}(?:\.[0-9]{3})+(?=,)"
    r"|[0-9]{1,15})"
    r"(?:[.,](?P<cents>[0-9]{1,2}))?"
    r"(?:\s?(?:zł|PLN))?"
)


def amount(text: str) -> int:
    """Return grosze for ``1 234,56``, ``1234.56``, ``-12,00`` or ``5``; no float is involved."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not an amount; write it as 1234,56 or -12.00")
    whole = re.sub(r"[\s.]", "", match["whole"])
    grosze = int(whole) * 100 + int((match["cents"] or "").ljust(2, "0"))
    if grosze > LARGEST_AMOUNT:
        raise ValueError(f"{text!r} is more than any account can hold")
    return grosze if match["sign"] in (None, "+") else -grosze


def plain_amount(grosze: int) -> str:
    """Return ``-1234.56``, which ``amount`` reads."""
    sign = "-" if grosze < 0 else ""
    return f"{sign}{abs(grosze) // 100}.{abs(grosze) % 100:02}"


def vat_on(net: int, percent: int) -> int:
    """Return the tax on an amount, half a grosz rounded up."""
    return (net * percent + 50) // 100


def gross(net: int, percent: int) -> int:
    """Return an amount with the tax on it."""
    return net + vat_on(net, percent)
