"""Where a call to a number goes, place by place, as a tree: what pages draw of a number."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from sipagent.exchange.entry import Entry
from sipagent.exchange.model import Exchange, Group, Outside, User
from sipagent.exchange.promises import named
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.reaching.handling import USUAL, Follow, Handling, When
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.steps.redirect import Redirect
from sipagent.exchange.values import Kind, Ref, Target
from sipagent.exchange.voicemail.boxes import box_of
from sipagent.scenario.model import Scenario
from sipagent.scenario.step import Step
from sipagent.scenario.transfer import Transfer, TransferSettings

#: Kinds of places that are no entries of the exchange.
SCENARIO, MOBILE, NUMBER = "scenario", "mobile", "number"
#: Why a call goes on to a box that nobody has taken.
UNANSWERED = "unanswered"
#: What is particular about a place, beside the orders in which groups ring and the strategies of
#: queues: nothing rings there; what it names is gone, or stands in no file that can be read; there
#: would be too much to tell.
DND, GONE, MORE = "dnd", "gone", "more"
#: Users, groups and the like in a tree; what is beyond is named, and told on its own page.
_MOST = 100


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a call comes to.

    Args:
        kind: a field of ``Exchange``, such as ``users``, or one of those above.
        name: of it; a number of somebody outside.
        when: why a call comes here: an occasion of forwards, of queues, or ``UNANSWERED``; empty:
            it does in any case.
        step: of the scenario that leads here.
        note: what is particular about it.
        seconds: that it rings there, where that is said.
        tier: of a member of a queue.
        then: where it goes from here, in order.
        again: whether that was told before, and is not told twice.
    """

    kind: str
    name: str
    when: str = ""
    step: str = ""
    note: str = ""
    seconds: int | None = None
    tier: int = 0
    then: tuple["Place", ...] = ()
    again: bool = False


class Journeys:
    """Tells where calls go.

    Args:
        there: the exchange.
        handled: user → what becomes of calls to them, as far as they may have them forwarded.
        scenario: returns the scenario of a name; None where it cannot be read.
    """

    def __init__(
        self,
        there: Exchange,
        handled: Mapping[str, Handling],
        scenario: Callable[[str], Scenario | None],
    ) -> None:
        self._there = there
        self._handled = handled
        self._scenario = scenario

    def of(self, target: Ref) -> Place:
        """Return where a call goes that is led to a target."""
        told: set[Ref] = set()
        place = self._place(target, told)
        box = box_of(self._there, target)
        if box is None:
            return place
        unanswered = Place("boxes", box.name, when=UNANSWERED)
        return replace(place, then=(*place.then, unanswered))

    def _place(self, target: Target, told: set[Ref]) -> Place:
        """Return a place, with all that follows as far as that was not told yet."""
        if isinstance(target, str):
            return Place(NUMBER, target)
        kind = FIELDS.get(target.kind, SCENARIO)
        place = Place(kind, target.name)
        if target in told:
            return replace(place, again=True)
        if len(told) >= _MOST:
            return replace(place, note=MORE)
        told.add(target)
        match self._found(target):
            case User() as user:
                note = DND if self._handled.get(user.name, USUAL).dnd else ""
                place, then = replace(place, note=note), self._of_user(user, told)
            case Group() as group:
                place = replace(place, note=group.order, seconds=group.seconds)
                then = (self._place(Ref.of(one), told) for one in group.members)
            case Queue() as queue:
                place = replace(place, note=queue.strategy, seconds=queue.ring)
                then = self._of_queue(queue, told)
            case Outside() as outside:
                then = iter([Place(NUMBER, outside.number)])
            case Scenario() as scenario:
                then = self._of_scenario(scenario, told)
            case found:
                place, then = replace(place, note=GONE if found is None else ""), iter(())
        return replace(place, then=tuple(then))

    def _found(self, target: Ref) -> Entry | Scenario | None:
        if target.kind is Kind.SCENARIO:
            return self._scenario(target.name)
        return self._there.find(FIELDS[target.kind], target.name)

    def _of_user(self, user: User, told: set[Ref]) -> Iterator[Place]:
        handling = self._handled.get(user.name, USUAL)
        forwards = handling.forwards
        if When.ALWAYS in forwards:
            forwards = {When.ALWAYS: forwards[When.ALWAYS]}
        elif not handling.dnd:
            yield from self._rung(user, handling)
        for when, forward in forwards.items():
            yield replace(self._place(forward.target, told), when=when)

    def _rung(self, user: User, handling: Handling) -> Iterator[Place]:
        for phone in self._there.phones:
            if phone.user == user.name:
                yield Place("phones", phone.account)
        if user.mobile and handling.follow is not Follow.NEVER:
            yield Place(MOBILE, user.mobile, note=handling.follow)

    def _of_queue(self, queue: Queue, told: set[Ref]) -> Iterator[Place]:
        for member in sorted(queue.members, key=lambda one: one.tier):
            yield replace(self._place(Ref.of(member.who), told), tier=member.tier)
        for occasion, target in queue.leads.items():
            yield replace(self._place(Ref.of(target), told), when=occasion)

    def _of_scenario(self, scenario: Scenario, told: set[Ref]) -> Iterator[Place]:
        """Yield what the steps name of the exchange, in the order in which callers come there."""
        kinds = {field: kind for kind, field in FIELDS.items()}
        for name in _walked(scenario):
            step = scenario.steps[name]
            if number := _called(step):
                yield Place(NUMBER, number, step=name)
            for _, field, key in named(step):
                led = field in kinds
                place = self._place(Ref(kinds[field], key), told) if led else Place(field, key)
                yield replace(place, step=name)


def _called(step: Step) -> str | None:
    """Return the number that a step calls, which is no entry of the exchange."""
    match step:
        case Redirect(target=str(number)) | Transfer(settings=TransferSettings(target=str(number))):
            return number
    return None


def _walked(scenario: Scenario) -> list[str]:
    """Return the steps of a scenario, those first that are near to its start."""
    found = [scenario.start]
    for step in found:  # it grows meanwhile
        found += [one for one in dict.fromkeys(scenario.routes[step].values()) if one not in found]
    return found
