"""Key 2: what is due each month for an owner's premises."""

from collections.abc import Iterable, Sequence

from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Owner, PremisesCharges
from sipagent.infoline.steps.reading import Reading, ReadingSettings
from sipagent.scenario.step import Line, Outcome, line
from sipagent.scenario.talk import Said, Talk
from sipagent.speech.words import Money, Name
from sipagent.telephony.leg import Leg

ITEMS = "1"
_HINT = "hint.items"


class Charges(Reading):
    """Tell the total first, then that of each premises; the single items only on demand.

    Outcome: ``done``.
    """

    type = "charges"
    settings: ReadingSettings

    async def run(self, call: Leg, talk: Talk) -> Outcome:
        """Tell the totals, and the items to who asks for them."""
        items = _tell_items(talk)
        talk.prepare(items)
        more = [_HINT] if items else []
        if await self.read(call, talk, _tell_totals, more) == ITEMS:
            await self.read(call, talk, _tell_items)
        return Outcome("done")

    def ahead(self, talk: Talk) -> Iterable[Said]:
        """The totals, once it is known whose."""
        return _tell_totals(talk) if talk.facts.get(Owner) else ()

    def lines(self) -> Iterable[Line]:
        """Totals, items, and nothing at all."""
        yield line("charges.none")
        for key in ("several", "several-credit"):
            yield line(f"charges.{key}", fields=["count", "amount"])
        yield line("charges.items-of", fields=["premises"])
        yield line("charges.premises-none", fields=["premises"])
        for key in ("premises", "premises-credit"):
            yield line(f"charges.{key}", fields=["premises", "amount"])
        for key in ("item", "deduction"):
            yield line(f"charges.{key}", fields=["item", "amount"])
        yield from self.reading_lines()
        yield from self.reading_lines([_HINT], ITEMS)


def _charges(talk: Talk) -> Sequence[PremisesCharges]:
    return talk.service(Directory).charges(talk.facts[Owner].id)


def _tell_totals(talk: Talk) -> Sequence[Said]:
    places = _charges(talk)
    if not any(place.items for place in places):
        return [talk("charges.none")]
    if len(places) == 1:
        return [_total(talk, places[0])]
    whole = sum(place.total_grosze for place in places)
    key = "charges.several-credit" if whole < 0 else "charges.several"
    return [
        talk(key, count=len(places), amount=Money(abs(whole))),
        *(_total(talk, place) for place in places),
    ]


def _total(talk: Talk, place: PremisesCharges) -> Said:
    name = Name(place.premises)
    if not place.items:
        return talk("charges.premises-none", premises=name)
    key = "charges.premises-credit" if place.total_grosze < 0 else "charges.premises"
    return talk(key, premises=name, amount=Money(abs(place.total_grosze)))


def _tell_items(talk: Talk) -> Sequence[Said]:
    return [talk.join(_items(talk, place)) for place in _charges(talk) if place.items]


def _items(talk: Talk, place: PremisesCharges) -> Iterable[Said]:
    yield talk("charges.items-of", premises=Name(place.premises))
    for item in place.items:
        key = "charges.deduction" if item.amount_grosze < 0 else "charges.item"
        yield talk(key, item=Name(item.name), amount=Money(abs(item.amount_grosze)))
