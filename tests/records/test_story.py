"""A call is told as a story: also one of old, and one that a crash has cut off."""

import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import sipagent
from sipagent.exchange.reach import Reach
from sipagent.records.history import CallRow, EventRow
from sipagent.records.story import LANGUAGES, Told, chapter, sentences, sound, story
from sipagent.switching.putting_through import How

pytestmark = pytest.mark.unit

HOUSE = Path(sipagent.__file__).parent
START = "2026-11-26T10:00:00.000+00:00"
ANNA, JAN, EWA = "Anna Nowak <101>", "Jan Kowal <102>", "Ewa Lis <103>"


def call(**others: Any) -> CallRow:
    row: dict[str, Any] = {
        "id": "a1",
        "sip_id": "a1@x",
        "started": START,
        "answered": None,
        "ended": None,
        "caller": "+48600700700",
        "asserted": 1,
        "called": "+48221000200",
        "scenario": "group:Biuro",
        "language": "pl",
        "ended_by": None,
        "outcome": None,
        "sip_code": None,
        "quality": None,
        "trunk": "carrier",
        "verstat": None,
        "cost": None,
        "labels": {},
    }
    return CallRow(**row | others)


def told(
    *events: tuple[float, str, Mapping[str, Any]], language: str = "en", **row: Any
) -> list[str]:
    """Return the sentences of a call after its first."""
    timeline = [EventRow(round(1000 * at), kind, dict(details)) for at, kind, details in events]
    return [one.text for one in story(call(**row), timeline, language)][1:]


def test_it_begins_with_who_calls_and_each_sentence_has_its_time() -> None:
    assert list(story(call(), [EventRow(61_250, "answer", {})], "en")) == [
        Told(0, "call", "+48600700700 calls +48221000200 over the trunk carrier."),
        Told(61_250, "answer", "The line answers."),
    ]
    (hidden,) = story(call(caller=None, trunk=""), [], "pl")
    assert hidden.text == "Numer ukryty dzwoni pod +48221000200."


