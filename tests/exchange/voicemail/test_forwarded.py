"""Calls that their users forward to a box."""

import pytest

from sipagent.exchange.directory import Snapshot
from sipagent.exchange.reaching.handling import Forward, Handling, When
from sipagent.exchange.reading import Stored
from sipagent.exchange.switchboard import Led
from sipagent.exchange.values import Kind, Ref
from sipagent.telephony.fake import Speak
from sipagent.telephony.fake_phones import Callee
from tests.exchange.house import EWAS, JANS
from tests.exchange.voicemail.post import WITH_BOX, Post, from_outside, from_phone, taken

pytestmark = pytest.mark.unit

BOX = Ref(Kind.BOX, "Anna")
JANS_NUMBER = "+48221000202"


def forwards(post: Post, user: str, **given: Forward) -> None:
    """Let a user forward calls: ``no_answer=…``."""
    handling = Handling(forwards={When(when.replace("_", "-")): to for when, to in given.items()})
    post.house.snapshot = Snapshot.of(Stored(WITH_BOX), {user: handling})


async def test_all_calls_go_to_the_box(post: Post) -> None:
    forwards(post, "Jan Kowal", always=Forward(BOX))
    call = from_outside(JANS_NUMBER, Speak(5.0))
    await taken(post, call)
    assert call.heard[0] == "voicemail.greeting-absent"
    assert post.boxes.counts("Anna") == (1, 0)
    assert not post.house.phones.legs


@pytest.mark.parametrize(
    ("callee", "when", "greeting"),
    [
        (Callee(code=486), "busy", "busy"),
        (Callee(code=480), "no_answer", "absent"),
        (Callee(code=404), "unreachable", "absent"),
    ],
)
async def test_the_box_greets_as_the_one_was_not_reached(
    callee: Callee, when: str, greeting: str, post: Post
) -> None:
    forwards(post, "Ewa Lis", **{when: Forward(BOX)})
    post.house.phones.answer_as(EWAS, callee)
    call = from_phone("102", "103", Speak(5.0))
    await taken(post, call)
    assert call.heard[0] == f"voicemail.greeting-{greeting}"
    assert post.boxes.counts("Anna") == (1, 0)


async def test_who_answers_is_talked_to(post: Post) -> None:
    forwards(post, "Ewa Lis", no_answer=Forward(BOX))
    post.house.phones.answer_as(EWAS, Callee(talks=0.1))
    call = from_phone("102", "103")
    await taken(post, call)
    assert not call.heard
    assert post.boxes.counts("Anna") == (0, 0)


async def test_a_round_of_two_ends_in_the_voicemail_of_the_last(post: Post) -> None:
    """Two users who forward to each other: the round ends after one turn, and the caller hears
    something sensible."""
    ewa, jan = Ref(Kind.USER, "Ewa Lis"), Ref(Kind.USER, "Jan Kowal")
    handlings = {
        ewa.name: Handling(forwards={When.ALWAYS: Forward(jan)}),
        jan.name: Handling(forwards={When.ALWAYS: Forward(ewa), When.NO_ANSWER: Forward(BOX)}),
    }
    post.house.snapshot = Snapshot.of(Stored(WITH_BOX), handlings)
    call = from_phone("101", "103", Speak(5.0))
    await taken(post, call)
    assert call.heard[0] == "voicemail.greeting-absent"
    assert not post.house.phones.legs


async def test_the_next_attempt_knows_nothing_of_the_box(post: Post) -> None:
    forwards(post, "Jan Kowal", busy=Forward(BOX))
    for contact in (JANS, EWAS):
        post.house.phones.answer_as(contact, Callee(code=486))
    call, talk = from_outside("1"), post.talk()
    for name, box in (("Jan Kowal", "Anna"), ("Ewa Lis", "")):
        await post.house.board.connect(call, talk, Ref(Kind.USER, name), talk("greeting"))
        assert talk.facts[Led].box == box
