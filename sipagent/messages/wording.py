"""Words, amounts and dates as statements and letters write them, in Polish and English."""

from dataclasses import dataclass
from datetime import date, datetime

#: A space at which no line is broken.
_NBSP = "\N{NO-BREAK SPACE}"
#: A day in figures is read in two ways by those who read English.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a statement."""

    language: str
    title: str
    owner: str
    login: str
    estate: str
    balances: str
    accounts: str
    account: str
    balance: str
    as_of: str
    total_balance: str
    charges: str
    charge: str
    valid_from: str
    monthly: str
    total: str
    grand_total: str
    no_accounts: str
    no_charges: str
    overpaid: str
    arrears: str
    settled: str
    page: str
    made: str
    again: str


WORDS = {
    "pl": Wording(
        language="pl",
        title="Zestawienie sald i naliczeń",
        owner="Właściciel",
        login="Numer loginu",
        estate="Nieruchomość",
        balances="Salda",
        accounts="Konta rozrachunkowe",
        account="Konto",
        balance="Saldo",
        as_of="Na dzień",
        total_balance="Saldo razem",
        charges="Naliczenia miesięczne",
        charge="Naliczenie",
        valid_from="Obowiązuje od",
        monthly="Kwota",
        total="Razem za lokal",
        grand_total="Razem za wszystkie lokale",
        no_accounts="Brak kont rozrachunkowych",
        no_charges="Brak bieżących naliczeń",
        overpaid="nadpłata",
        arrears="niedopłata",
        settled="rozliczone",
        page="strona {page} z {pages}",
        made="sporządzono {day}",
        again="{caption} (ciąg dalszy)",
    ),
    "en": Wording(
        language="en",
        title="Statement of balances and charges",
        owner="Owner",
        login="Login number",
        estate="Estate",
        balances="Balances",
        accounts="Ledger accounts",
        account="Account",
        balance="Balance",
        as_of="As of",
        total_balance="Total balance",
        charges="Monthly charges",
        charge="Charge",
        valid_from="Valid from",
        monthly="Amount",
        total="Total for the premises",
        grand_total="Total for all premises",
        no_accounts="No ledger accounts",
        no_charges="No current charges",
        overpaid="overpayment",
        arrears="arrears",
        settled="settled",
        page="page {page} of {pages}",
        made="prepared on {day}",
        again="{caption} (continued)",
    ),
}


def words_of(language: str) -> Wording:
    """Return the words of a language, the Polish ones where there are none."""
    return WORDS.get(language, WORDS["pl"])


def money_text(grosze: int, language: str) -> str:
    """Return an amount: ``1 234,56 zł``, in English ``PLN 1,234.56``."""
    sign = "\N{MINUS SIGN}" if grosze < 0 else ""
    zlotys, rest = divmod(abs(grosze), 100)
    if language == "en":
        return f"{sign}PLN{_NBSP}{zlotys:,}.{rest:02d}"
    return f"{sign}{zlotys:,},{rest:02d}{_NBSP}zł".replace(",", _NBSP, f"{zlotys:,}".count(","))


def balance_text(grosze: int, language: str) -> str:
    """Return a balance with the side that owes it: a positive one is an overpayment."""
    words = words_of(language)
    if grosze == 0:
        return words.settled
    side = words.overpaid if grosze > 0 else words.arrears
    return f"{side} {money_text(abs(grosze), language)}"


def day_text(day: date, language: str) -> str:
    """Return a day: ``31.08.2026``, in English ``31 Aug 2026``."""
    if language == "en":
        return f"{day.day}{_NBSP}{_MONTHS[day.month - 1]}{_NBSP}{day.year}"
    return day.strftime("%d.%m.%Y")


def moment_text(moment: datetime, language: str) -> str:
    """Return a day and the time of the day: ``31.08.2026 o godz. 14:05``."""
    at = "at" if language == "en" else "o godz."
    return f"{day_text(moment, language)} {at}{_NBSP}{moment:%H:%M}"
