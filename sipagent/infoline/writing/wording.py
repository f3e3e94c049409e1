"""The words of statements, in Polish and English."""

from dataclasses import dataclass

from sipagent.messages.wording import money_text


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
    payment: str
    payee: str
    bank_account: str
    transfer_title: str
    amount: str
    due: str
    transfer_word: str
    transfer_code: str
    telephone: str
    logo: str
    file: str
    page: str
    made: str
    again: str


WORDS = {
    "pl": Wording(
        language="pl",
        title="Zestawienie sald i opłat",
        owner="Właściciel",
        login="Numer loginu",
        estate="Nieruchomość",
        balances="Salda",
        accounts="Konta rozrachunkowe",
        account="Konto",
        balance="Saldo",
        as_of="Na dzień",
        total_balance="Saldo razem",
        charges="Opłaty miesięczne",
        charge="Opłata",
        valid_from="Obowiązuje od",
        monthly="Kwota",
        total="Razem za lokal",
        grand_total="Razem za wszystkie lokale",
        no_accounts="Brak kont rozrachunkowych",
        no_charges="Brak bieżących opłat",
        overpaid="nadpłata",
        arrears="niedopłata",
        settled="rozliczone",
        payment="Dane do przelewu",
        payee="Odbiorca",
        bank_account="Numer rachunku",
        transfer_title="Tytuł przelewu",
        amount="Kwota",
        due="Termin płatności",
        transfer_word="Opłaty",
        transfer_code="Kod QR do przelewu w aplikacji banku",
        telephone="tel. {number}",
        logo="Znak firmowy: {manager}",
        file="zestawienie-oplat",
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
        payment="Payment details",
        payee="Payee",
        bank_account="Account number",
        transfer_title="Payment reference",
        amount="Amount",
        due="Due by",
        transfer_word="Opłaty",
        transfer_code="QR code for a transfer in a Polish banking app",
        telephone="tel. {number}",
        logo="Logo of {manager}",
        file="statement",
        page="page {page} of {pages}",
        made="prepared on {day}",
        again="{caption} (continued)",
    ),
}


def words_of(language: str) -> Wording:
    """Return the words of a language, the Polish ones where there are none."""
    return WORDS.get(language, WORDS["pl"])


def balance_text(grosze: int, language: str) -> str:
    """Return a balance with the side that owes it: a positive one is an overpayment."""
    words = words_of(language)
    if grosze == 0:
        return words.settled
    side = words.overpaid if grosze > 0 else words.arrears
    return f"{side} {money_text(abs(grosze), language)}"
