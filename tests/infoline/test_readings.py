"""Balance and charges: every way in which they may stand, in the words of both languages."""

import pytest

from sipagent.errors import ConfigError
from sipagent.infoline.model import Account, PremisesCharges
from sipagent.infoline.steps.balance import Balance
from sipagent.infoline.steps.charges import Charges
from sipagent.scenario.step import Step
from tests.infoline.owner_talk import OWNER, Told, account, premises, walk

pytestmark = pytest.mark.unit

LANGUAGES = ["pl", "en"]
HINTS = {
    "pl": "Aby usłyszeć to jeszcze raz, proszę nacisnąć gwiazdkę. Jeśli mówię za szybko, proszę "
    "nacisnąć zero. Aby wrócić do menu głównego, proszę nacisnąć krzyżyk.",
    "en": "To hear this again, please press star. If I speak too fast, please press "
    "zero. To return to the main menu, please press hash.",
}
ITEMS = {
    "pl": "Aby usłyszeć poszczególne opłaty, proszę nacisnąć jeden.",
    "en": "To hear each charge, please press one.",
}
DAY = {
    "pl": "Na dzień trzydziestego pierwszego sierpnia dwa tysiące dwudziestego szóstego roku",
    "en": "As of the thirty first of August twenty twenty six,",
}
FLAT = premises("Lokal 5", Woda=1000, Winda=205)
CREDIT = premises("Lokal 5", Woda=1000, Korekta=-1200)
EMPTY = premises("Piwnica")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("accounts", "polish", "english"),
    [
        (
            [],
            "Nie ma żadnego konta rozrachunkowego. O saldo proszę zapytać w biurze zarządcy.",
            "There is no ledger account. Please ask your manager's office about your balance.",
        ),
        (
            [account("Woda", 0)],
            f"Woda. {DAY['pl']} wszystko jest opłacone.",
            f"Woda. {DAY['en']} everything is paid.",
        ),
        (
            [account("Woda", 12540)],
            f"Woda. {DAY['pl']} nadpłata wynosi sto dwadzieścia pięć złotych czterdzieści groszy.",
            f"Woda. {DAY['en']} the overpayment is one hundred and twenty five zlotys and forty "
            "groszes.",
        ),
        (
            [account("Woda", -201)],
            f"Woda. {DAY['pl']} niedopłata wynosi dwa złote jeden grosz.",
            f"Woda. {DAY['en']} the amount due is two zlotys and one grosz.",
        ),
        (
            [account("Woda", 0), account("Gaz", 100)],
            f"Rozliczenia obejmują dwa konta. Woda. {DAY['pl']} wszystko jest opłacone. "
            f"Gaz. {DAY['pl']} nadpłata wynosi jeden złoty.",
            f"You have two accounts. Woda. {DAY['en']} everything is paid. "
            f"Gaz. {DAY['en']} the overpayment is one zloty.",
        ),
    ],
)
async def test_balance(accounts: list[Account], polish: str, english: str, language: str) -> None:
    call, outcome, _ = await walk(Balance, ["#"], Told(accounts), language=language)
    told = {"pl": polish, "en": english}[language]
    assert call.words == f"{told} {HINTS[language]}"
    assert outcome == "done"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("charges", "polish", "english"),
    [
        ([], "Nie ma bieżących opłat za lokal.", "There are no current charges for your premises."),
        (
            [EMPTY],
            "Nie ma bieżących opłat za lokal.",
            "There are no current charges for your premises.",
        ),
        (
            [FLAT],
            "Lokal pięć. Opłaty za ten lokal wynoszą dwanaście złotych pięć groszy miesięcznie.",
            "Lokal five. The charges for this unit are twelve zlotys and five groszes a month.",
        ),
        (
            [FLAT, EMPTY],
            "Opłaty za dwa lokale wynoszą razem dwanaście złotych pięć groszy miesięcznie. "
            "Lokal pięć. Opłaty za ten lokal wynoszą dwanaście złotych pięć groszy miesięcznie. "
            "Piwnica. Ten lokal nie ma bieżących opłat.",
            "The charges for two units are twelve zlotys and five groszes a month in all. "
            "Lokal five. The charges for this unit are twelve zlotys and five groszes a month. "
            "Piwnica. There are no current charges for this unit.",
        ),
        (
            [CREDIT],
            "Lokal pięć. Odliczenia za ten lokal przewyższają opłaty o dwa złote miesięcznie.",
            "Lokal five. The deductions for this unit exceed the charges by two zlotys a month.",
        ),
        (
            [CREDIT, EMPTY],
            "Odliczenia za dwa lokale przewyższają opłaty razem o dwa złote miesięcznie. "
            "Lokal pięć. Odliczenia za ten lokal przewyższają opłaty o dwa złote miesięcznie. "
            "Piwnica. Ten lokal nie ma bieżących opłat.",
            "The deductions for two units exceed the charges by two zlotys a month in all. "
            "Lokal five. The deductions for this unit exceed the charges by two zlotys a month. "
            "Piwnica. There are no current charges for this unit.",
        ),
    ],
)
async def test_charges(
    charges: list[PremisesCharges], polish: str, english: str, language: str
) -> None:
    call, outcome, _ = await walk(Charges, ["#"], Told((), charges), language=language)
    told = {"pl": polish, "en": english}[language]
    items = f"{ITEMS[language]} " if any(place.items for place in charges) else ""
    assert call.words == f"{told} {items}{HINTS[language]}"
    assert outcome == "done"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "pl",
            "Lokal pięć. Woda: opłata dziesięć złotych. Winda: opłata dwa złote pięć groszy. "
            "Lokal pięć. Woda: opłata dziesięć złotych. Korekta: odliczenie dwanaście złotych.",
        ),
        (
            "en",
            "Lokal five. Woda: the charge is ten zlotys. Winda: the charge is two zlotys and five "
            "groszes. Lokal five. Woda: the charge is ten zlotys. Korekta: the deduction is twelve "
            "zlotys.",
        ),
    ],
)
async def test_items_of_those_premises_that_have_some(language: str, words: str) -> None:
    charges = Told((), [FLAT, EMPTY, CREDIT])
    call, outcome, _ = await walk(Charges, ["1", "#"], charges, language=language)
    _, items = call.words.split(f"{ITEMS[language]} {HINTS[language]} ")
    assert items == f"{words} {HINTS[language]}"
    assert outcome == "done"


