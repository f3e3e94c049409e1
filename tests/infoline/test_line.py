"""Whole conversations on the shipped infoline, on a call without a network."""

import asyncio
import contextlib
import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
import sqlite_utils

import sipagent.exchange
import sipagent.helpdesk
from sipagent.config import LoginSection
from sipagent.domains import composed
from sipagent.errors import SpeechError
from sipagent.exchange import attendant
from sipagent.exchange.codes import coded
from sipagent.exchange.outward.limits import Cap
from sipagent.exchange.reach import Reach
from sipagent.exchange.steps import dial
from sipagent.exchange.voicemail import taking
from sipagent.infoline.directory import Directory
from sipagent.infoline.login import Login
from sipagent.infoline.notices import Notices
from sipagent.scenario import checker, engine, loader
from sipagent.scenario.engine import Ending
from sipagent.scenario.model import Scenario
from sipagent.scenario.prerender import first_utterances, fixed_utterances
from sipagent.scenario.step import Step
from sipagent.scenario.talk import Talk
from sipagent.speech.catalogue import Catalogue
from sipagent.store.data import Single
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.party import Caller
from sipagent.telephony.script import Act, Leave, Press

pytestmark = pytest.mark.unit

DATA = Path(__file__).parents[2] / "data"
CATALOGUE = Catalogue.load(DATA / "prompts")
SCENARIO = loader.load(DATA / "scenarios/infolinia.toml", CATALOGUE, composed().vocabulary)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

ANNA = "+48600100101"
LOGGED_IN = "100001#"
WHOLE_MENU = "menu.intro+menu.balance+menu.charges+menu.statement+menu.contact-dictation"
SHORT_MENU = (
    "menu.intro+menu.short-balance+menu.short-charges+menu.short-statement"
    "+menu.short-contact-dictation"
)


@dataclass(frozen=True)
class Words:
    path: Path = Path("/dev/null")
    seconds: float = 2.0


class Voice:
    """A voice that makes no sound; it can be broken for some words."""

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self.made: list[tuple[str, bool]] = []

    async def clip(self, text: str, language: str, pace: str, *, urgent: bool = True) -> Words:
        if self.broken and self.broken in text:
            raise SpeechError("broken for the test")
        self.made.append((text, urgent))
        return Words()

    def cached(self, text: str, language: str, pace: str) -> None:
        return None


