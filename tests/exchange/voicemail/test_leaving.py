"""Leaving a message in a box, without a network: the greeting, the limits, and what is kept."""

import asyncio
from pathlib import Path

import pytest

from sipagent.dictation.desk import Transcription
from sipagent.errors import SetupError
from sipagent.exchange import editing
from sipagent.exchange.directory import Snapshot
from sipagent.exchange.leads import handler_of
from sipagent.exchange.led import Led
from sipagent.exchange.reaching.handling import Forward, Handling, When
from sipagent.exchange.reading import Stored
from sipagent.exchange.steps.dial import Dial
from sipagent.exchange.steps.redirect import Redirect
from sipagent.exchange.steps.schedule import ScheduleStep
from sipagent.exchange.steps.voicemail import Voicemail, VoicemailSettings
from sipagent.exchange.values import Kind, Ref
from sipagent.exchange.voicemail.messages import State
from sipagent.exchange.voicemail.work import VoiceWork
from sipagent.messages.message import Message
from sipagent.scenario.engine import Ending
from sipagent.scenario.step import Step
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.leg import Stop
from sipagent.telephony.script import Act, Leave, Press, Speak
from sipagent.tickets.model import Filter, Way
from sipagent.tickets.tickets import Tickets
from tests.exchange.voicemail.post import (
    ANNAS,
    STRANGER,
    WITH_BOX,
    Post,
    from_outside,
    from_phone,
    taken,
)

pytestmark = pytest.mark.unit


async def test_a_message_is_left_and_kept(post: Post) -> None:
    call, outcome = await post.leave(Speak(5.0))
    assert outcome == "left"
    assert call.answered
    assert post.talk_of[Led] == Led(called="Anna Nowak")
    assert call.heard == ["voicemail.greeting-always", "tone.record", "voicemail.left"]
    assert "skrzynka głosowa: Anna Nowak" in call.words
    (message,) = post.messages.listed()
    assert (message.state, message.box, message.caller) == (State.NEW, "Anna", "+48600700700")
    assert (message.name, message.call, message.asserted) == ("Jan Obcy", call.id, True)
    assert message.seconds >= 5
    assert post.files() == [message.recording]
    assert post.boxes.counts("Anna") == (1, 0)
    assert post.changed == ["Anna"]
    assert post.woken == 1


@pytest.mark.parametrize("then", [Stop.SILENCE, Stop.LENGTH, None])
async def test_whatever_ends_it_the_message_is_kept(then: Stop | None, post: Post) -> None:
    _, outcome = await post.leave(Speak(5.0, then))
    assert outcome == ("hung-up" if then is None else "left")
    assert post.boxes.counts("Anna") == (1, 0)


async def test_it_is_no_longer_than_the_box_says(post: Post) -> None:
    call, _ = await post.leave(Speak(200.0))
    (message,) = post.messages.listed()
    assert 60 <= message.seconds < 70
    ends = [event.details["stop"] for event in call.timeline if event.kind == "record-end"]
    assert ends == ["length"]


@pytest.mark.parametrize(
    "acts",
    [[Speak(1.5)], [Speak(1.5, None)], [Speak(0.0)], [], [Leave("voicemail.greeting-always")]],
)
async def test_what_is_shorter_than_two_seconds_is_a_missed_call(
    acts: list[Act], post: Post
) -> None:
    """Voicemail under 2 s, or only a busy tone: a note of a missed call, no message."""
    call, outcome = await post.leave(*acts)
    assert outcome in {"nothing", "hung-up"}
    assert post.boxes.counts("Anna") == (0, 0)
    assert not post.messages.listed()
    assert [event.kind for event in call.timeline if "call" in event.kind] == ["missed-call"]
    (missed,) = post.messages.listed(states=[State.MISSED])
    assert missed.caller == "+48600700700"
    assert post.files() == []
    assert post.woken == 1
    assert post.changed == []


