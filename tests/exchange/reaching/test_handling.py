"""The way of a call from one who forwards it to the next."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.exchange.reach import Reach
from sipagent.exchange.reaching.handling import Course, Forward, Handling, When, usable
from sipagent.exchange.values import Kind, Ref, Target

pytestmark = pytest.mark.unit

ANNA, JAN, EWA = (Ref(Kind.USER, name) for name in ("Anna", "Jan", "Ewa"))
BOX, MOBILE = Ref(Kind.BOX, "Anna"), "+48600100101"


def forwarding(**forwards: Target) -> Handling:
    """Return handling that forwards; ``no_answer=JAN``."""
    return Handling(
        forwards={When(when.replace("_", "-")): Forward(to) for when, to in forwards.items()}
    )


def way(handlings: Mapping[str, Handling], target: Target, *went: Reach) -> list[Target | None]:
    """Return whom a call comes to, where it goes as is said at each."""
    course = Course(handlings)
    found = [course.begin(target)]
    for reach in went:
        if found[-1] is None:
            break
        found.append(course.after(reach))
    return found


def test_who_forwards_nothing_rings() -> None:
    assert way({}, ANNA, Reach.BUSY) == [ANNA, None]
    assert way({}, MOBILE, Reach.NO_ANSWER) == [MOBILE, None]


def test_all_calls_go_elsewhere_at_once() -> None:
    there = {"Anna": forwarding(always=JAN), "Jan": forwarding(always=MOBILE)}
    assert way(there, ANNA, Reach.BUSY) == [MOBILE, None]


@pytest.mark.parametrize(
    ("went", "goes_to"),
    [
        (Reach.BUSY, JAN),
        (Reach.REFUSED, JAN),
        (Reach.NO_ANSWER, EWA),
        (Reach.UNREACHABLE, BOX),
    ],
)
def test_each_reason_has_a_forward_of_its_own(went: Reach, goes_to: Target) -> None:
    there = {"Anna": forwarding(busy=JAN, no_answer=EWA, unreachable=BOX)}
    assert way(there, ANNA, went) == [ANNA, goes_to]


def test_a_phone_that_is_switched_off_is_one_that_nobody_answers() -> None:
    there = {"Anna": forwarding(no_answer=BOX)}
    assert way(there, ANNA, Reach.UNREACHABLE) == [ANNA, BOX]


def test_two_who_forward_to_each_other_end_the_round_after_one_turn() -> None:
    """Two users who forward to each other: the round ends after one turn, and the caller hears
    something sensible."""
    there = {"Anna": forwarding(no_answer=JAN), "Jan": forwarding(no_answer=ANNA)}
    assert way(there, ANNA, Reach.NO_ANSWER, Reach.NO_ANSWER) == [ANNA, JAN, None]
    always = {"Anna": forwarding(always=JAN), "Jan": forwarding(always=ANNA)}
    assert way(always, ANNA) == [None]


def test_a_round_ends_in_the_voicemail_of_the_last() -> None:
    there = {"Anna": forwarding(always=JAN), "Jan": forwarding(always=ANNA, no_answer=BOX)}
    assert way(there, ANNA) == [BOX]


def test_a_number_that_nobody_answers_leads_to_the_voicemail_of_who_forwards() -> None:
    there = {"Anna": forwarding(always=MOBILE, no_answer=BOX)}
    assert way(there, ANNA, Reach.NO_ANSWER, Reach.UNREACHABLE) == [MOBILE, BOX, None]


def test_who_has_forwarded_a_call_is_known() -> None:
    course = Course({"Anna": forwarding(busy=JAN)})
    course.begin(ANNA)
    assert course.by == ""
    course.after(Reach.BUSY)
    assert course.by == "Anna"


def test_what_rights_do_not_open_any_more_is_no_forward() -> None:
    """Rights of the forwarding user are checked when a forward is used, too."""
    there = {"Anna": forwarding(always=MOBILE, busy=JAN)}
    assert usable(there, lambda user, target: target != MOBILE) == {"Anna": forwarding(busy=JAN)}


USERS = [ANNA, JAN, EWA]


@given(
    forwards=st.dictionaries(
        st.tuples(st.sampled_from(["Anna", "Jan", "Ewa"]), st.sampled_from(When)),
        st.sampled_from([*USERS, BOX, MOBILE]),
    ),
    went=st.lists(
        st.sampled_from([one for one in Reach if one is not Reach.ANSWERED]), min_size=14
    ),
)
def test_every_round_ends_and_nobody_is_rung_twice(
    forwards: Mapping[tuple[str, When], Target], went: list[Reach]
) -> None:
    there = {
        name: Handling(
            forwards={when: Forward(to) for (who, when), to in forwards.items() if who == name}
        )
        for name in ("Anna", "Jan", "Ewa")
    }
    found = way(there, ANNA, *went)
    assert found[-1] is None
    rung = [one for one in found if isinstance(one, Ref) and one.kind is Kind.USER]
    assert len(rung) == len(set(rung))