class Line:
    """Calls the infoline with a script, and keeps what came of it."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        directory = Directory(db)
        login = Login(Single(db), LoginSection(failures=5))
        notices = Notices(db)
        self.services: dict[type, object] = {Directory: directory, Login: login, Notices: notices}
        self.now = NOW

    async def call(
        self,
        script: Sequence[Act],
        number: str | None = ANNA,
        *,
        voice: Voice | None = None,
        scenario: Scenario = SCENARIO,
        longest: float = 3600,
        lost_after: int | None = None,
        closing: asyncio.Event | None = None,
    ) -> tuple[FakeLeg, engine.Result]:
        call = FakeLeg(script, caller=Caller(number), lost_after=lost_after)
        talk = Talk(
            CATALOGUE,
            voice or Voice(),
            scenario.languages,
            services=self.services,
            clock=lambda: self.now,
        )
        result = await engine.run(scenario, call, talk, longest=longest, closing=closing)
        assert call.ended, "the call is over, however it went"
        return call, result


@pytest.fixture
def line(sample: sqlite_utils.Database) -> Line:
    return Line(sample)


def keys(call: FakeLeg) -> str:
    return " ".join(call.heard)


# Balance


async def test_balance_of_two_accounts(line: Line) -> None:
    call, result = await line.call([LOGGED_IN, "1", Leave()])
    assert "Wspólnota Mieszkaniowa Wymyślona siedem" in call.words
    assert "Rozliczenia obejmują dwa konta." in call.words
    assert "nadpłata wynosi sto dwadzieścia pięć złotych czterdzieści groszy." in call.words
    assert "niedopłata wynosi trzysta czterdzieści złotych piętnaście groszy." in call.words
    assert result == engine.Result(Ending.HUNG_UP, "balance")


@pytest.mark.parametrize(
    ("login", "number", "words"),
    [
        ("100002", "+48600100102", "niedopłata wynosi"),
        ("100003", "+48600100103", "wszystko jest opłacone"),
        ("100004", "+48600100104", "Rozliczenia obejmują cztery konta."),
        ("100006", "+48600100106", "Nie ma żadnego konta rozrachunkowego."),
        ("20000004", "+442079460123", "milion złotych"),
    ],
)
async def test_every_kind_of_balance(line: Line, login: str, number: str, words: str) -> None:
    call, _ = await line.call([f"{login}#", "1", Leave()], number)
    assert words in call.words


async def test_one_account_is_not_counted(line: Line) -> None:
    call, _ = await line.call(["100003#", "1", Leave()], "+48600100103")
    assert "balance.count" not in keys(call)


# Charges


async def test_charges_total_first_items_on_demand(line: Line) -> None:
    call, _ = await line.call([LOGGED_IN, "2", Leave()])
    assert "Opłaty za dwa lokale wynoszą razem pięćset jeden złotych" in call.words
    assert "Wywóz odpadów" not in call.words
    call, _ = await line.call([LOGGED_IN, "2", "1", Leave()])
    assert "Wywóz odpadów: opłata sześćdziesiąt dwa złote." in call.words


@pytest.mark.parametrize(
    ("login", "number", "words"),
    [
        ("100005", "+48600100105", "trzy lokale"),
        ("100006", "+48600100106", "Nie ma bieżących opłat za lokal."),
        ("20000005", "+48600100113", "miesięcznie"),
        ("20000006", "+48600100114", "Nie ma bieżących opłat za lokal."),
    ],
)
async def test_every_kind_of_charges(line: Line, login: str, number: str, words: str) -> None:
    call, _ = await line.call([f"{login}#", "2", Leave()], number)
    assert words in call.words


async def test_a_deduction_is_told_as_one(line: Line) -> None:
    call, _ = await line.call(["2000002#", "2", "1", Leave()], "+48600100110")
    assert "odliczenie" in call.words


async def test_no_items_are_offered_where_there_are_none(line: Line) -> None:
    call, _ = await line.call(["100006#", "2", Leave()], "+48600100106")
    assert "hint.items" not in keys(call)


# Again, slower, another language, and the way back


async def test_again_slower_and_back(line: Line) -> None:
    call, _ = await line.call([LOGGED_IN, "1", "*", "0", "#", "2", Leave()])
    heard = keys(call)
    assert heard.count("balance.overpayment") == 3
    assert "choice.slower" in heard
    assert "hint.slower-when-slow" in heard
    assert "charges.several" in heard


async def test_the_normal_pace_comes_back(line: Line) -> None:
    call, _ = await line.call([LOGGED_IN, "0", "0", Leave()])
    assert keys(call).count("choice.slower") == keys(call).count("choice.faster") == 1


async def test_english(line: Line) -> None:
    call, _ = await line.call([LOGGED_IN, "8", "1", Leave()])
    assert "All right, I will speak English." in call.words
    assert "You have two accounts." in call.words
    assert "the overpayment is one hundred and twenty five zlotys" in call.words


async def test_english_and_slower_before_the_login(line: Line) -> None:
    call, _ = await line.call(["8#", "0#", LOGGED_IN, Leave()])
    assert "All right, I will speak more slowly." in call.words
    assert "How may I help you?" in call.words


async def test_silence_after_a_reading_is_the_way_back(line: Line) -> None:
    call, _ = await line.call([LOGGED_IN, "1", "", "2", Leave()])
    assert "charges.several" in keys(call)


async def test_keys_typed_ahead_skip_the_words(line: Line) -> None:
    call, _ = await line.call([Press("100001#1", during="greeting"), Leave()])
    assert "login.accepted" not in keys(call)
    assert "balance.count" in keys(call)


# Nobody gets stuck


async def test_silence_from_the_start(line: Line) -> None:
    call, result = await line.call([])
    assert call.heard.count("login.where") == 2
    assert call.heard[-2:] == ["login.no-entry", "goodbye.refused"]
    assert result == engine.Result(Ending.DONE, "goodbye")


async def test_silence_in_the_menu(line: Line) -> None:
    call, result = await line.call([LOGGED_IN])
    assert call.heard[-1] == "goodbye.no-choice"
    assert result.ending is Ending.DONE


@pytest.mark.parametrize("place", [[], ["1"], ["2"], ["2", "1"]])
async def test_wrong_keys_never_end_a_call(line: Line, place: list[str]) -> None:
    call, result = await line.call([LOGGED_IN, *place, *"7" * 40, "1", Leave()])
    assert keys(call).count("choice.wrong-key") > 20
    assert "goodbye" not in keys(call)
    assert result == engine.Result(Ending.HUNG_UP, "balance")


async def test_hash_in_the_menu_reads_it_again(line: Line) -> None:
    """It may come late, after a login that ended without it."""
    call, _ = await line.call([LOGGED_IN, "#", "#", "1", Leave()])
    assert sum(WHOLE_MENU in key for key in call.heard) == 3
    assert "choice.wrong-key" not in keys(call)


# The whole menu once, then a short form


async def test_who_comes_back_to_the_menu_hears_the_short_form(line: Line) -> None:
    call, _ = await line.call([LOGGED_IN, "1", "#", "2", "#", Leave()])
    menus = [key for key in call.heard if key.startswith("menu.intro")]
    assert menus == [f"{WHOLE_MENU}+hint.repeat+hint.slower+hint.language", *[SHORT_MENU] * 2]
    assert "Słucham. Saldo: jeden. Opłaty: dwa. Zestawienie: trzy. Zgłoszenie: dzi" in call.words


@pytest.mark.parametrize("asks", ["*", "#", "0", "8", "7", ""])
async def test_the_short_form_gives_way_to_the_whole_menu(line: Line, asks: str) -> None:
    call, _ = await line.call([LOGGED_IN, "1", "#", asks, Leave()])
    menus = [key for key in call.heard if key.startswith("menu.intro")]
    assert [key.startswith(WHOLE_MENU) for key in menus] == [True, False, True]


async def test_all_keys_work_in_the_short_form(line: Line) -> None:
    call, result = await line.call([LOGGED_IN, "1", "#", Press("2", during="menu.intro"), Leave()])
    assert result.step == "charges"
    assert "choice.wrong-key" not in call.heard


# The login


async def test_three_refused_logins(line: Line) -> None:
    call, result = await line.call(["999999#", "888888#", "777777#"])
    assert "dziewięć" in call.words, "what was understood is read back"
    assert call.heard[-2:] == ["login.failed", "goodbye.refused"]
    assert result.ending is Ending.DONE


async def test_unknown_login_and_wrong_number_sound_the_same(line: Line) -> None:
    unknown, _ = await line.call(["100009#", Leave()])
    wrong, _ = await line.call(["100002#", Leave()])
    assert unknown.heard == wrong.heard
    assert unknown.words.replace("dziewięć", "dwa") == wrong.words.replace("dziewięć", "dwa")


async def test_a_second_try(line: Line) -> None:
    call, _ = await line.call(["100091#", LOGGED_IN, "1", Leave()])
    assert "balance.count" in keys(call)


async def test_correcting_a_slip(line: Line) -> None:
    call, _ = await line.call(["10009*", LOGGED_IN, Leave()])
    assert "login.dropped" in keys(call)
    assert "login.accepted" in keys(call)


async def test_a_lone_star_repeats_and_a_lone_hash_is_told(line: Line) -> None:
    call, _ = await line.call(["*", "#", LOGGED_IN, Leave()])
    assert keys(call).count("login.enter") == 2
    assert keys(call).count("login.again") == 1
    assert "login.empty" in keys(call)


@pytest.mark.parametrize(
    ("entry", "prompt"), [("123#", "login.too-short"), ("1" * 30 + "#", "login.too-long")]
)
async def test_entries_that_are_no_login(line: Line, entry: str, prompt: str) -> None:
    call, _ = await line.call([entry, LOGGED_IN, Leave()])
    assert prompt in keys(call)
    assert "login.accepted" in keys(call)


async def test_a_login_without_hash_ends_with_the_wait(line: Line) -> None:
    call, _ = await line.call(["100001", "", "", "", Leave()])
    assert "login.accepted" in keys(call)


@pytest.mark.parametrize(
    ("login", "number", "prompt"),
    [
        ("100007", "+48600100107", "login.owner-blocked"),
        ("2000001", "+48600100109", "login.estate-blocked"),
        ("100008", "+48600100108", "login.no-access"),
    ],
)
async def test_who_is_shut_out_hears_why(line: Line, login: str, number: str, prompt: str) -> None:
    call, result = await line.call([f"{login}#"], number)
    assert call.heard[-2:] == [prompt, "goodbye.refused"]
    assert result.ending is Ending.DONE


async def test_a_hidden_number_is_told_at_once(line: Line) -> None:
    call, _ = await line.call([], None)
    assert call.heard == ["greeting", "login.hidden-number", "goodbye.refused"]


async def test_too_many_failures_lock_and_the_wait_ends(line: Line) -> None:
    stranger = "+48600999999"
    for _ in range(2):
        await line.call(["900001#", "900002#", "900003#"], stranger)
    call, _ = await line.call([LOGGED_IN], stranger)
    assert any(key.startswith("login.locked") for key in call.heard)
    owner, _ = await line.call([LOGGED_IN, Leave()])
    assert "login.accepted" in keys(owner), "nobody locks out the owner"
    line.now += timedelta(days=2)
    call, _ = await line.call([LOGGED_IN, Leave()], stranger)
    assert "login.not-recognised" in keys(call)


# When things go wrong


@pytest.mark.parametrize("point", range(60))
async def test_hanging_up_at_every_point(line: Line, point: int) -> None:
    script = ["99#", "*", "0#", LOGGED_IN, "1", "*", "0", "#", "2", "1", "#", "8", "1"]
    call, result = await line.call(script, lost_after=point)
    assert result.ending in {Ending.HUNG_UP, Ending.DONE}
    assert [event.kind for event in call.timeline].count("hung-up") == 1


async def test_a_voice_that_fails_in_the_middle(line: Line) -> None:
    call, result = await line.call([LOGGED_IN, "1"], voice=Voice("nadpłata"))
    assert result == engine.Result(Ending.FAILED, "balance", "speech")
    assert call.heard[-1] == "line.sorry"


async def test_a_voice_that_fails_altogether(line: Line) -> None:
    _, result = await line.call([LOGGED_IN], voice=Voice(" "))
    assert result.ending is Ending.FAILED


async def test_an_owner_who_is_deleted_during_the_call(
    line: Line, sample: sqlite_utils.Database
) -> None:
    class Deletes(Voice):
        async def clip(self, text: str, language: str, pace: str, *, urgent: bool = True) -> Words:
            if "Słucham" in text:
                for table in ("charges", "premises", "accounts", "owner_phones", "owner_emails"):
                    sample.execute(f"DELETE FROM {table}")
                sample.execute("DELETE FROM owners")
            return Words()

    call, result = await line.call([LOGGED_IN, "1", "2"], voice=Deletes())
    assert "balance.none" in keys(call)
    assert result.ending is Ending.DONE


async def test_the_balance_is_rendered_while_the_menu_is_read(line: Line) -> None:
    voice = Voice()
    await line.call([LOGGED_IN, Press("1", during="menu.balance"), Leave()], voice=voice)
    ahead = [text for text, urgent in voice.made if not urgent]
    assert any("nadpłata" in text for text in ahead)
    assert any("wynoszą razem" in text for text in ahead)


async def test_who_is_there_when_the_line_closes_is_told(line: Line) -> None:
    closing = asyncio.Event()

    class Closes(Voice):
        async def clip(self, text: str, language: str, pace: str, *, urgent: bool = True) -> Words:
            if "Słucham" in text:
                closing.set()
                await asyncio.sleep(60)
            return Words()

    call, result = await line.call([LOGGED_IN], voice=Closes(), closing=closing)
    assert result.ending is Ending.SHUTDOWN
    assert call.heard[-1] == "line.closing"


async def test_a_call_that_takes_too_long(line: Line) -> None:
    class Slow(Voice):
        async def clip(self, text: str, language: str, pace: str, *, urgent: bool = True) -> Words:
            if "Słucham" in text:
                await asyncio.sleep(60)
            return Words()

    call, result = await line.call([LOGGED_IN], voice=Slow(), longest=0.2)
    assert result.ending is Ending.TOO_LONG
    assert call.heard[-1] == "line.too-long"


# The prompts


def told_by(domain: ModuleType) -> Iterator[str]:
    """Yield the prompts that modules of a domain name, and steps that need no settings."""
    for found in pkgutil.walk_packages(domain.__path__, f"{domain.__name__}."):
        module = importlib.import_module(found.name)
        for name, one in vars(module).items():
            if getattr(one, "__module__", "") != found.name:
                continue
            with contextlib.suppress(AttributeError):
                if name == "lines":
                    yield from (prompt for line in one() for prompt in line.prompts)
                elif isinstance(one, type) and issubclass(one, Step):
                    told = list(one.lines(object.__new__(one)))
                    yield from (prompt for line in told for prompt in line.prompts)


def test_every_prompt_is_used_and_exists_in_both_languages() -> None:
    reached = {f"exchange.{reach}" for reach in Reach if reach is not Reach.ANSWERED}
    others = {"exchange.confirm", "exchange.taken", "exchange.not-allowed"}
    others |= {"limit.soon", *(f"limit.{cap}" for cap in Cap)}
    forwards = [f"*{code}*101#" for code in (21, 61, 62, 67)]
    codes = filter(
        None, map(coded, (*forwards, "##002#", "*26#", "*25#", "*281#", "*8", "*97", "*70"))
    )
    others |= {key for step in codes for one in step.lines() for key in one.prompts}
    others |= {key for one in attendant.lines() for key in one.prompts}
    others |= {key for one in taking.lines() for key in one.prompts} | {dial.UNKNOWN_NUMBER}
    others |= {*told_by(sipagent.exchange), *told_by(sipagent.helpdesk)}
    used = checker.used_prompts(SCENARIO, CATALOGUE) | reached | others
    assert set(CATALOGUE.keys("pl")) == set(CATALOGUE.keys("en")) == used


def test_what_is_rendered_before_the_line_opens_stays_modest() -> None:
    assert 50 < len(fixed_utterances(SCENARIO, CATALOGUE)) < 250


def test_what_every_caller_hears_first_is_rendered_first() -> None:
    first = first_utterances(SCENARIO, CATALOGUE)
    texts = {one.text for one in first}
    assert {CATALOGUE.text(key, "pl") for key in ("greeting", "line.wait", "line.sorry")} <= texts
    assert any(text.startswith(CATALOGUE.text("login.enter", "pl")) for text in texts)
    assert {(one.language, one.pace) for one in first} == {("pl", "normal")}
    assert set(first) < set(fixed_utterances(SCENARIO, CATALOGUE))
