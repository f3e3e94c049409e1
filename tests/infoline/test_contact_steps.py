"""Keys 3 and 9: statement, contact option, dictation, transfer."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sipagent.config import TransferSection
from sipagent.errors import HungUp, SetupError
from sipagent.infoline.contact import Contact, ContactPlan
from sipagent.infoline.directory import Directory
from sipagent.infoline.model import Contract, Owner
from sipagent.infoline.owner_requests import owner_requests, request_of
from sipagent.infoline.requests import Draft, Requests
from sipagent.infoline.statements import Statements
from sipagent.infoline.steps.contact import ContactStep
from sipagent.infoline.steps.dictation import Dictation
from sipagent.infoline.steps.statement import StatementStep
from sipagent.messages.queue import OutboxLimit
from sipagent.scenario.step import Step, settings_of
from sipagent.scenario.talk import Talk
from sipagent.scenario.transfer import Transfer, TransferTarget
from sipagent.speech.tones import Tones
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.switching.transfer import Transfers
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import Callee, FakePhones
from sipagent.telephony.leg import Stop
from sipagent.telephony.outcome import Reached
from sipagent.telephony.script import Act, Leave, Press, Speak
from sipagent.tickets.dictated import Dictated, Spoken
from tests.infoline.owner_talk import OWNER, Told, account, premises, walk
from tests.infoline.test_line import CATALOGUE, NOW, Voice
from tests.simulated import simulated

pytestmark = pytest.mark.unit

TOLD = Told([account("Eksploatacja", 100)], [premises("Mieszkanie 4", Woda=5000)])
PLAN = ContactPlan(Contact.TRANSCRIPTION, "", "biuro@example.org", True)


# ------------------------------------------------------------------------------- statement


class Sent(Statements):
    """Sends nothing, and says where it would have gone."""

    def __init__(self, addresses: Sequence[str] = (), error: Exception | None = None) -> None:
        self.addresses = tuple(addresses)
        self.error = error
        self.asked: list[tuple[str, str]] = []

    def send(
        self,
        owner: Owner,
        made: datetime,
        language: str,
        call: str = "",
        to: Sequence[str] | None = None,
    ) -> tuple[str, ...]:
        self.asked.append((owner.login, language))
        if self.error:
            raise self.error
        return self.addresses


async def test_the_caller_hears_where_the_statement_goes() -> None:
    sent = Sent(["anna@example.org", "dom@poczta.example.net"])
    call, outcome, _ = await walk(StatementStep, [], sent)
    assert outcome == "sent"
    assert call.heard == ["statement.sent", "statement.address", "statement.address"]
    assert "dwa adresy" in call.words
    assert "example kropka org" in call.words
    assert "anna" not in call.words, "only the first letter is told"
    assert sent.asked == [("100001", "pl")]


async def test_english_statements_for_english_callers() -> None:
    sent = Sent(["anna@example.org"])
    call, _, _ = await walk(StatementStep, [], sent, language="en")
    assert sent.asked == [("100001", "en")]
    assert "one address" in call.words


@pytest.mark.parametrize(
    ("sent", "outcome", "prompt"),
    [
        (Sent(), "no-address", "statement.no-address"),
        (Sent(error=OutboxLimit("too many")), "failed", "statement.too-many"),
        (Sent(error=SetupError("the disk is full")), "failed", "statement.failed"),
    ],
)
async def test_what_keeps_a_statement_back_is_told(sent: Sent, outcome: str, prompt: str) -> None:
    call, ended, _ = await walk(StatementStep, [], sent)
    assert ended == outcome
    assert call.heard == [prompt]


# --------------------------------------------------------------------------------- contact


def owner(**contract: Any) -> Owner:
    return replace(OWNER, manager=replace(OWNER.manager, contract=Contract(**contract)))


@pytest.mark.parametrize(
    ("contract", "outcome", "target"),
    [
        ({}, "none", ""),
        ({"contact": "transcription"}, "transcription", ""),
        ({"contact": "phone", "phone": "+48221000200"}, "phone", "+48221000200"),
        ({"contact": "softphone", "softphone": "sip:a@192.0.2.1"}, "softphone", "sip:a@192.0.2.1"),
    ],
)
async def test_what_the_contract_says(contract: dict[str, str], outcome: str, target: str) -> None:
    _, ended, talk = await walk(ContactStep, [], owner=owner(**contract))
    assert ended == outcome
    assert talk.facts[TransferTarget].address == target
    assert talk.facts[ContactPlan].option == outcome


# ------------------------------------------------------------------------------- dictation


class Kept:
    """Requests on a disk of their own."""

    def __init__(self, folder: Path) -> None:
        db = open_database(folder / "line.db", [owner_requests])
        self.data = Single(db)
        self.db = db
        self.dictated = Dictated(db)
        self.folder = folder / "recordings"
        self.woken = 0
        self.requests = Requests(self.data, self.folder, self.wake)
        self.tones = Tones(folder / "tones")

    def wake(self) -> None:
        self.woken += 1

    @property
    def taken(self) -> list[Spoken]:
        """The requests that were sent, by their numbers."""
        return self.dictated.waiting()

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


async def dictate(
    kept: Kept, *script: Act, requests: Requests | None = None, **settings: object
) -> tuple[FakeLeg, str]:
    services = {
        Requests: requests or kept.requests,
        Tones: kept.tones,
        Directory: TOLD,
    }
    call, outcome = await run(Dictation, script, services, settings)
    return call, outcome


async def run(
    kind: type[Step],
    script: Sequence[Act],
    services: dict[type, object],
    settings: dict[str, object] | None = None,
    facts: Sequence[object] = (OWNER, PLAN),
) -> tuple[FakeLeg, str]:
    talk = Talk(CATALOGUE, Voice(), ["pl", "en"], services=services, clock=lambda: NOW)
    for fact in facts:
        talk.facts.put(fact)
    call = FakeLeg(script)
    step = kind("tested", settings_of(kind).model_validate(settings or {}))
    try:
        outcome = await step.run(call, talk)
    except HungUp:
        return call, "hung-up"
    assert outcome in step.outcomes()
    return call, outcome


async def test_a_request_is_dictated_and_sent(kept: Kept) -> None:
    call, outcome = await dictate(kept, Speak(5.0), "1")
    assert outcome == "sent"
    assert call.heard[-1] == "dictation.sent"
    assert "jeden zero jeden" in call.words
    (one,) = kept.taken
    assert (one.ticket.number, one.ticket.asker.name) == (101, "Anna")
    assert one.ticket.asker.phone == call.caller.number
    request = request_of(kept.db, one.ticket.id)
    assert request is not None
    assert request.email == "biuro@example.org"
    assert request.premises == "Mieszkanie 4"
    assert one.voice.seconds >= 5.0
    assert kept.files() == [one.voice.recording]
    assert kept.woken == 1


async def test_it_can_be_heard_and_recorded_again(kept: Kept) -> None:
    call, outcome = await dictate(kept, Speak(5.0), "2", "3", Speak(2.0), "1", silence=1)
    assert outcome == "sent"
    assert call.heard.count("dictation.recording") == 1
    assert 2.0 <= kept.taken[0].voice.seconds < 5.0, "the second recording counts"
    assert len(kept.taken) == 1


async def test_a_second_request_in_the_same_call_leaves_the_first_alone(kept: Kept) -> None:
    await dictate(kept, Speak(5.0), "1")
    await dictate(kept, Speak(2.0), "1", silence=1)
    assert len(kept.files()) == 2
    assert [one.voice.seconds for one in kept.taken] == [9.0, 3.0]
    assert len({one.voice.recording for one in kept.taken}) == 2


async def test_it_can_be_given_up(kept: Kept) -> None:
    call, outcome = await dictate(kept, Speak(5.0), "4")
    assert outcome == "cancelled"
    assert call.heard[-1] == "dictation.cancelled"
    assert not kept.taken
    assert not kept.dictated.drafts()
    assert kept.files() == []


async def test_a_hash_that_comes_late_gives_nothing_up(kept: Kept) -> None:
    """Silence has ended the recording; the caller presses the key that should have done it."""
    call, outcome = await dictate(kept, Speak(5.0, Stop.SILENCE), "#", "1")
    assert outcome == "sent"
    assert call.heard.count("dictation.review") == 2
    assert "choice.wrong-key" not in call.heard


async def test_silence_sends_nothing_and_says_so(kept: Kept) -> None:
    call, outcome = await dictate(kept, attempts=2)
    assert outcome == "nothing"
    assert call.heard.count("dictation.nothing") == 2
    assert call.heard.count("dictation.again") == 1
    assert not kept.taken
    assert kept.files() == []


async def test_a_click_is_no_request(kept: Kept) -> None:
    _, outcome = await dictate(kept, Speak(0.2), attempts=1)
    assert outcome == "nothing"


async def test_who_says_nothing_at_the_end_has_sent_it(kept: Kept) -> None:
    call, outcome = await dictate(kept, Speak(5.0))
    assert outcome == "sent"
    assert "dictation.sending" in call.heard


@pytest.mark.parametrize(
    "script",
    [
        [Speak(5.0, None)],
        [Speak(5.0), Leave()],
        [Speak(5.0), Leave(during="dictation.review")],
        [Speak(5.0), "1", Leave(during="dictation.sent")],
    ],
)
async def test_hanging_up_never_loses_what_was_said(kept: Kept, script: list[Act]) -> None:
    _, outcome = await dictate(kept, *script)
    assert outcome == "hung-up"
    assert len(kept.taken) == 1
    assert kept.woken == 1


@pytest.mark.parametrize(
    "script", [[Leave(during="dictation.intro")], [Leave(during="tone.record")], [Speak(0.1, None)]]
)
async def test_hanging_up_before_a_word_leaves_nothing(kept: Kept, script: list[Act]) -> None:
    _, outcome = await dictate(kept, *script)
    assert outcome == "hung-up"
    assert not kept.taken
    assert not kept.dictated.drafts()


async def test_the_longest_request_is_kept_too(kept: Kept) -> None:
    _, outcome = await dictate(kept, Speak(99.0), "1", longest=10)
    assert outcome == "sent"
    assert 10 <= kept.taken[0].voice.seconds < 20


async def test_keys_typed_ahead_skip_the_invitation(kept: Kept) -> None:
    call, outcome = await dictate(kept, Press("#", during="dictation.intro"), Speak(5.0), "1")
    assert outcome == "sent"
    assert "dictation.intro" not in call.heard


class FullDisk(Requests):
    def begin(self, *args: Any, **more: Any) -> Draft:
        raise SetupError("the disk is full")


async def test_a_full_disk_is_told_to_the_caller(kept: Kept) -> None:
    full = FullDisk(kept.data, kept.folder, kept.wake)
    call, outcome = await dictate(kept, Speak(5.0), requests=full)
    assert outcome == "failed"
    assert call.heard[-1] == "dictation.failed"


async def test_a_crash_leaves_a_draft_that_becomes_a_ticket(kept: Kept) -> None:
    def begun(call: str) -> Draft:
        return kept.requests.begin(OWNER, [], email="", phone=None, call=call, language="pl")

    for name, spoken in (("spoken", 3.0), ("silent", 0.0)):
        draft = begun(name)
        await FakeLeg([Speak(spoken)]).record(draft.path, longest=9, silence=1, first=1)
        content = bytearray(draft.path.read_bytes())
        content[4:8] = content[40:44] = bytes(4)  # nobody has closed the file
        draft.path.write_bytes(content)
    begun("nothing")
    assert await asyncio.to_thread(kept.requests.recover) == 1
    assert [one.ticket.call for one in kept.taken] == ["spoken"]
    assert [name.partition("-")[0] for name in kept.files()] == ["spoken"]
    assert kept.taken[0].voice.seconds == pytest.approx(4.0)
    assert kept.requests.recover() == 0


# -------------------------------------------------------------------------------- transfer


@pytest.mark.parametrize(
    ("callee", "reached"),
    [
        (Callee(after=2.0, talks=60.0), Reached.ANSWERED),
        (Callee(code=486), Reached.BUSY),
        (Callee(after=None), Reached.NO_ANSWER),
        (Callee(code=404), Reached.FAILED),
    ],
)
@simulated
async def test_a_transfer_ends_as_the_target_does(
    kept: Kept, callee: Callee, reached: Reached
) -> None:
    phones = FakePhones({"+48221000200": callee})
    call, outcome = await run(
        Transfer, [], through(kept, phones), facts=[TransferTarget("+48221000200")]
    )
    assert outcome == reached
    assert [leg.called for leg in phones.legs] == ["+48221000200"]
    assert call.heard == ["transfer.connecting"]
    assert not phones.left


@simulated
async def test_a_scenario_may_name_the_target(kept: Kept) -> None:
    settings: dict[str, object] = {"target": "sip:biuro@192.0.2.7"}
    phones = FakePhones()
    await run(Transfer, [], through(kept, phones), settings, facts=[])
    assert [leg.called for leg in phones.legs] == ["sip:biuro@192.0.2.7"]


def through(kept: Kept, phones: FakePhones) -> dict[type, object]:
    return {Tones: kept.tones, Transfers: Transfers(phones, TransferSection())}