def test_both_languages_tell_the_same() -> None:
    english, polish = map(sentences, LANGUAGES)

    def names(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert {key: names(text) for key, text in english.items()} == {
        key: names(text) for key, text in polish.items()
    }


def test_whatever_the_house_notes_of_a_call_has_a_sentence() -> None:
    """A kind that is new somewhere, and told nowhere, is found here."""
    rooms = [path for path in HOUSE.rglob("*.py") if "panel" not in path.parts]
    text = "\n".join(path.read_text("utf-8") for path in rooms)
    noted = set(re.findall(r'\.note\(\s*"([a-z-]+)"', text))
    assert noted > {"answer", "room", "statement", "queue-answered", "hears"}
    keys = sentences("en").keys()
    told_of = {key.partition(".")[0] for key in keys} | {key.partition(".")[2] for key in keys}
    assert noted <= told_of


def test_whatever_somebody_does_with_a_call_has_a_sentence() -> None:
    ways = {f"handed-over.{how.value}" for how in How} | {f"reached.{how.value}" for how in Reach}
    assert ways <= sentences("en").keys()


def test_it_is_told_in_polish_as_well() -> None:
    leg = {"sip_id": "a"}
    assert told(
        (1, "second-leg", {**leg, "party": ANNA}),
        (5, "second-leg-over", {**leg, "code": 486, "reason": "Busy Here"}),
        (6, "voicemail", {"box": "Biuro", "message": 7, "seconds": 12.5}),
        (7, "reached", {"target": ANNA, "reach": "busy"}),
        language="pl",
    ) == [
        f"Linia dzwoni: {ANNA}.",
        f"{ANNA} nie odbiera po 0:04 dzwonienia (486 Busy Here).",
        "Dzwoniący zostawia wiadomość (12,5 s) w skrzynce Biuro.",
        f"{ANNA}: zajęte.",
    ]


def test_how_audio_arrived() -> None:
    heard = {
        "codec": "PCMA", "mos": 4.37, "rx_packets": 95, "rx_lost": 5, "tx_lost": None,
        "tx_packets": 100, "rx_jitter_ms": 2.25, "rtt_ms": 31.4, "rx_silent": False,
    }  # fmt: skip
    assert sound(heard, "en") == "PCMA, MOS 4.4, lost 5 of 100, jitter 2.2 ms, round trip 31 ms"
    assert sound(heard, "pl").startswith("PCMA, MOS 4,4, utracone 5 z 100, jitter 2,2 ms")
    silent = {**heard, "rx_packets": 0, "mos": None, "rx_jitter_ms": None, "rx_silent": True}
    assert "nothing came in" in sound(silent, "en")


def test_chapters_of_a_recording() -> None:
    assert chapter("hears", "+48600 | Anna", "en") == "Heard: +48600 | Anna"
    assert chapter("nobody", "", "pl") == "Nikogo nie słychać."


def test_what_is_recorded_and_what_is_not() -> None:
    assert told(
        (1, "recording", {"recording": 7, "why": "user:Anna Nowak"}),
        (2, "recording-paused", {"recording": 7, "by": ANNA}),
        (3, "recording-resumed", {"recording": 7, "by": "time"}),
        (4, "recording-end", {"recording": 7}),
        (5, "recording-failed", {"reason": "the disk is full"}),
    ) == [
        "What is said is recorded from here on (user:Anna Nowak, recording 7).",
        "The recording is silent, as Anna Nowak <101> wants it.",
        "The recording goes on (time).",
        "Recording 7 is over.",
        "What is said cannot be recorded: the disk is full.",
    ]


def test_a_group_rings_one_answers_and_hands_the_call_over() -> None:
    assert told(
        (0.1, "second-leg", {"sip_id": "a", "party": ANNA}),
        (0.1, "second-leg", {"sip_id": "j", "party": JAN}),
        (
            6.1,
            "second-leg-over",
            {"sip_id": "a", "code": 487, "reason": "Call completed elsewhere"},
        ),
        (6.1, "reached", {"target": "group:Biuro", "reach": "answered", "code": 200, "reason": ""}),
        (6.1, "answer", {}),
        (6.2, "joined", {"sip_id": "j"}),
        (30, "second-leg", {"sip_id": "e", "party": EWA}),
        (35, "joined", {"sip_id": "e"}),
        (35, "handed-over", {"from": JAN, "to": EWA, "how": "attended"}),
        (35, "parted", {"sip_id": "j", "seconds": 28.8}),
        (95, "hung-up", {"code": 200, "reason": "Normal call clearing"}),
    ) == [
        f"The line rings {ANNA}.",
        f"The line rings {JAN}.",
        f"{ANNA} has rung for 0:06; somebody else has taken the call.",
        "group:Biuro is reached.",
        "The line answers.",
        f"{JAN} takes the call after 0:06 of ringing.",
        f"The line rings {EWA}.",
        f"{EWA} takes the call after 0:05 of ringing.",
        f"{JAN} puts the call through to {EWA}, and has asked there before.",
        f"{JAN} leaves, after talking for 0:29.",
        "The caller hangs up (200 Normal call clearing).",
    ]


@pytest.mark.parametrize(
    ("code", "reason", "why"),
    [
        (486, "Busy Here", " (486 Busy Here)"),
        (0, "nobody answered in time", " (nobody answered in time)"),
        (0, "", ""),
    ],
)
def test_who_does_not_take_the_call(code: int, reason: str, why: str) -> None:
    assert told(
        (1, "second-leg", {"sip_id": "a", "party": ANNA}),
        (21, "second-leg-over", {"sip_id": "a", "code": code, "reason": reason}),
    )[1:] == [f"{ANNA} has rung for 0:20, and does not take the call{why}."]


def test_who_is_joined_again_talks_on() -> None:
    leg = {"sip_id": "a"}
    assert told((1, "second-leg", {**leg, "party": ANNA}), (3, "joined", leg), (9, "joined", leg))[
        1:
    ] == [f"{ANNA} takes the call after 0:02 of ringing.", f"{ANNA} talks on."]


def test_a_record_of_old_names_its_legs_by_the_transfer_before_them() -> None:
    assert told(
        (1, "transfer", {"target": "201", "uri": "sip:201@x", "trunk": ""}),
        (1, "second-leg", {"sip_id": "b1"}),
        (4, "joined", {}),
        (9, "parted", {"seconds": 5.0}),
        (9, "transferred", {"reached": "answered", "way": "bridge", "code": 200, "reason": ""}),
    ) == [
        "The caller is to be put through to 201.",
        "The line rings 201.",
        "201 takes the call after 0:03 of ringing.",
        "201 leaves, after talking for 0:05.",
        "Putting through is over: answered.",
    ]


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("blind", "Jan puts the call through to Ewa, and leaves it at once."),
        ("attended", "Jan puts the call through to Ewa, and has asked there before."),
        ("pick-up", "Ewa picks up the call, which rings at Jan."),
        ("code", "Jan puts the call through to Ewa by keys."),
        ("magic", "handed-over: from Jan, to Ewa, how magic."),
    ],
)
def test_each_way_of_handing_over_is_told(how: str, sentence: str) -> None:
    assert told((1, "handed-over", {"from": "Jan", "to": "Ewa", "how": how})) == [sentence]