async def test_a_full_box_says_so(post: Post) -> None:
    for _ in range(3):
        await post.leave(Speak(3.0))
    call, outcome = await post.leave(Speak(3.0))
    assert outcome == "full"
    assert call.heard == ["voicemail.full"]
    assert post.boxes.counts("Anna") == (3, 0)
    assert len(post.messages.listed(states=[State.MISSED])) == 1


async def test_a_box_that_is_gone(post: Post) -> None:
    call, outcome = await post.leave(box="Nikt")
    assert outcome == "gone"
    assert not call.heard


async def test_a_key_skips_the_greeting(post: Post) -> None:
    call, outcome = await post.leave(Press("#", "voicemail.greeting-always"), Speak(4.0))
    assert outcome == "left"
    assert call.heard[0] == "tone.record"


REACH: dict[str, object] = {"target": "user:Anna Nowak"}


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ([], "voicemail.greeting-always"),
        ([(ScheduleStep, {"schedule": "Nikt"})], "announcement.Zamknięte"),
        ([(Redirect, REACH)], "voicemail.greeting-absent"),
    ],
)
async def test_the_greeting_fits_what_has_happened(
    before: list[tuple[type[Step], dict[str, object]]], said: str, post: Post
) -> None:
    call, _ = await post.walk([*before, (Voicemail, {"box": "Anna"})], Speak(3.0))
    assert call.heard[0] == said


async def test_who_is_in_a_call_is_busy(post: Post) -> None:
    with post.house.board.engaged("Anna Nowak"):
        call, _ = await post.walk([(Redirect, REACH), (Voicemail, {"box": "Anna"})], Speak(3.0))
    assert call.heard[0] == "voicemail.greeting-busy"


async def test_a_greeting_may_be_named(post: Post) -> None:
    call, _ = await post.leave(Speak(3.0), greeting="closed")
    assert call.words.startswith("Jest już za późno.")


async def test_a_spoken_greeting_wins(post: Post) -> None:
    path = await post.boxes.new_greeting("c1")
    await FakeLeg([Speak(3.0)]).record(path, longest=60, silence=1, first=8)
    await post.boxes.greet("Anna", path)
    call, _ = await post.leave(Speak(3.0), greeting="closed")
    assert call.heard[0] == "voicemail.own-greeting"
    await post.boxes.greet("Anna", None)
    call, _ = await post.leave(Speak(3.0))
    assert call.heard[0] == "voicemail.greeting-always"


async def test_a_redirect_to_a_box_takes_a_message(post: Post) -> None:
    _, outcome = await post.walk([(Redirect, {"target": "box:Anna"})], Speak(3.0))
    assert outcome == "answered"
    assert post.boxes.counts("Anna") == (1, 0)
    _, outcome = await post.walk([(Redirect, {"target": "box:Nikt"})])
    assert outcome == "unreachable"


async def test_what_a_dying_program_leaves_is_found_again(post: Post) -> None:
    kept = await post.boxes.begin("Anna", STRANGER, "c1", "pl")
    call = FakeLeg([Speak(4.0)])
    await call.record(kept.path, longest=60, silence=4, first=8)
    head = bytearray(kept.path.read_bytes())
    head[4:8] = head[40:44] = bytes(4)  # as PJMEDIA leaves a file that it has not closed
    kept.path.write_bytes(head)
    await post.boxes.begin("Anna", STRANGER, "c2", "pl")
    assert await post.boxes.recover() == 1
    (message,) = post.messages.listed()
    assert message.call == "c1"
    assert message.seconds >= 4
    assert [one.call for one in post.messages.listed(states=[State.MISSED])] == ["c2"]
    assert await post.boxes.recover() == 0


async def test_a_disk_that_takes_nothing_is_told_to_the_caller(post: Post) -> None:
    (post.folder / "recordings").write_text("no folder")
    call, outcome = await post.leave(Speak(3.0))
    assert outcome == "failed"
    assert call.heard == ["voicemail.failed"]


