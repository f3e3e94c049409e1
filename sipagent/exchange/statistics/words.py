"""The words of statistics, in Polish and English."""

from sipagent.reports import words as common
from sipagent.reports.words import Texts, Words

_WORDS: Texts = {
    "title": ("Statystyki kolejek", "Statistics of queues"),
    "costs_title": ("Koszty połączeń", "Costs of calls"),
    "traffic_title": ("Połączenia linii", "Calls of the line"),
    "user_of": ("Użytkownik: {user}", "User: {user}"),
    "by_cost": ("Koszty", "Costs"),
    "by_call": ("Połączenia", "Calls"),
    "costs_of": ("Koszt netto", "Cost without VAT"),
    "told_costs": ("Razem {net} netto, najwięcej: {most}.", "{net} without VAT; most: {most}."),
    "costs_note": (
        "Koszt jest obliczony według taryfy z chwili połączenia; VAT jest liczony od sumy.",
        "Costs are those of the tariff at the time of the call; VAT comes on the sum.",
    ),
    "traffic_note": (
        "Linie: połączenia przez łącza operatora w tej samej chwili, przychodzące i wychodzące.",
        "Lines: calls over the trunks at the same moment, in both directions.",
    ),
    "lines_of": ("Najwięcej naraz", "Most at once"),
    "calls_of": ("Połączenia", "Calls"),
    "told_traffic": (
        "{calls} połączeń; najwięcej naraz: {most}.",
        "{calls} calls; most at once: {most}.",
    ),
    "calls": ("połączenia", "calls"),
    "seconds": ("czas", "length"),
    "net": ("netto", "net"),
    "tax": ("VAT", "VAT"),
    "vat": ("VAT %", "VAT %"),
    "gross": ("brutto", "gross"),
    "unknown": ("bez taryfy", "without tariff"),
    "user": ("użytkownik", "user"),
    "month": ("miesiąc", "month"),
    "at_once": ("naraz", "at once"),
    "lines": ("linie", "lines"),
    "queues_of": ("Kolejki: {queues}", "Queues: {queues}"),
    "queues_all": ("Kolejki: wszystkie", "Queues: all"),
    "promise": (
        "Cel: {goal}% połączeń odebranych w ciągu {within} s; krótkie: porzucone "
        "przed upływem {short} s",
        "Goal: {goal}% of calls answered within {within} s; short: abandoned in "
        "less than {short} s",
    ),
    "by_queue": ("Kolejki", "Queues"),
    "by_day": ("Dni", "Days"),
    "by_hour": ("Godziny dnia", "Hours of the day"),
    "by_member": ("Osoby", "Members"),
    "by_pause": ("Przerwy", "Pauses"),
    "by_missed": ("Porzucone i nieoddzwonione", "Abandoned and not called back"),
    "queue": ("kolejka", "queue"),
    "member": ("osoba", "member"),
    "offered": ("oferowane", "offered"),
    "answered": ("odebrane", "answered"),
    "abandoned": ("porzucone", "abandoned"),
    "short": ("krótkie", "short"),
    "overflow": ("skierowane dalej", "overflow"),
    "left": ("wyjście", "left"),
    "callbacks": ("zamówione oddzwonienia", "callbacks"),
    "reached": ("oddzwonione", "reached"),
    "given_up": ("bez skutku", "given up"),
    "closed": ("przerwane", "closed"),
    "waiting": ("czekają", "waiting"),
    "service_level": ("poziom obsługi", "service level"),
    "goal": ("cel", "goal"),
    "abandon_rate": ("odsetek porzuconych", "abandon rate"),
    "asa": ("średni czas do odebrania", "ASA"),
    "p90": ("90% odebranych w ciągu", "p90 of waiting"),
    "longest": ("najdłuższe oczekiwanie", "longest wait"),
    "handled": ("obsłużone", "handled"),
    "aht": ("średni czas obsługi", "AHT"),
    "missed": ("nieodebrane", "missed"),
    "refused": ("odrzucone", "refused"),
    "talked": ("rozmowy", "talk"),
    "wrapped": ("po rozmowie", "wrap-up"),
    "occupied": ("rozmowy i czas po nich", "talk and wrap-up"),
    "free": ("wolny czas", "free"),
    "logged_in": ("zalogowane", "logged in"),
    "paused": ("przerwy", "paused"),
    "occupancy": ("zajętość", "occupancy"),
    "reason": ("powód", "reason"),
    "pauses": ("liczba", "pauses"),
    "at": ("kiedy", "at"),
    "number": ("numer", "number"),
    "name": ("nazwa", "name"),
    "times": ("ile razy", "times"),
    "waited": ("czekał(a)", "waited"),
    "hidden": ("numer ukryty", "hidden number"),
    "calls_by_queue": ("Połączenia według kolejek", "Calls by queue"),
    "calls_by_day": ("Połączenia według dni", "Calls by day"),
    "calls_by_hour": ("Połączenia według godzin dnia", "Calls by hour of the day"),
    "heat": (
        "Oferowane połączenia: dni tygodnia i godziny",
        "Offered calls: days of the week and hours",
    ),
    "service_by_day": ("Poziom obsługi według dni", "Service level by day"),
    "asa_by_hour": ("Średni czas do odebrania według godzin dnia", "ASA by hour of the day"),
    "time_of_members": ("Czas osób zalogowanych", "Time of members who were logged in"),
    "told_calls": (
        "{offered} połączeń, z nich {answered} odebranych; najwięcej: {most}.",
        "{offered} calls, {answered} of them answered; most: {most}.",
    ),
    "told_none": ("Brak połączeń.", "No calls."),
    "told_share": ("Razem {value}.", "{value} altogether."),
    "told_times": (
        "Rozmowy, czas po rozmowie, wolny czas i przerwy każdej osoby; liczby są w tabeli.",
        "Talk, wrap-up, free time and pauses of each member; the table has the figures.",
    ),
    "weekdays": ("pn wt śr cz pt so nd", "Mon Tue Wed Thu Fri Sat Sun"),
    "summary": (
        "Porzuciło {all}: oddzwoniono do {called}, ponownie dodzwoniło się "
        "{came}, ukryło numer {hidden}; nie rozmawiano z {nothing}.",
        "{all} hung up: {called} were called back, {came} came again, {hidden} "
        "hid their number; nobody has talked with {nothing}.",
    ),
    "definitions": (
        "Połączenie liczy się w godzinie, w której przyszło. Poziom obsługi: "
        "odebrane w czasie celu spośród oferowanych bez krótkich i czekających. "
        "Średni czas obsługi: rozmowa i czas po rozmowie. Zajętość: udział rozmów"
        " i czasu po nich w czasie, w którym można było odbierać.",
        "A call counts in the hour in which it arrived. Service level: answered "
        "within the goal, of those offered without short and waiting ones. AHT: "
        "talk and wrap-up. Occupancy: share of talk and wrap-up in the time in "
        "which calls could come.",
    ),
}


def words(language: str) -> Words:
    """Return the words of a language."""
    return common.words(language, _WORDS)
