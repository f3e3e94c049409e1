"""What calls cost to a number that somebody types: told before it is kept, and asked once."""

from collections.abc import Iterable, Mapping

from sipagent.exchange.model import Exchange
from sipagent.exchange.outward.costs import Cost, cost_of
from sipagent.money import gross, plain_amount
from sipagent.panel.forms.fields import Field, Sent, Typed
from sipagent.panel.words import Words

#: What stands before the name of a field in the name of the control that says which cost was told.
_TOLD = "told."


def costs(
    there: Exchange, fields: Iterable[Field], typed: Mapping[str, Typed], country: str
) -> dict[str, Cost]:
    """Return what calls to the numbers of a form cost, by field."""
    found = {
        one.name: cost_of(there, str(typed[one.name]), country) for one in fields if one.priced
    }
    return {name: cost for name, cost in found.items() if cost is not None}


def untold(found: Mapping[str, Cost], form: Sent, before: Mapping[str, Cost]) -> bool:
    """Whether a cost stands in a form now that who has sent it has not seen.

    Args:
        found: what calls cost to what was typed.
        form: what was sent.
        before: what calls cost to what is kept.
    """
    return any(
        cost.number not in {form.get(f"{_TOLD}{name}"), _number(before.get(name))}
        for name, cost in found.items()
    )


def drawn(words: Words, found: Mapping[str, Cost]) -> dict[str, tuple[str, str]]:
    """Return of each field the number whose cost is told, and the sentence."""
    return {name: (one.number, sentence(words, one)) for name, one in found.items()}


def sentence(words: Words, cost: Cost) -> str:
    """Return a cost for people."""
    tariff = cost.tariff
    if tariff is None:
        return words("cost.unknown", number=cost.number)
    told = words(
        "cost.minute",
        number=cost.number,
        net=plain_amount(tariff.per_minute),
        gross=plain_amount(gross(tariff.per_minute, tariff.vat)),
        tariff=tariff.name,
    )
    if not tariff.connection:
        return told
    net, both = tariff.connection, gross(tariff.connection, tariff.vat)
    more = words("cost.connection", net=plain_amount(net), gross=plain_amount(both))
    return f"{told} {more}"


def _number(cost: Cost | None) -> str | None:
    return None if cost is None else cost.number