class FullDisk(FakeLeg):
    """A disk takes the first seconds of what is said, and is full then."""

    async def record(
        self, path: Path, *, longest: float, silence: float, first: float, end: str = "#"
    ) -> Stop:
        await super().record(path, longest=longest, silence=silence, first=first, end=end)
        raise SetupError(f"{path}: only 3.0 of 9.0 s were recorded; is the disk full?")


async def test_a_full_disk_is_told_and_what_it_took_is_kept(post: Post) -> None:
    call = FullDisk([Speak(4.0)], caller=STRANGER, called="+48221000206", trunk="carrier")
    await taken(post, call)
    assert call.heard[-1] == "voicemail.failed"
    assert post.boxes.counts("Anna") == (1, 0)
    assert [e.details["error"] for e in call.timeline if e.kind == "failure"] == ["setup"]


async def test_a_message_outlives_its_box(post: Post) -> None:
    await post.leave(Speak(3.0))
    empty = WITH_BOX.model_copy(update={"boxes": (), "numbers": ()})
    await post.store.write(lambda db: editing.replace(db, empty))
    (message,) = post.messages.listed(box="Anna")
    assert message.box_id is None
    assert post.boxes.counts("Anna") == (0, 0)


async def test_another_name_of_a_box_changes_nothing_else(post: Post) -> None:
    await post.leave(Speak(3.0))
    await post.store.write(lambda db: editing.edit(db, "boxes", "Anna", {"name": "Ania"}))
    assert post.boxes.counts("Ania") == (1, 0)
    assert [one.box for one in post.messages.listed(box="Ania")] == ["Ania"]


# Who comes to a box -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        from_outside("+48221000206", Speak(4.0)),
        from_outside("+48221000207", Speak(4.0)),
        from_phone("103", "101", Speak(4.0)),
        from_phone("103", "301", Speak(4.0)),
    ],
    ids=["number of a box", "number of a user", "phone to a user", "phone to a box"],
)
async def test_nobody_answers_a_user_who_has_a_box(call: FakeLeg, post: Post) -> None:
    result = await taken(post, call)
    assert result.ending is Ending.DONE
    assert call.over
    assert call.heard[-1] == "voicemail.left"
    assert post.boxes.counts("Anna") == (1, 0)
    (message,) = post.messages.listed()
    assert message.caller == (call.caller.extension or call.caller.number)
    assert message.name == ("Ewa Lis" if call.caller.extension else "Jan Obcy")


async def test_who_calls_a_user_without_a_box_is_told_as_before(post: Post) -> None:
    call = from_phone("101", "103")
    await taken(post, call)
    assert not call.answered


async def test_the_next_caller_of_a_busy_user_comes_to_the_box(post: Post) -> None:
    call = from_phone("103", "101", Speak(4.0))
    with post.house.board.engaged("Anna Nowak"):
        await taken(post, call)
    assert call.heard[0] == "voicemail.greeting-busy"


@pytest.mark.parametrize(
    ("when", "busy", "greeting"),
    [
        (When.ALWAYS, False, "always"),
        (When.BUSY, True, "busy"),
        (When.NO_ANSWER, False, "absent"),
    ],
)
async def test_calls_are_forwarded_to_a_box(
    when: When, busy: bool, greeting: str, post: Post
) -> None:
    handling = Handling(forwards={when: Forward(Ref(Kind.BOX, "Anna"))})
    post.house.snapshot = Snapshot.of(Stored(WITH_BOX), {"Ewa Lis": handling})
    call = from_phone("101", "103", Speak(4.0))
    with post.house.board.engaged("Ewa Lis" if busy else ""):
        await taken(post, call)
    assert call.heard[0] == f"voicemail.greeting-{greeting}"
    assert post.boxes.counts("Anna") == (1, 0)
    (message,) = post.messages.listed()
    assert message.name == "Anna Nowak"