# Keys that work in every reading

SERVED = [(Balance, []), (Charges, []), (Charges, ["1"])]
TOLD = Told([account("Woda", 100)], [FLAT])


@pytest.mark.parametrize(("kind", "way"), SERVED)
async def test_star_tells_it_again(kind: type[Step], way: list[str]) -> None:
    once, *_ = await walk(kind, [*way, "#"], TOLD)
    twice, outcome, _ = await walk(kind, [*way, "*", "#"], TOLD)
    reading = once.heard[2 * len(way) :]
    assert twice.heard == [*once.heard, *reading]
    assert outcome == "done"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "way"), SERVED)
async def test_zero_tells_it_slower_and_zero_again_as_before(
    kind: type[Step], way: list[str], language: str
) -> None:
    call, outcome, talk = await walk(kind, [*way, "0", "#"], TOLD, language=language)
    assert "choice.slower" in call.heard
    assert call.heard[-1].endswith("hint.repeat+hint.slower-when-slow+hint.back")
    assert {"pl": "mówię za wolno", "en": "speak too slowly"}[language] in call.words
    assert talk.pace == "slow"
    assert outcome == "done"
    call, _, talk = await walk(kind, [*way, "0", "0", "#"], TOLD, language=language)
    assert call.heard[-3] == "choice.faster"
    assert talk.pace == "normal"


@pytest.mark.parametrize(("kind", "way"), SERVED)
async def test_silence_leads_back_after_one_wait(kind: type[Step], way: list[str]) -> None:
    call, outcome, _ = await walk(kind, [*way, ""], TOLD)
    assert outcome == "done"
    assert "choice.silence" not in call.heard


@pytest.mark.parametrize("key", ["2", "3", "7", "8", "9", "A"])
@pytest.mark.parametrize(("kind", "way"), SERVED)
async def test_a_wrong_key_is_told_and_it_goes_on(
    kind: type[Step], way: list[str], key: str
) -> None:
    once, *_ = await walk(kind, [*way, "#"], TOLD)
    call, outcome, _ = await walk(kind, [*way, key, "#"], TOLD)
    assert call.heard == [*once.heard, "choice.wrong-key", *once.heard[2 * len(way) :]]
    assert outcome == "done"


@pytest.mark.parametrize(("kind", "way"), SERVED)
async def test_wrong_keys_lead_back_in_the_end(kind: type[Step], way: list[str]) -> None:
    call, outcome, _ = await walk(kind, [*way, "7", "7", "7"], TOLD)
    assert call.heard.count("choice.wrong-key") == 2
    assert outcome == "done"


async def test_what_was_typed_after_a_wrong_key_is_dropped() -> None:
    call, *_ = await walk(Balance, ["7*0", "#"], TOLD)
    assert "choice.slower" not in call.heard
    assert call.heard[-2:] == ["balance.overpayment", "hint.repeat+hint.slower+hint.back"]


async def test_one_works_only_where_there_are_items_and_only_once() -> None:
    none, *_ = await walk(Charges, ["1", "#"], Told())
    assert "choice.wrong-key" in none.heard
    items, *_ = await walk(Charges, ["1", "1", "#"], TOLD)
    assert "choice.wrong-key" in items.heard


async def test_a_reading_needs_an_owner() -> None:
    with pytest.raises(ConfigError, match="needs Owner, which no step before it"):
        await walk(Balance, [], TOLD, owner=None)


async def test_nothing_is_looked_up_ahead_for_nobody() -> None:
    for kind in (Balance, Charges):
        call, _, talk = await walk(kind, ["#"], TOLD)
        step = kind("ahead", kind.__annotations__["settings"]())
        assert [said.text for said in step.ahead(talk)] == [
            heard.text for heard in call.transcript[:-1]
        ]
        talk.facts = type(talk.facts)()
        assert not list(step.ahead(talk))
    assert OWNER.id == 1
