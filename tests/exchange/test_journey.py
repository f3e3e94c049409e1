"""Where a call to a number goes: each place once, with why a call comes there."""

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given

from sipagent import shipped
from sipagent.domains import composed
from sipagent.exchange.journey import Journeys, Place
from sipagent.exchange.model import Box, Exchange, Group, Outside, Phone, User
from sipagent.exchange.queues.model import Queue, QueueMember
from sipagent.exchange.reaching.handling import Follow, Forward, Handling, When
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.values import Kind, Ref
from sipagent.scenario import loader
from sipagent.scenario.model import Scenario
from sipagent.speech.catalogue import Catalogue
from tests.examples import examples
from tests.exchange.exchanges import exchanges

pytestmark = pytest.mark.unit

ANNA, JAN = Ref(Kind.USER, "Anna Nowak"), Ref(Kind.USER, "Jan Kowal")
THERE = Exchange(
    users=(
        User(name="Anna Nowak", number="101", mobile="+48600100101"),
        User(name="Jan Kowal", number="102"),
    ),
    phones=(Phone(account="101-1", user="Anna Nowak"), Phone(account="101-2", user="Anna Nowak")),
    outside=(Outside(name="Ewa", number="+48600100102", confirm=True),),
    groups=(
        Group(
            name="Biuro",
            number="200",
            order="in-turn",
            seconds=15,
            members=("user:Anna Nowak", "outside:Ewa"),
        ),
    ),
    boxes=(Box(name="Biuro", owner="group:Biuro"),),
    queues=(
        Queue(
            name="Serwis",
            number="300",
            ring=25,
            members=(
                QueueMember(who="user:Jan Kowal", tier=2),
                QueueMember(who="user:Anna Nowak"),
            ),
            leads={"too-long": "group:Biuro", "nobody": "queue:Serwis"},
        ),
    ),
)


def journey(
    target: Ref, handled: Mapping[str, Handling] | None = None, *scenarios: Scenario
) -> Place:
    known = {one.path.stem: one for one in scenarios}
    return Journeys(THERE, handled or {}, known.get).of(target)


def told(place: Place) -> tuple[object, ...]:
    """Return a place in short: how it is come to, its kind and name, and where it goes on to."""
    why = place.step or place.when or (str(place.tier) if place.tier else "")
    name = f"{why}>{place.kind}:{place.name}" if why else f"{place.kind}:{place.name}"
    return (name, *map(told, place.then)) if place.then else (name,)


def all_places(place: Place) -> Iterator[Place]:
    """Yield a place and all that follow."""
    yield place
    for one in place.then:
        yield from all_places(one)


def test_a_user_rings_at_phones_and_on_the_mobile() -> None:
    expected = ("users:Anna Nowak", ("phones:101-1",), ("phones:101-2",), ("mobile:+48600100101",))
    assert told(journey(ANNA)) == expected


def test_the_mobile_rings_as_its_user_says() -> None:
    def mobile(follow: Follow) -> list[str]:
        places = all_places(journey(ANNA, {"Anna Nowak": Handling(follow=follow)}))
        return [one.note for one in places if one.kind == "mobile"]

    assert mobile(Follow.IN_TURN) == ["in-turn"]
    assert mobile(Follow.NEVER) == []


def test_what_a_user_forwards_is_led_on() -> None:
    forwards = {When.BUSY: Forward(JAN), When.NO_ANSWER: Forward("+48221234567")}
    quiet = Handling(dnd=True, forwards=forwards)
    place = journey(ANNA, {"Anna Nowak": quiet})
    assert place.note == "dnd"
    assert told(place) == (
        "users:Anna Nowak", ("busy>users:Jan Kowal",), ("no-answer>number:+48221234567",),
    )  # fmt: skip
    always = Handling(forwards={When.ALWAYS: Forward(JAN), **forwards})
    assert told(journey(ANNA, {"Anna Nowak": always})) == (
        "users:Anna Nowak", ("always>users:Jan Kowal",),
    )  # fmt: skip


def test_a_group_rings_its_members_and_then_its_box_takes_the_call() -> None:
    place = journey(Ref(Kind.GROUP, "Biuro"))
    assert (place.note, place.seconds) == ("in-turn", 15)
    assert told(place) == (
        "groups:Biuro",
        ("users:Anna Nowak", ("phones:101-1",), ("phones:101-2",), ("mobile:+48600100101",)),
        ("outside:Ewa", ("number:+48600100102",)),
        ("unanswered>boxes:Biuro",),
    )


def test_a_queue_leads_on_and_what_was_told_is_not_told_twice() -> None:
    place = journey(Ref(Kind.QUEUE, "Serwis"))
    assert place.note == "longest-idle"
    assert told(place) == (
        "queues:Serwis",
        ("1>users:Anna Nowak", ("phones:101-1",), ("phones:101-2",), ("mobile:+48600100101",)),
        ("2>users:Jan Kowal",),
        (
            "too-long>groups:Biuro",
            ("users:Anna Nowak",),
            ("outside:Ewa", ("number:+48600100102",)),
        ),
        ("nobody>queues:Serwis",),
    )
    again = [one.name for one in all_places(place) if one.again]
    assert again == ["Anna Nowak", "Serwis"]


def test_a_scenario_leads_where_its_steps_say(tmp_path: Path) -> None:
    file = tmp_path / "firma.toml"
    file.write_text(
        'name = "firma"\nlanguages = ["pl"]\nstart = "office"\n'
        '[steps.office]\ntype = "redirect"\ntarget = "group:Biuro"\nnext = "outside"\n'
        '[steps.outside]\ntype = "redirect"\ntarget = "+48221234567"\nnext = "message"\n'
        '[steps.message]\ntype = "voicemail"\nbox = "Biuro"\nnext = "end"\n'
        '[steps.end]\ntype = "hang-up"\n',
        "utf-8",
    )
    catalogue = Catalogue.load(shipped.PROMPTS)
    scenario = loader.load(file, catalogue, composed().vocabulary)
    target = Ref(Kind.SCENARIO, "firma")
    place = journey(target, {}, scenario)
    assert [told(one)[0] for one in place.then] == [
        "office>groups:Biuro", "outside>number:+48221234567", "message>boxes:Biuro",
    ]  # fmt: skip
    assert journey(target).note == "gone"


def test_a_long_way_ends_where_it_is_told_on_other_pages() -> None:
    """Forwards of hundreds are followed as far as a page can show them."""
    names = [f"Osoba {number}" for number in range(2000)]
    users = tuple(User(name=name, number=str(1000 + at)) for at, name in enumerate(names))
    forwards = {
        name: Handling(forwards={When.BUSY: Forward(Ref(Kind.USER, following))})
        for name, following in itertools.pairwise(names)
    }
    place = Journeys(Exchange(users=users), forwards, lambda name: None).of(
        Ref(Kind.USER, "Osoba 0")
    )
    found = list(all_places(place))
    assert len(found) == 101
    assert found[-1].note == "more"


@examples(25)
@given(exchanges())
def test_each_entry_is_told_once_whatever_leads_to_it(there: Exchange) -> None:
    for kind, field in FIELDS.items():
        for entry in there.entries(field):
            place = Journeys(there, {}, lambda name: None).of(Ref(kind, entry.key))
            whole = [
                (one.kind, one.name)
                for one in all_places(place)
                if one.kind in {"users", "groups", "queues"} and not one.again
            ]
            assert len(whole) == len(set(whole))
            assert all(one.note != "gone" for one in all_places(place))
