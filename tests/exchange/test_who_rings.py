"""Who rings for whom: of a user all telephones, of a group who is free, and nobody else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.exchange.model import Exchange, Group, Outside, Phone, User
from sipagent.exchange.reach import Reach
from sipagent.exchange.reaching.handling import Follow, Forward, Handling, When
from sipagent.exchange.values import Kind, Ref
from sipagent.exchange.who import Ringers, Shown, State, accounts_of, members, who_rings
from sipagent.switching.ring import Called, Order, Plan
from sipagent.telephony.party import Party
from sipagent.telephony.phones import Origin

pytestmark = pytest.mark.unit

INSIDE, PASSIVE, ACTIVE = Origin("+48600700700"), Origin("1"), Origin("2")
SHOWN = Shown(INSIDE, PASSIVE, ACTIVE)
ANNA, JAN, EWA = (
    User(name="Anna Nowak", number="101"),
    User(name="Jan Kowal", number="102", mobile="+48600100101"),
    User(name="Ewa Lis", number="103"),
)
HOTLINE = Outside(name="Serwis", number="+48221000300", shows="passive", confirm=False)
BIURO = Group(
    name="Biuro",
    number="200",
    order="in-turn",
    seconds=20,
    members=("user:Anna Nowak", "user:Jan Kowal", "outside:Serwis", "user:Ewa Lis"),
)
PHONES = (
    Phone(account="101-1", user="Anna Nowak"),
    Phone(account="101-2", user="Anna Nowak"),
    Phone(account="102-1", user="Jan Kowal"),
    Phone(account="103-1", user="Ewa Lis"),
)
FIRM = Exchange(users=(ANNA, EWA, JAN), phones=PHONES, outside=(HOTLINE,), groups=(BIURO,))
CONTACTS = {
    "101-1": ["sip:101-1@192.0.2.1:5060", "sip:101-1@192.0.2.2:5060"],
    "101-2": ["sip:101-2@192.0.2.3:5060"],
    "102-1": ["sip:102-1@192.0.2.4:5060"],
}


def inside(user: User, contact: str, *, beside: bool = False) -> Called:
    party = Party(extension=user.number, name=user.name, contact=contact)
    return Called(party, beside=beside, origin=INSIDE)


def mobile(user: User, *, beside: bool = False) -> Called:
    return Called(Party(number=user.mobile, name=user.name), True, beside, PASSIVE, ACTIVE)


def rung(target: Ref | str, state: State, **settings: object) -> Plan:
    found = who_rings(FIRM, target, state, SHOWN, **settings)  # type: ignore[arg-type]
    assert isinstance(found, Ringers), found
    return found.plan


ANNAS = [
    inside(ANNA, "sip:101-1@192.0.2.1:5060"),
    inside(ANNA, "sip:101-1@192.0.2.2:5060", beside=True),
    inside(ANNA, "sip:101-2@192.0.2.3:5060", beside=True),
]
JANS = [inside(JAN, "sip:102-1@192.0.2.4:5060"), mobile(JAN, beside=True)]


def test_a_user_is_all_phones_that_are_registered_and_the_mobile() -> None:
    assert rung(Ref(Kind.USER, "Anna Nowak"), State(CONTACTS)) == Plan(ANNAS)
    assert rung(Ref(Kind.USER, "Jan Kowal"), State(CONTACTS)).parties == JANS
    assert rung(Ref(Kind.USER, "Jan Kowal"), State({})).parties == [mobile(JAN)]


def test_a_number_that_was_dialled_is_called_and_asked_nothing() -> None:
    plan = rung("+48600900900", State({}), seconds=45)
    assert plan == Plan([Called(Party(number="+48600900900"), origin=ACTIVE)], seconds=45)


def test_an_outside_number_sees_whom_it_is_to_see() -> None:
    plan = rung(Ref(Kind.OUTSIDE, "Serwis"), State({}))
    assert plan.parties == [
        Called(
            Party(number=HOTLINE.number, name="Serwis"),
            HOTLINE.confirm,
            origin=PASSIVE,
            fallback=ACTIVE,
        )
    ]


def test_the_members_of_a_group_ring_in_turn_each_with_all_telephones() -> None:
    plan = rung(Ref(Kind.GROUP, "Biuro"), State(CONTACTS))
    hotline = Called(Party(number=HOTLINE.number, name="Serwis"), origin=PASSIVE, fallback=ACTIVE)
    assert plan == Plan([*ANNAS, *JANS, hotline], Order.IN_TURN, seconds=80, each=20)


def test_who_is_in_a_call_or_has_no_phone_is_passed_over() -> None:
    plan = rung(Ref(Kind.GROUP, "Biuro"), State({}, {"Anna Nowak", "Jan Kowal"}))
    assert [called.party.name for called in plan.parties] == ["Serwis"]


@pytest.mark.parametrize(
    ("busy", "why"),
    [
        (["Anna Nowak"], Reach.BUSY),
        ([], Reach.UNREACHABLE),
    ],
)
def test_where_nobody_is_left_that_is_known_at_once(busy: Sequence[str], why: Reach) -> None:
    assert who_rings(FIRM, Ref(Kind.USER, "Anna Nowak"), State({}, busy), SHOWN) is why


@pytest.mark.parametrize("kind", [Kind.USER, Kind.GROUP, Kind.OUTSIDE, Kind.BOX])
def test_of_what_is_gone_nobody_rings(kind: Kind) -> None:
    gone = Ref(kind, "Nikt")
    assert who_rings(FIRM, gone, State(CONTACTS), SHOWN) is Reach.UNREACHABLE
    assert accounts_of(FIRM, gone, {}) == []


def test_whose_phones_have_to_be_found() -> None:
    assert accounts_of(FIRM, Ref(Kind.USER, "Anna Nowak"), {}) == ["101-1", "101-2"]
    assert accounts_of(FIRM, Ref(Kind.GROUP, "Biuro"), {}) == ["101-1", "101-2", "102-1", "103-1"]
    assert accounts_of(FIRM, "+48600900900", {}) == []


def test_a_random_order_is_one_of_members() -> None:
    group = BIURO.model_copy(update={"order": "random"})
    there = FIRM.model_copy(update={"groups": (group,)})
    found = who_rings(
        there,
        Ref(Kind.GROUP, "Biuro"),
        State(CONTACTS),
        SHOWN,
        shuffle=lambda members: members[::-1],
    )
    assert isinstance(found, Ringers)
    names = list(dict.fromkeys(called.party.name for called in found.plan.parties))
    assert names == ["Serwis", "Jan Kowal", "Anna Nowak"]
    assert found.plan.order is Order.IN_TURN


NUMBER = "+48600900900"


def always(target: Ref | str, *, in_groups: bool = False) -> Handling:
    return Handling(forwards={When.ALWAYS: Forward(target, in_groups=in_groups)})


def test_the_mobile_rings_when_the_phones_have_had_their_time() -> None:
    handled = {"Jan Kowal": Handling(follow=Follow.IN_TURN, seconds=12)}
    plan = rung(Ref(Kind.USER, "Jan Kowal"), State(CONTACTS, handlings=handled))
    phone = replace(JANS[0], seconds=12)
    assert plan == Plan([phone, replace(JANS[1], after=12)], seconds=30 + 12)
    alone = rung(Ref(Kind.USER, "Jan Kowal"), State({}, handlings=handled))
    assert alone == Plan([mobile(JAN)]), "without phones it rings at once"


def test_the_mobile_may_stay_silent() -> None:
    state = State(CONTACTS, handlings={"Jan Kowal": Handling(follow=Follow.NEVER)})
    assert rung(Ref(Kind.USER, "Jan Kowal"), state).parties == JANS[:1]


def test_a_forward_for_no_answer_says_how_long_it_rings() -> None:
    forward = Forward(Ref(Kind.USER, "Jan Kowal"), seconds=12)
    state = State(CONTACTS, handlings={"Anna Nowak": Handling(forwards={When.NO_ANSWER: forward})})
    assert rung(Ref(Kind.USER, "Anna Nowak"), state).seconds == 12
    assert rung(Ref(Kind.USER, "Anna Nowak"), state, seconds=8).seconds == 8
    assert rung(Ref(Kind.GROUP, "Biuro"), state).each == 20, "a group has its own time"


def test_who_does_not_want_to_be_disturbed_is_busy() -> None:
    state = State(CONTACTS, handlings={"Anna Nowak": Handling(dnd=True)})
    assert who_rings(FIRM, Ref(Kind.USER, "Anna Nowak"), state, SHOWN) is Reach.BUSY
    names = {called.party.name for called in rung(Ref(Kind.GROUP, "Biuro"), state).parties}
    assert names == {"Jan Kowal", "Serwis"}


def test_a_number_that_calls_are_forwarded_to_sees_who_calls() -> None:
    found = who_rings(FIRM, NUMBER, State({}), SHOWN, by="Anna Nowak")
    assert isinstance(found, Ringers)
    party = Party(number=NUMBER, name="Anna Nowak")
    assert found.plan.parties == [Called(party, confirm=True, origin=PASSIVE, fallback=ACTIVE)]
    assert found.owners == {party: Ref(Kind.USER, "Anna Nowak")}


@pytest.mark.parametrize(
    ("handled", "names"),
    [
        ({"Jan Kowal": always(NUMBER)}, ["Anna Nowak", "Serwis", "Ewa Lis"]),
        (
            {"Jan Kowal": always(NUMBER, in_groups=True)},
            ["Anna Nowak", NUMBER, "Serwis", "Ewa Lis"],
        ),
        ({"Jan Kowal": always(Ref(Kind.OUTSIDE, "Serwis"))}, ["Anna Nowak", "Serwis", "Ewa Lis"]),
        ({"Jan Kowal": always(Ref(Kind.USER, "Ewa Lis"))}, ["Anna Nowak", "Ewa Lis", "Serwis"]),
        ({"Jan Kowal": always(Ref(Kind.BOX, "Jan"))}, ["Anna Nowak", "Serwis", "Ewa Lis"]),
        (
            {
                "Jan Kowal": always(Ref(Kind.USER, "Ewa Lis")),
                "Ewa Lis": always(Ref(Kind.USER, "Jan Kowal")),
            },
            ["Anna Nowak", "Serwis"],
        ),
        (
            {
                "Anna Nowak": always(Ref(Kind.USER, "Jan Kowal")),
                "Jan Kowal": always(NUMBER, in_groups=True),
            },
            [NUMBER, "Serwis", "Ewa Lis"],
        ),
    ],
)
def test_who_has_a_turn_in_a_group_whose_members_forward(
    handled: Mapping[str, Handling], names: Sequence[str]
) -> None:
    turns = members(BIURO, handled)
    assert [one.rings if isinstance(one.rings, str) else one.rings.name for one in turns] == names


USERS = [
    User(name=f"U{n}", number=str(100 + n), mobile="+48600100101" if n % 3 == 0 else "")
    for n in range(6)
]
ACCOUNTS = [Phone(account=f"{100 + n}-{k}", user=f"U{n}") for n in range(6) for k in (1, 2)]


@given(
    members=st.lists(st.sampled_from(USERS), min_size=1, unique_by=lambda user: user.name),
    order=st.sampled_from(["in-turn", "random", "at-once"]),
    contacts=st.dictionaries(
        st.sampled_from([phone.account for phone in ACCOUNTS]),
        st.lists(st.sampled_from(["sip:a@192.0.2.1", "sip:b@192.0.2.2"]), unique=True),
    ),
    talking=st.frozensets(st.sampled_from([user.name for user in USERS])),
    handled=st.dictionaries(
        st.sampled_from([user.name for user in USERS]),
        st.builds(Handling, dnd=st.booleans(), follow=st.sampled_from(Follow)),
    ),
)
def test_whoever_can_ring_does_and_nobody_else(
    members: Sequence[User],
    order: str,
    contacts: Mapping[str, Sequence[str]],
    talking: frozenset[str],
    handled: Mapping[str, Handling],
) -> None:
    busy = talking | {name for name, one in handled.items() if one.dnd}
    silent = {name for name, one in handled.items() if one.follow is Follow.NEVER}
    group = Group.model_validate(
        {
            "name": "G",
            "number": "200",
            "order": order,
            "members": [f"user:{user.name}" for user in members],
        }
    )
    there = Exchange(users=tuple(USERS), phones=tuple(ACCOUNTS), groups=(group,))
    state = State(contacts, talking, handled)
    found = who_rings(there, Ref(Kind.GROUP, "G"), state, SHOWN)
    wanted = {
        (user.name, place)
        for user in members
        if user.name not in busy
        for place in (
            *(
                contact
                for phone in ACCOUNTS
                if phone.user == user.name
                for contact in contacts.get(phone.account, ())
            ),
            *([user.mobile] if user.mobile and user.name not in silent else []),
        )
    }
    if isinstance(found, Reach):
        assert not wanted
        assert found is (
            Reach.BUSY if busy & {user.name for user in members} else Reach.UNREACHABLE
        )
        return
    parties = [called.party for called in found.plan.parties]
    assert {(party.name, party.contact or party.number) for party in parties} == wanted
    names = [party.name for party in parties]
    begins = [called.party.name for called in found.plan.parties if not called.beside]
    assert begins == list(dict.fromkeys(names)), "each member rings in one turn"
    assert all(called.confirm == bool(called.party.number) for called in found.plan.parties)
    assert all(found.owners[party] == Ref(Kind.USER, party.name) for party in parties)
    if order != "random":
        chosen = [user.name for user in members if user.name in names]
        assert begins == chosen, "in the order of the group"
