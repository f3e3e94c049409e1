"""The login: every entry and every verdict, in the words of both languages."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from sipagent.infoline.login import LoginResult, Verdict
from sipagent.infoline.model import Estate, Manager, Owner
from sipagent.infoline.steps.login import OwnerLogin
from sipagent.scenario.step import Outcome
from sipagent.scenario.talk import Talk
from sipagent.speech.catalogue import Catalogue
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.party import Caller
from sipagent.telephony.script import Act, Press, Silence
from tests.infoline.owner_talk import CALLER, OWNER, Judged, walk
from tests.infoline.test_line import DATA

pytestmark = pytest.mark.unit

LANGUAGES = ["pl", "en"]
ACCEPTED = LoginResult(Verdict.ACCEPTED, OWNER)
REFUSED = LoginResult(Verdict.REFUSED)
WHOLE = "login.enter+login.correct+login.slower+login.language"


async def log_in(
    script: list[Act], *results: LoginResult, language: str = "pl", **options: object
) -> tuple[FakeLeg, Outcome, Talk, Judged]:
    judged = Judged(*results)
    call, outcome, talk = await walk(
        OwnerLogin,
        script,
        judged,
        language=language,
        owner=None,
        **options,  # type: ignore[arg-type]
    )
    return call, outcome, talk, judged


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "pl",
            "Proszę wpisać swój numer loginu na klawiaturze telefonu. Ten numer jest na dole "
            "każdego wydruku od zarządcy. Po ostatniej cyfrze proszę nacisnąć krzyżyk. W razie "
            "pomyłki proszę nacisnąć gwiazdkę. Jeśli mówię za szybko, proszę nacisnąć zero, a "
            "potem krzyżyk. [en]For English, please press eight, then hash.[/en] "
            "Dziękuję. Wspólnota Lipowa.",
        ),
        (
            "en",
            "Please enter your login number on your phone's keypad. It is at the bottom of "
            "every printout from your manager. After the last digit, please press hash. If you "
            "make a mistake, please press star. If I speak too fast, please "
            "press zero, then hash. [pl]Jeśli mam mówić po polsku, proszę nacisnąć osiem, a potem "
            "krzyżyk.[/pl] Thank you. Vspoolnota Lipova.",
        ),
    ],
)
async def test_accepted(language: str, words: str) -> None:
    call, outcome, talk, judged = await log_in(["100001#"], ACCEPTED, language=language)
    assert call.words == words
    assert outcome == "accepted"
    assert talk.facts[Owner] is OWNER
    assert judged.asked == [("100001", "+48600100101", True)]
    assert [e.details for e in call.timeline if e.kind == "login"] == [{"verdict": "accepted"}]


async def test_a_number_that_the_network_does_not_vouch_for_is_passed_on_as_such() -> None:
    _, _, _, judged = await log_in(["100001#"], ACCEPTED, caller=Caller("+48600100101"))
    assert judged.asked == [("100001", "+48600100101", False)]


# Verdicts


def shut(verdict: Verdict, wait: timedelta | None = None) -> LoginResult:
    return LoginResult(verdict, None if verdict is Verdict.LOCKED else OWNER, wait)


@pytest.mark.parametrize(
    ("result", "polish", "english"),
    [
        (
            shut(Verdict.OWNER_BLOCKED),
            "Przepraszam, dostęp do infolinii dla tego loginu jest wyłączony. "
            "Proszę zgłosić się do biura zarządcy.",
            "I am sorry, the information line is switched off for this login. "
            "Please contact your manager's office.",
        ),
        (
            shut(Verdict.ESTATE_BLOCKED),
            "Przepraszam, w tej nieruchomości infolinia jest wyłączona. "
            "Proszę zgłosić się do biura zarządcy.",
            "I am sorry, the information line is switched off in this building. "
            "Please contact your manager's office.",
        ),
        (
            shut(Verdict.NO_ACCESS),
            "Przepraszam, ten login nie ma jeszcze dostępu internetowego. Bez niego infolinia nie "
            "działa. Dostęp można otrzymać w biurze zarządcy.",
            "I am sorry, this login has no web access yet. The information line needs it. "
            "Your manager's office can arrange it.",
        ),
        *(
            (
                shut(Verdict.LOCKED, wait),
                f"Było zbyt wiele nieudanych prób. Proszę zadzwonić ponownie za {polish}.",
                f"There were too many failed attempts. Please call again in {english}.",
            )
            for wait, polish, english in [
                (None, "dwie minuty", "two minutes"),
                (timedelta(seconds=1), "dwie minuty", "two minutes"),
                (timedelta(seconds=121), "trzy minuty", "three minutes"),
                (timedelta(minutes=5), "pięć minut", "five minutes"),
                (timedelta(minutes=119), "sto dziewiętnaście minut", "one hundred and nineteen"),
                (timedelta(minutes=119, seconds=1), "dwie godziny", "two hours"),
                (timedelta(minutes=121), "trzy godziny", "three hours"),
                (timedelta(days=1), "dwadzieścia cztery godziny", "twenty four hours"),
            ]
        ),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_is_not_let_in_hears_why_whatever_is_pressed(
    language: str, result: LoginResult, polish: str, english: str
) -> None:
    call, outcome, talk, _ = await log_in(["100001#123"], result, language=language)
    words = {"pl": polish, "en": english}[language].removesuffix(".")
    assert words in call.transcript[-1].text
    assert not call.transcript[-1].cut
    assert outcome == Outcome(result.verdict)
    assert talk.facts.get(Owner) is None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pl", "Proszę wyłączyć ukrywanie numeru i zadzwonić ponownie."),
        ("en", "Please stop hiding your number and call again."),
    ],
)
async def test_a_hidden_number_is_told_before_anything_is_asked(language: str, words: str) -> None:
    call, outcome, _, judged = await log_in(["1"], language=language, caller=Caller(None))
    assert call.heard == ["login.hidden-number"]
    assert words in call.words
    assert outcome == "hidden-number"
    assert judged.asked == []


async def test_a_hidden_number_is_told_in_english_too() -> None:
    call, *_ = await log_in([], caller=Caller(None))
    assert "[en]I am sorry, I cannot see your phone number." in call.words


async def test_an_estate_may_have_its_own_reason(tmp_path: Path) -> None:
    for language in LANGUAGES:
        text = (DATA / f"prompts/{language}.toml").read_text("utf-8")
        reasons = '[reason]\nworks = "Trwa wymiana systemu."\nvalue = "Do {day}."\n'
        (tmp_path / f"{language}.toml").write_text(f"{text}\n{reasons}", "utf-8")
    catalogue = Catalogue.load(tmp_path)
    for reason, heard in {
        "reason.works": "reason.works",
        "reason.value": "login.estate-blocked",  # there is no value for it
        "reason.gone": "login.estate-blocked",
        "": "login.estate-blocked",
    }.items():
        estate = Estate(1, "Lipowa", owner_access=False, access_reason=reason)
        owner = Owner(1, "100001", "Anna", Manager(1, "Zarządca"), estate)
        blocked = LoginResult(Verdict.ESTATE_BLOCKED, owner)
        call, outcome, *_ = await log_in(["100001#"], blocked, catalogue=catalogue)
        assert call.heard == [WHOLE, heard]
        assert outcome == "estate-blocked"


# Refusals


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "pl",
            "Wpisano dziewięć dziewięć dziewięć, jeden dwa trzy. Ten login i numer telefonu nie "
            "pasują do siebie. Być może w loginie jest pomyłka. Być może zarządca nie zna tego "
            "numeru telefonu. Proszę wpisać numer loginu jeszcze raz. Po ostatniej cyfrze proszę "
            "nacisnąć krzyżyk. Dziękuję.",
        ),
        (
            "en",
            "You entered nine nine nine, one two three. This login and your phone number do "
            "not match. There may be a mistake in the login. Or your manager may not "
            "have this phone number. Please enter your login number once more. After the last "
            "digit, please press hash. Thank you.",
        ),
    ],
)
async def test_a_refused_login_is_read_back_and_asked_again(language: str, words: str) -> None:
    script: list[Act] = ["999123#", "100001#"]
    call, outcome, *_ = await log_in(script, REFUSED, ACCEPTED, language=language)
    assert words in call.words
    assert outcome == "accepted"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pl", "Przepraszam, nie udało się rozpoznać loginu. Proszę zgłosić się do biura"),
        ("en", "I am sorry, I could not recognise your login. Please contact your manager's"),
    ],
)
@pytest.mark.parametrize("attempts", [1, 3])
async def test_the_last_refusal_says_where_help_is(
    language: str, words: str, attempts: int
) -> None:
    script: list[Act] = ["999999#"] * attempts
    call, outcome, _, judged = await log_in(
        script, *[REFUSED] * attempts, language=language, settings={"attempts": attempts}
    )
    assert call.heard[-1] == "login.failed"
    assert words in call.words
    assert outcome == "refused"
    assert len(judged.asked) == attempts


@pytest.mark.parametrize(
    ("entry", "prompt", "polish", "english"),
    [
        ("12#", "login.too-short", "Wpisano jeden dwa. To za mało", "one two. That is too few"),
        ("1" * 13 + "#", "login.too-long", "To za dużo cyfr.", "That is too many digits."),
        ("1" * 41 + "#", "login.too-long", "To za dużo cyfr.", "That is too many digits."),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_entries_that_cannot_be_a_login_are_not_looked_up(
    entry: str, prompt: str, polish: str, english: str, language: str
) -> None:
    script: list[Act] = [entry] * 3
    call, outcome, _, judged = await log_in(script, language=language)
    assert call.heard.count(prompt) == 3
    assert {"pl": polish, "en": english}[language] in call.words
    assert outcome == "refused"
    assert judged.asked == []


async def test_a_refusal_that_locks_says_how_long() -> None:
    locks = LoginResult(Verdict.REFUSED, wait=timedelta(minutes=4))
    call, outcome, *_ = await log_in(["999999#"], locks)
    assert call.heard[-3:] == ["login.not-recognised", "login.reasons", "login.locked-minutes"]
    assert outcome == "locked"


async def test_what_was_typed_after_a_refused_login_is_dropped() -> None:
    call, _, _, judged = await log_in(["999999#12", "100001#"], REFUSED, ACCEPTED)
    assert "login.reasons" in call.heard
    assert [login for login, *_ in judged.asked] == ["999999", "100001"]


async def test_what_was_typed_after_an_accepted_one_is_kept() -> None:
    call, *_ = await log_in(["100001#2"], ACCEPTED)
    assert await call.ask(None) == "2"


async def test_letters_of_a_strange_telephone_are_an_entry_like_others() -> None:
    call, *_ = await log_in(["10A0#", "100001#"], REFUSED, ACCEPTED)
    assert "Wpisano jeden zero a, zero." in call.words or "jeden zero a zero" in call.words


# Entries that are no login


@pytest.mark.parametrize("language", LANGUAGES)
async def test_silence_is_helped_and_then_taken_for_an_answer(language: str) -> None:
    call, outcome, *_ = await log_in([], language=language)
    help_ = ["login.where", "login.again"]
    assert call.heard == [WHOLE, *help_, *help_, "login.no-entry"]
    assert outcome == "no-entry"
    # three waits of eight seconds, and the prompts of two
    assert call.now == 3 * 8 + 2 * len(call.heard)


async def test_how_often_silence_is_helped_is_a_setting() -> None:
    call, outcome, *_ = await log_in([], settings={"silences": 1, "first": 2})
    assert call.heard == [WHOLE, "login.no-entry"]
    assert outcome == "no-entry"


@pytest.mark.parametrize(
    ("entry", "heard"),
    [
        ("#", ["login.empty", "login.again"]),
        ("*", [WHOLE]),
        ("1000*", ["login.dropped", "login.again"]),
        ("0*", ["login.dropped", "login.again"]),
        ("0#", ["choice.slower", WHOLE.replace("slower", "slower-when-slow")]),
        ("8#", ["choice.language", WHOLE]),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_keys_that_help(entry: str, heard: list[str], language: str) -> None:
    call, outcome, *_ = await log_in([entry, "100001#"], ACCEPTED, language=language)
    assert call.heard == [WHOLE, *heard, "login.accepted"]
    assert outcome == "accepted"


async def test_the_pace_and_the_language_stay_changed() -> None:
    call, _, talk, _ = await log_in(["0#", "8#", "100001#"], ACCEPTED)
    assert (talk.language, talk.pace) == ("en", "slow")
    assert "All right, I will speak English." in call.words
    assert "If I speak too slowly, please press zero, then hash." in call.words


async def test_help_that_is_switched_off_is_neither_told_nor_works() -> None:
    settings: dict[str, object] = {"comfort": []}
    call, outcome, *_ = await log_in(["0#", "8#", "100001#"], ACCEPTED, settings=settings)
    assert call.heard[0] == "login.enter+login.correct"
    assert call.heard.count("login.too-short") == 2
    assert outcome == "accepted"


# Slow fingers


async def test_who_pauses_after_every_key_gets_in() -> None:
    """No pause between two keys is an end, however many there are."""
    script: list[Act] = [act for digit in "100001" for act in (digit, Silence())]
    call, outcome, _, judged = await log_in([*script, "#"], ACCEPTED)
    assert [login for login, *_ in judged.asked] == ["100001"]
    assert outcome == "accepted"
    assert "login.empty" not in call.heard


async def test_a_word_of_help_comes_first_and_patience_after_it() -> None:
    call, *_ = await log_in(["1", "", "00001", "", "#"], ACCEPTED)
    assert call.heard == [WHOLE, *["login.go-on"] * 2, "login.accepted"]
    # seven keys, a short wait and a long one, and four prompts
    assert call.now == pytest.approx(7 * 0.3 + 6 + 20 + 4 * 2)


async def test_a_key_cuts_the_help_short_and_counts() -> None:
    script: list[Act] = ["1000", "", Press("01#", during="login.go-on")]
    call, _, _, judged = await log_in(script, ACCEPTED)
    assert [login for login, *_ in judged.asked] == ["100001"]
    assert call.transcript[1].cut


async def test_an_entry_that_nobody_ends_is_taken_as_it_is_in_the_end() -> None:
    call, _, _, judged = await log_in(["100001", "", "", ""], ACCEPTED)
    assert [login for login, *_ in judged.asked] == ["100001"]
    assert call.heard == [WHOLE, *["login.go-on"] * 2, "login.accepted"]


async def test_a_hash_that_comes_late_is_not_an_empty_entry() -> None:
    script: list[Act] = ["999999", "", "", "", "#", "100001#"]
    call, outcome, *_ = await log_in(script, REFUSED, ACCEPTED)
    assert "login.empty" not in call.heard
    assert outcome == "accepted"


async def test_the_question_can_be_cut_short() -> None:
    call, outcome, *_ = await log_in([Press("100001#", during="login.enter")], ACCEPTED)
    assert call.transcript[0].cut
    assert outcome == "accepted"


async def test_a_slow_look_up_holds_up_no_other_call() -> None:
    class Slow(Judged):
        def check(self, *args: object, **options: object) -> LoginResult:
            import time  # noqa: PLC0415

            time.sleep(0.3)
            return ACCEPTED

    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)
            beats += 1

    other = asyncio.create_task(beat())
    await walk(OwnerLogin, ["100001#"], Slow(), owner=None, caller=CALLER)
    other.cancel()
    assert beats > 5