def test_what_a_crash_has_cut_off_says_so_where_it_was() -> None:
    *_, last = story(
        call(ended="2026-11-26T10:00:07.500+00:00", ended_by="crash"),
        [EventRow(1000, "second-leg", {"sip_id": "a", "party": ANNA})],
        "en",
    )
    assert last == Told(7500, "last", "Here the program was killed, or the machine died.")


def test_what_is_not_known_here_is_told_with_its_details() -> None:
    """Records of an older or a newer program are read as well."""
    assert told(
        (1, "conference", {"room": 7}), (2, "odd", {}), (3, "reached", {"reach": "moon"})
    ) == [
        "conference: room 7.",
        "odd.",
        "reached: reach moon.",
    ]


@pytest.mark.parametrize(
    "kind", ["joined", "parted", "second-leg-over", "second-leg", "prompt", "digit"]
)
def test_an_event_without_details_is_told_all_the_same(kind: str) -> None:
    assert len(told((1, kind, {}))) == 1


def test_what_a_leg_has_cost_is_told() -> None:
    leg = {"sip_id": "a"}
    assert told(
        (1, "second-leg", {**leg, "party": "+48600100100"}),
        (9, "cost", {**leg, "grosze": 55, "vat": 23, "tariff": "+48"}),
        (9, "limit", leg),
    )[1:] == [
        "The call to +48600100100 costs 0.55 zł without VAT.",
        "The limit for calls to +48600100100 is reached: the call is ended.",
    ]


@pytest.mark.parametrize(
    ("kind", "details", "sentence"),
    [
        ("refused", {"code": 488, "reason": "codec"}, "The line refuses the call (488: codec)."),
        ("refused", {"reason": "a ring"}, "The line refuses that: a ring."),
        (
            "night",
            {"schedule": "Biuro", "until": None},
            "The schedule Biuro follows its hours again.",
        ),
        (
            "night",
            {"schedule": "Biuro", "until": "8:00"},
            "The schedule Biuro is closed until 8:00.",
        ),
        ("dialled", {"number": "101", "target": "user:Anna Nowak"}, "The caller dials 101."),
        ("mailbox", {"box": "Biuro"}, "The caller opens the box Biuro."),
        (
            "voicemail",
            {"box": "Biuro", "message": 7, "seconds": 12.5},
            "The caller leaves a message of 12.5 s in the box Biuro.",
        ),
    ],
)
def test_what_phones_ask_for_is_told(kind: str, details: Mapping[str, Any], sentence: str) -> None:
    assert told((1, kind, details)) == [sentence]


def test_people_have_their_names_and_seconds_a_tenth() -> None:
    answered = {"member": "user:Anna Nowak", "queue": "Serwis", "seconds": 4.756}
    event = (1, "queue-answered", answered)
    assert told(event) == ["Anna Nowak is there for the caller after 4.8 s in queue Serwis."]
    assert told(event, language="pl") == ["Anna Nowak odbiera po 4,8 s czekania w kolejce Serwis."]


def test_tones_are_told_as_what_they_are() -> None:
    assert told(
        (1, "prompt", {"key": "tone.ringback", "text": "(tone)"}),
        (2, "prompt-end", {"key": "tone.ringback", "cut": True, "seconds": 1.0}),
        (3, "prompt", {"key": "tone.music", "text": "(tone)"}),
    ) == ["The caller hears it ring.", "The caller hears music."]


def test_a_call_that_is_parked_is_fetched_by_somebody_else() -> None:
    assert told(
        (1, "handed-over", {"from": JAN, "to": "*70", "how": "park"}),
        (9, "handed-over", {"from": "*70", "to": EWA, "how": "fetched"}),
    ) == [f"{JAN} parks the call at *70.", f"{EWA} fetches the call that is parked at *70."]
