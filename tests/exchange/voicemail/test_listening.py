"""Listening to a box from a phone of the house: the PIN, the messages, and what each key does."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sipagent.exchange import editing
from sipagent.exchange.codes import coded
from sipagent.exchange.model import Box
from sipagent.exchange.steps.mailbox import Mailbox
from sipagent.exchange.steps.voicemail import Voicemail, VoicemailSettings
from sipagent.exchange.voicemail.messages import VoiceMessage
from sipagent.scenario import checker
from sipagent.scenario.model import Scenario
from sipagent.scenario.step import Step
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee, FakePhones
from sipagent.telephony.leg import Stop
from sipagent.telephony.party import Caller
from sipagent.telephony.script import Act, Leave, Press, Speak
from tests.exchange.house import CATALOGUE
from tests.exchange.voicemail.post import STRANGER, WITH_BOX, Post, from_phone, taken

pytestmark = pytest.mark.unit

PIN = "271828"
GROUPS = Box(name="Biuro", owner="group:Biuro", number="302")


async def with_pin(post: Post, box: str = "Anna") -> None:
    await post.store.write(lambda db: editing.set_pin(db, box, PIN))
    await post.reread()


async def left(post: Post, *callers: Caller) -> list[VoiceMessage]:
    """Have messages left, each by a caller of its own."""
    for number, caller in enumerate(callers):
        draft = await post.boxes.begin("Anna", caller, f"c{number}", "pl")
        call = FakeLeg([Speak(3.0)])
        await call.record(draft.path, longest=60, silence=1, first=8)
        assert await post.boxes.settle(draft)
    return post.messages.listed()


async def listens(
    post: Post, *script: Act, extension: str = "101", dialled: str = "*97"
) -> FakeLeg:
    call = from_phone(extension, dialled, *script)
    await taken(post, call)
    return call


def test_what_the_codes_are() -> None:
    for dialled, number in (("*97", ""), ("*97#", ""), ("*98200", "200"), ("*98200#", "200")):
        step = coded(dialled)
        assert isinstance(step, Mailbox)
        assert step.settings.number == number
    for dialled in ("*9", "*98", "*971", "*981234567", "97"):
        assert not isinstance(coded(dialled), Mailbox)


async def test_the_pin_lets_in_and_the_messages_are_counted_and_played(post: Post) -> None:
    await with_pin(post)
    ewa = Caller(None, asserted=True, extension="103", name="Ewa Lis")
    await left(post, STRANGER, ewa, Caller(None))
    call = await listens(post, f"{PIN}#", "#", "#", "#", "*")
    heard = " ".join(call.heard)
    assert "Skrzynka zawiera trzy nowe wiadomości." in call.words
    assert "Wiadomość numer jeden, nowa. Z numeru sześć zero zero, siedem" in call.words
    assert "Od: Ewa Lis. Dzisiaj, godzina" in call.words
    assert "Z numeru ukrytego." in call.words
    assert call.heard.count("voicemail.recording") == 3
    assert "voicemail.end" in heard
    assert call.heard[-1] == "voicemail.goodbye"
    assert post.boxes.counts("Anna") == (0, 3)
    assert post.changed[-3:] == ["Anna"] * 3


async def test_the_pin_is_in_no_record(post: Post) -> None:
    await with_pin(post)
    call = await listens(post, f"{PIN}#", "*")
    keys = [event for event in call.timeline if event.kind == "digit"]
    assert [bool(event.details.get("secret")) for event in keys] == [True] * 7 + [False]


async def test_a_pin_that_is_typed_into_the_prompt_before_it_is_in_no_record(post: Post) -> None:
    await with_pin(post)
    call = await listens(post, "111222#", Press(f"{PIN}#", during="voicemail.pin-wrong"), "*")
    assert call.heard[-1] == "voicemail.goodbye"
    keys = [event for event in call.timeline if event.kind == "digit"]
    assert [bool(event.details.get("secret")) for event in keys] == [True] * 14 + [False]


async def test_an_empty_box_says_so(post: Post) -> None:
    await with_pin(post)
    call = await listens(post, f"{PIN}#", "*")
    assert call.heard[1] == "voicemail.count-none"
    assert call.heard[-1] == "voicemail.goodbye"


async def test_wrong_pins_lock_out_across_calls(post: Post) -> None:
    """Wrong PINs are counted for the box, whoever types them."""
    await with_pin(post)
    call = await listens(post, "111222#", "333444#", "")
    assert call.heard.count("voicemail.pin-wrong") == 2
    assert call.heard[-1] == "voicemail.pin-help"
    call = await listens(post, "555666#")
    assert call.heard[-1] == "login.locked-minutes"
    call = await listens(post, f"{PIN}#")
    assert call.heard[-1] == "login.locked-minutes", "the right one has to wait, too"
    await with_pin(post)
    call = await listens(post, f"{PIN}#", "*")
    assert "voicemail.count-none" in call.heard, "who sets a PIN forgives what was guessed wrong"


async def test_a_box_without_a_pin_gets_one_from_the_own_phone(post: Post) -> None:
    call = await listens(post, "123456#", "271828#", "271829#", "271828#", "271828#", "*")
    assert call.heard[:6] == [
        "voicemail.pin-none",
        "voicemail.pin-new",
        "voicemail.pin-easy",
        "voicemail.pin-new",
        "voicemail.pin-again",
        "voicemail.pin-differs",
    ]
    assert "voicemail.pin-set" in call.heard
    assert call.heard[-1] == "voicemail.goodbye"
    await post.reread()
    call = await listens(post, f"{PIN}#", "*")
    assert call.heard[-1] == "voicemail.goodbye"


async def with_group(post: Post) -> None:
    exchange = post.house.exchange.model_copy(update={"boxes": (*WITH_BOX.boxes, GROUPS)})
    await post.store.write(lambda db: editing.replace(db, exchange))
    await post.reread()


@pytest.mark.parametrize("dialled", ["*98200", "*98302"])
async def test_a_member_listens_to_the_box_of_the_group(dialled: str, post: Post) -> None:
    await with_group(post)
    call = await listens(post, extension="103", dialled=dialled)
    assert call.heard == ["voicemail.pin-of-group"]
    assert "administrator" in call.words
    await with_pin(post, "Biuro")
    call = await listens(post, f"{PIN}#", "*", extension="103", dialled=dialled)
    assert "voicemail.count-none" in call.heard
    assert call.heard[-1] == "voicemail.goodbye"


async def test_a_member_shuts_out_no_other_one(post: Post) -> None:
    await with_group(post)
    await with_pin(post, "Biuro")
    call = await listens(post, f"{PIN}#", "9", "2", "*", "*", extension="103", dialled="*98200")
    assert "voicemail.pin-not-own" in call.heard
    assert "voicemail.pin-new" not in call.heard


@pytest.mark.parametrize(
    ("extension", "dialled"),
    [("102", "*98200"), ("103", "*98301"), ("103", "*98101"), ("101", "*98777"), ("103", "*97")],
)
async def test_nobody_else_is_even_asked_for_the_pin(
    extension: str, dialled: str, post: Post
) -> None:
    await with_group(post)
    call = await listens(post, extension=extension, dialled=dialled)
    assert call.heard == ["voicemail.no-box"]


@pytest.mark.parametrize(
    ("keys", "recordings", "counts"),
    [
        (["#", "#", "*"], 2, (0, 2)),
        (["1", "1", "#", "*"], 4, (0, 2)),
        (["2", "2", "*"], 2, (0, 2)),
        (["#", "4", "*"], 3, (0, 2)),
        (["#", "#", "1", "*"], 3, (0, 2)),
        (["0", "0", "*"], 1, (1, 1)),
        (["*"], 1, (1, 1)),
        (["3", "#", "*"], 2, (0, 1)),
        (["3", "3", "*"], 1, (1, 1)),
        (["3", "#", "4", "3", "*"], 3, (0, 2)),
        (["3", Leave()], 1, (1, 0)),
        ([Press("#", "voicemail.recording"), "#", "*"], 1, (0, 2)),
        ([Leave("voicemail.recording")], 0, (2, 0)),
    ],
)
async def test_what_the_keys_do(
    keys: Sequence[Act], recordings: int, counts: tuple[int, int], post: Post
) -> None:
    """What is deleted can be had back until the call is over, and then is gone with its file."""
    await with_pin(post)
    await left(post, STRANGER, STRANGER)
    call = await listens(post, f"{PIN}#", *keys)
    assert call.heard.count("voicemail.recording") == recordings
    assert post.boxes.counts("Anna") == counts
    assert post.files() == sorted(one.recording for one in post.messages.listed())


async def test_new_messages_come_before_saved_ones(post: Post) -> None:
    await with_pin(post)
    first, *_ = await left(post, STRANGER, STRANGER)
    await post.boxes.save(first)
    call = await listens(post, f"{PIN}#", "#", "#", "*")
    played = [
        event.details["message"] for event in call.timeline if event.kind == "voicemail-heard"
    ]
    assert played == [2, 1]
    assert "Skrzynka zawiera jedną nową wiadomość i jedną zachowaną." in call.words


async def test_older_messages_have_their_day(post: Post) -> None:
    await with_pin(post)
    await left(post, STRANGER, STRANGER)
    for message, days in ((1, 1), (2, 40)):
        then = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        await post.store.write(
            lambda db, then=then, message=message: db.execute(  # type: ignore[misc]
                "UPDATE voice_messages SET created = ? WHERE id = ?", [then, message]
            )
        )
    call = await listens(post, f"{PIN}#", "#", "*")
    assert "Wczoraj, godzina" in call.words
    assert "Dnia" in call.words


async def test_a_recording_that_is_gone_keeps_nobody(post: Post) -> None:
    await with_pin(post)
    (message,) = await left(post, STRANGER)
    post.boxes.path(message).unlink()
    call = await listens(post, f"{PIN}#", "3", "*")
    assert "voicemail.gone" in call.heard
    assert post.boxes.counts("Anna") == (0, 0)


async def test_who_knows_the_pin_listens_from_anywhere(post: Post) -> None:
    """And calls nobody from there."""
    await with_pin(post)
    await left(post, STRANGER)
    call, ended = await post.walk([(Mailbox, {"box": "Anna"})], f"{PIN}#", "5", "*")
    assert "voicemail.recording" in call.heard
    assert "exchange.not-allowed" in call.heard
    assert call.heard[-1] == "voicemail.goodbye"
    assert ended == ""
    assert call.over
    call, _ = await post.walk([(Mailbox, {"box": "Anna"})], "111222#", "333444#", "555666#")
    assert call.heard[-1] == "login.locked-minutes"
    call, _ = await post.walk([(Mailbox, {"box": "Nikt"})])
    assert call.heard == ["voicemail.no-box"]


async def test_a_box_without_a_pin_is_closed_to_callers_from_outside(post: Post) -> None:
    call, _ = await post.walk([(Mailbox, {"box": "Anna"})], f"{PIN}#")
    assert call.heard == ["voicemail.pin-of-group"]


# Calling back -----------------------------------------------------------------------------------

FOREIGN, PREMIUM = "+4930123456", "+48701234567"


@pytest.mark.parametrize(
    ("caller", "said"),
    [
        (Caller(None), "voicemail.back-hidden"),
        (Caller("+48600700700"), "voicemail.back-unsure"),
        (Caller(FOREIGN), "voicemail.back-unsure"),
        (Caller(FOREIGN, asserted=True), "exchange.not-allowed"),
        (Caller(PREMIUM, asserted=True), "exchange.not-allowed"),
        (Caller(None, asserted=True, extension="999"), "voicemail.back-gone"),
    ],
)
async def test_a_forged_number_is_not_called_back(caller: Caller, said: str, post: Post) -> None:
    """Calling back from a mailbox cannot dial a forged foreign number."""
    await with_pin(post)
    await left(post, caller)
    call = await listens(post, f"{PIN}#", "5", "*")
    assert said in call.heard
    assert not post.house.phones.legs


@pytest.mark.parametrize(
    ("caller", "callee", "reached"),
    [
        (STRANGER, "+48600700700", "+48600700700"),
        (Caller(None, asserted=True, extension="103"), "sip:103-1@192.0.2.103:5060", "103"),
    ],
)
async def test_who_has_left_a_message_is_called_back(
    caller: Caller, callee: str, reached: str, post: Post
) -> None:
    await with_pin(post)
    await left(post, caller)
    post.house.phones = FakePhones({callee: Callee(talks=5)})
    call = await listens(post, f"{PIN}#", "5", "*")
    assert [leg.called for leg in post.house.phones.legs] == [reached]
    assert "joined" in {event.kind for event in call.timeline}
    assert call.heard[-1] == "voicemail.goodbye", "the box is there after the conversation"


# Greeting and PIN -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "kept"),
    [
        ([Speak(3.0), "1"], True),
        ([Speak(3.0), "2", "2", "1"], True),
        ([Speak(3.0), "3", Speak(4.0), "1"], True),
        ([Speak(3.0), "*"], False),
        ([Speak(0.0, Stop.SILENCE)], False),
        ([Speak(3.0), Leave()], False),
        ([Speak(3.0, None)], False),
    ],
)
async def test_a_greeting_is_spoken_heard_and_kept(
    keys: Sequence[Act], kept: bool, post: Post
) -> None:
    await with_pin(post)
    await listens(post, f"{PIN}#", "9", "1", "1", *keys, "*", "*", "*")
    greeting = await post.boxes.greeting("Anna")
    assert (greeting is not None) is kept
    assert post.files() == ([greeting.name] if greeting else [])


async def test_the_usual_greeting_comes_back(post: Post) -> None:
    await with_pin(post)
    call = await listens(post, f"{PIN}#", "9", "1", "1", Speak(3.0), "1", "2", "3", "*", "*", "*")
    assert "voicemail.own-greeting" in call.heard
    assert await post.boxes.greeting("Anna") is None
    assert post.files() == []


async def test_another_pin(post: Post) -> None:
    await with_pin(post)
    call = await listens(post, f"{PIN}#", "9", "2", "314159#", "314159#", "*", "*")
    assert "voicemail.pin-set" in call.heard
    await post.reread()
    assert "voicemail.pin-wrong" in (await listens(post, f"{PIN}#", Leave())).heard
    assert "voicemail.count-none" in (await listens(post, "314159#", "*")).heard


async def test_hundreds_of_wrong_keys_end_the_call(post: Post) -> None:
    await with_pin(post)
    call = await listens(post, f"{PIN}#", *"8" * 100)
    assert call.over


@pytest.mark.parametrize("step", [coded("*97"), Voicemail("left", VoicemailSettings(box="Anna"))])
def test_the_prompts_have_what_they_need_and_announce_the_keys_that_work(
    step: Step, tmp_path: Path
) -> None:
    path = tmp_path / "walk.toml"
    path.write_text("", "utf-8")
    walked = Scenario(path, "walk", ("pl", "en"), {}, step.name, {step.name: step}, {})
    assert checker.check_prompts(walked, CATALOGUE) == []


@pytest.mark.parametrize("seed", range(40))
async def test_whatever_is_pressed_only_what_was_deleted_is_gone(seed: int, post: Post) -> None:
    """A thousand keys at random, pressed by forty who may hang up at any moment."""
    dice = random.Random(seed)
    await with_pin(post)
    there = {one.id for one in await left(post, STRANGER, Caller(None), STRANGER)}
    keys: list[Act] = [dice.choice("123459#*0##33") for _ in range(25)]
    if dice.random() < 0.5:
        keys.insert(dice.randrange(len(keys)), Leave())
    call = await listens(post, f"{PIN}#", *keys)
    assert call.over
    gone: set[int] = set()
    heard: list[int] = []
    for event in call.timeline:
        if event.kind == "voicemail-heard":
            heard.append(int(str(event.details["message"])))
        elif event.kind == "prompt" and event.details["key"] in {
            "voicemail.deleted",
            "voicemail.restored",
        }:
            gone ^= {heard[-1]}
    assert {one.id for one in post.messages.listed()} == there - gone
    own = await post.boxes.greeting("Anna")
    files = {one.recording for one in post.messages.listed()} | ({own.name} if own else set())
    assert set(post.files()) == files
    assert sum(post.boxes.counts("Anna")) == len(there - gone)