async def test_a_round_of_two_who_forward_to_each_other_ends_in_the_box_of_the_last(
    post: Post,
) -> None:
    """Two users who forward to each other: the round ends after one turn, and the caller hears
    something sensible."""
    ewa, jan = Ref(Kind.USER, "Ewa Lis"), Ref(Kind.USER, "Jan Kowal")
    box = Forward(Ref(Kind.BOX, "Anna"))
    handlings = {
        ewa.name: Handling(forwards={When.ALWAYS: Forward(jan)}),
        jan.name: Handling(forwards={When.ALWAYS: Forward(ewa), When.NO_ANSWER: box}),
    }
    post.house.snapshot = Snapshot.of(Stored(WITH_BOX), handlings)
    call = from_phone("101", "103", Speak(4.0))
    await taken(post, call)
    assert "voicemail.left" in call.heard
    assert not post.house.phones.legs


@pytest.mark.parametrize(("typed", "outcome"), [("101#", "answered"), ("103#", "unreachable")])
async def test_a_typed_number_leads_to_the_box_of_who_has_it(
    typed: str, outcome: str, post: Post
) -> None:
    settings = {"prompt": "greeting", "repeat": 1}
    call, ended = await post.walk([(Dial, settings)], typed, Speak(4.0))
    assert ended == outcome
    assert ("voicemail.left" in call.heard) is (outcome == "answered")


async def test_the_greeting_is_made_while_somebody_is_rung(post: Post) -> None:
    step = Voicemail("left", VoicemailSettings(box="Anna"))
    keys = {said.key for said in step.ahead(post.talk())}
    assert {"voicemail.greeting-absent", "voicemail.greeting-busy", "voicemail.left"} <= keys
    assert "voicemail.greeting-closed" not in keys, "that is an announcement"
    assert not list(Voicemail("left", VoicemailSettings(box="Nikt")).ahead(post.talk()))


async def test_when_the_line_closes_in_the_middle_what_was_said_is_kept(post: Post) -> None:
    closing, speaking = asyncio.Event(), asyncio.Event()

    async def passing(seconds: float) -> None:
        if post.boxes.counts("Anna") == (0, 0) and seconds >= 30:
            speaking.set()
            await asyncio.Event().wait()

    call = from_outside("+48221000206", Speak(30.0))
    call.sleep = passing
    handler = handler_of(call, post.house.programme, post.house.board)
    assert handler is not None
    taking = asyncio.create_task(handler.run(call, post.talk(), longest=3600.0, closing=closing))
    await speaking.wait()
    closing.set()
    result = await taking
    assert result.ending is Ending.SHUTDOWN
    assert call.heard[-1] == "line.closing"
    assert post.boxes.counts("Anna") == (1, 0)


async def test_a_message_is_a_ticket_where_its_box_says_so(post: Post) -> None:
    """Both keep the recording: whichever goes first takes nothing from the other."""
    await post.leave(Speak(5.0))
    (message,) = post.messages.waiting()
    work = VoiceWork(
        lambda: post.house.snapshot, lambda *words: Message("", "", ""), post.folder / "recordings"
    )

    async def handled(*, tickets: bool) -> None:
        box = ANNAS.model_copy(update={"tickets": tickets})
        post.house.snapshot = Snapshot(WITH_BOX.model_copy(update={"boxes": (box,)}))
        work.letter(message, Transcription.DONE, "Proszę oddzwonić.")
        await post.store.write(
            lambda db: work.handled(db, message, Transcription.DONE, "Proszę oddzwonić.")
        )

    await handled(tickets=False)
    assert not Tickets(post.store.view).listed(Filter())
    for _ in range(2):  # as after a stop in between
        await handled(tickets=True)
    (ticket,) = Tickets(post.store.view).listed(Filter())
    assert (ticket.way, ticket.heading, ticket.call) == (Way.BOX, "Proszę oddzwonić.", message.call)
    assert (ticket.asker.name, ticket.asker.phone) == ("Jan Obcy", "+48600700700")
    (entry,) = Tickets(post.store.view).thread(ticket.number)
    assert entry.voice is not None
    assert entry.voice.transcription is Transcription.DONE
    await post.boxes.delete(message)
    assert post.files() == [entry.voice.recording]
