"""Polish nouns that numbers and abbreviations stand for, declined, and what their case follows."""

import re
from dataclasses import dataclass
from enum import StrEnum

from sipagent.speech.words.grouping import listed


class Case(StrEnum):
    """The cases that addresses and bills need."""

    NOMINATIVE = "nom"
    GENITIVE = "gen"
    ACCUSATIVE = "acc"
    INSTRUMENTAL = "ins"
    LOCATIVE = "loc"


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun, perhaps with its adjective: five cases of the singular, two of the plural.

    ``few`` follows 2 to 4, ``many`` follows 5. ``gender`` is m, f or n. Of a ``place`` the
    prepositions *na* and *za* say where it is (locative, instrumental), of other things what for
    (accusative).
    """

    gender: str
    place: bool
    nom: str
    gen: str
    acc: str
    ins: str
    loc: str
    few: str
    many: str

    def form(self, case: Case) -> str:
        """Return the singular in a case."""
        return str(getattr(self, case))


#: One noun a line: gender (a capital for places), then its forms; ``_`` is a space.
_TABLE = """
F ulica ulicy ulicę ulicą ulicy ulice ulic
F aleja alei aleję aleją alei aleje alei
N osiedle osiedla osiedle osiedlem osiedlu osiedla osiedli
M plac placu plac placem placu place placów
N rondo ronda rondo rondem rondzie ronda rond
N piętro piętra piętro piętrem piętrze piętra pięter
F klatka klatki klatkę klatką klatce klatki klatek
N miasto miasta miasto miastem mieście miasta miast
N miasto_stołeczne miasta_stołecznego miasto_stołeczne miastem_stołecznym mieście_stołecznym - -
f działka działki działkę działką działce działki działek
F gmina gminy gminę gminą gminie gminy gmin
N województwo województwa województwo województwem województwie województwa województw
m lokal lokalu lokal lokalem lokalu lokale lokali
n mieszkanie mieszkania mieszkanie mieszkaniem mieszkaniu mieszkania mieszkań
m budynek budynku budynek budynkiem budynku budynki budynków
m blok bloku blok blokiem bloku bloki bloków
m segment segmentu segment segmentem segmencie segmenty segmentów
m pokój pokoju pokój pokojem pokoju pokoje pokoi
f piwnica piwnicy piwnicę piwnicą piwnicy piwnice piwnic
m garaż garażu garaż garażem garażu garaże garaży
f komórka komórki komórkę komórką komórce komórki komórek
n miejsce_postojowe miejsca_postojowego miejsce_postojowe miejscem_postojowym miejscu_postojowym \
miejsca_postojowe miejsc_postojowych
f brama bramy bramę bramą bramie bramy bram
n wejście wejścia wejście wejściem wejściu wejścia wejść
f nieruchomość nieruchomości nieruchomość nieruchomością nieruchomości nieruchomości nieruchomości
f strefa strefy strefę strefą strefie strefy stref
m rejon rejonu rejon rejonem rejonie rejony rejonów
f część części część częścią części części części
m etap etapu etap etapem etapie etapy etapów
f faza fazy fazę fazą fazie fazy faz
m numer numeru numer numerem numerze numery numerów
m punkt punktu punkt punktem punkcie punkty punktów
m paragraf paragrafu paragraf paragrafem paragrafie paragrafy paragrafów
m artykuł artykułu artykuł artykułem artykule artykuły artykułów
m ustęp ustępu ustęp ustępem ustępie ustępy ustępów
f pozycja pozycji pozycję pozycją pozycji pozycje pozycji
f powierzchnia powierzchni powierzchnię powierzchnią powierzchni powierzchnie powierzchni
f kondygnacja kondygnacji kondygnację kondygnacją kondygnacji kondygnacje kondygnacji
m kwartał kwartału kwartał kwartałem kwartale kwartały kwartałów
n półrocze półrocza półrocze półroczem półroczu półrocza półroczy
m rok roku rok rokiem roku lata lat
m wiek wieku wiek wiekiem wieku wieki wieków
m miesiąc miesiąca miesiąc miesiącem miesiącu miesiące miesięcy
m tydzień tygodnia tydzień tygodniem tygodniu tygodnie tygodni
m dzień dnia dzień dniem dniu dni dni
f godzina godziny godzinę godziną godzinie godziny godzin
f minuta minuty minutę minutą minucie minuty minut
f sekunda sekundy sekundę sekundą sekundzie sekundy sekund
f połowa połowy połowę połową połowie połowy połów
m poniedziałek poniedziałku poniedziałek poniedziałkiem poniedziałku poniedziałki poniedziałków
m wtorek wtorku wtorek wtorkiem wtorku wtorki wtorków
f środa środy środę środą środzie środy śród
m czwartek czwartku czwartek czwartkiem czwartku czwartki czwartków
m piątek piątku piątek piątkiem piątku piątki piątków
f sobota soboty sobotę sobotą sobocie soboty sobót
f niedziela niedzieli niedzielę niedzielą niedzieli niedziele niedziel
n naliczenie naliczenia naliczenie naliczeniem naliczeniu naliczenia naliczeń
f osoba osoby osobę osobą osobie osoby osób
f rodzina rodziny rodzinę rodziną rodzinie rodziny rodzin
f rata raty ratę ratą racie raty rat
f wpłata wpłaty wpłatę wpłatą wpłacie wpłaty wpłat
f opłata opłaty opłatę opłatą opłacie opłaty opłat
f zaliczka zaliczki zaliczkę zaliczką zaliczce zaliczki zaliczek
f nadpłata nadpłaty nadpłatę nadpłatą nadpłacie nadpłaty nadpłat
f niedopłata niedopłaty niedopłatę niedopłatą niedopłacie niedopłaty niedopłat
f faktura faktury fakturę fakturą fakturze faktury faktur
m rachunek rachunku rachunek rachunkiem rachunku rachunki rachunków
f umowa umowy umowę umową umowie umowy umów
f uchwała uchwały uchwałę uchwałą uchwale uchwały uchwał
n konto konta konto kontem koncie konta kont
m telefon telefonu telefon telefonem telefonie telefony telefonów
n zadłużenie zadłużenia zadłużenie zadłużeniem zadłużeniu zadłużenia zadłużeń
m wodomierz wodomierza wodomierz wodomierzem wodomierzu wodomierze wodomierzy
f termomodernizacja termomodernizacji termomodernizację termomodernizacją termomodernizacji - -
f energia_elektryczna energii_elektrycznej energię_elektryczną energią_elektryczną \
energii_elektrycznej - -
f doba doby dobę dobą dobie doby dób
m fundusz funduszu fundusz funduszem funduszu fundusze funduszy
n rozliczenie rozliczenia rozliczenie rozliczeniem rozliczeniu rozliczenia rozliczeń
f eksploatacja eksploatacji eksploatację eksploatacją eksploatacji - -
f zimna_woda zimnej_wody zimną_wodę zimną_wodą zimnej_wodzie - -
f ciepła_woda ciepłej_wody ciepłą_wodę ciepłą_wodą ciepłej_wodzie - -
f ciepła_woda_użytkowa ciepłej_wody_użytkowej ciepłą_wodę_użytkową ciepłą_wodą_użytkową \
ciepłej_wodzie_użytkowej - -
n centralne_ogrzewanie centralnego_ogrzewania centralne_ogrzewanie centralnym_ogrzewaniem \
centralnym_ogrzewaniu - -
m fundusz_remontowy funduszu_remontowego fundusz_remontowy funduszem_remontowym \
funduszu_remontowym fundusze_remontowe funduszy_remontowych
f części_wspólne części_wspólnych części_wspólne częściami_wspólnymi częściach_wspólnych - -
f nieruchomość_wspólna nieruchomości_wspólnej nieruchomość_wspólną nieruchomością_wspólną \
nieruchomości_wspólnej nieruchomości_wspólne nieruchomości_wspólnych
m lokal_użytkowy lokalu_użytkowego lokal_użytkowy lokalem_użytkowym lokalu_użytkowym \
lokale_użytkowe lokali_użytkowych
m lokal_mieszkalny lokalu_mieszkalnego lokal_mieszkalny lokalem_mieszkalnym lokalu_mieszkalnym \
lokale_mieszkalne lokali_mieszkalnych
m lokal_usługowy lokalu_usługowego lokal_usługowy lokalem_usługowym lokalu_usługowym \
lokale_usługowe lokali_usługowych
f powierzchnia_użytkowa powierzchni_użytkowej powierzchnię_użytkową powierzchnią_użytkową \
powierzchni_użytkowej powierzchnie_użytkowe powierzchni_użytkowych
f komórka_lokatorska komórki_lokatorskiej komórkę_lokatorską komórką_lokatorską \
komórce_lokatorskiej komórki_lokatorskie komórek_lokatorskich
f osoba_fizyczna osoby_fizycznej osobę_fizyczną osobą_fizyczną osobie_fizycznej \
osoby_fizyczne osób_fizycznych
m wywóz_śmieci wywozu_śmieci wywóz_śmieci wywozem_śmieci wywozie_śmieci - -
m wywóz_odpadów wywozu_odpadów wywóz_odpadów wywozem_odpadów wywozie_odpadów - -
f działka_ewidencyjna działki_ewidencyjnej działkę_ewidencyjną działką_ewidencyjną \
działce_ewidencyjnej działki_ewidencyjne działek_ewidencyjnych
f dopłata dopłaty dopłatę dopłatą dopłacie dopłaty dopłat
m wolt wolta wolt woltem wolcie wolty woltów
f wspólnota_mieszkaniowa wspólnoty_mieszkaniowej wspólnotę_mieszkaniową wspólnotą_mieszkaniową \
wspólnocie_mieszkaniowej wspólnoty_mieszkaniowe wspólnot_mieszkaniowych
f spółdzielnia_mieszkaniowa spółdzielni_mieszkaniowej spółdzielnię_mieszkaniową \
spółdzielnią_mieszkaniową spółdzielni_mieszkaniowej spółdzielnie_mieszkaniowe \
spółdzielni_mieszkaniowych
f armia armii armię armią armii armie armii
f dywizja dywizji dywizję dywizją dywizji dywizje dywizji
f brygada brygady brygadę brygadą brygadzie brygady brygad
f wojna wojny wojnę wojną wojnie wojny wojen
f Rzeczpospolita Rzeczypospolitej Rzeczpospolitą Rzecząpospolitą Rzeczypospolitej - -
m pułk pułku pułk pułkiem pułku pułki pułków
m korpus korpusu korpus korpusem korpusie korpusy korpusów
f sztuka sztuki sztukę sztuką sztuce sztuki sztuk
m komplet kompletu komplet kompletem komplecie komplety kompletów
m metr metra metr metrem metrze metry metrów
m metr_kwadratowy metra_kwadratowego metr_kwadratowy metrem_kwadratowym metrze_kwadratowym \
metry_kwadratowe metrów_kwadratowych
m metr_sześcienny metra_sześciennego metr_sześcienny metrem_sześciennym metrze_sześciennym \
metry_sześcienne metrów_sześciennych
m metr_bieżący metra_bieżącego metr_bieżący metrem_bieżącym metrze_bieżącym \
metry_bieżące metrów_bieżących
m milimetr milimetra milimetr milimetrem milimetrze milimetry milimetrów
m centymetr centymetra centymetr centymetrem centymetrze centymetry centymetrów
m kilometr kilometra kilometr kilometrem kilometrze kilometry kilometrów
m hektar hektara hektar hektarem hektarze hektary hektarów
m litr litra litr litrem litrze litry litrów
m gram grama gram gramem gramie gramy gramów
m kilogram kilograma kilogram kilogramem kilogramie kilogramy kilogramów
f tona tony tonę toną tonie tony ton
m wat wata wat watem wacie waty watów
m kilowat kilowata kilowat kilowatem kilowacie kilowaty kilowatów
m megawat megawata megawat megawatem megawacie megawaty megawatów
f kilowatogodzina kilowatogodziny kilowatogodzinę kilowatogodziną kilowatogodzinie \
kilowatogodziny kilowatogodzin
f megawatogodzina megawatogodziny megawatogodzinę megawatogodziną megawatogodzinie \
megawatogodziny megawatogodzin
m gigadżul gigadżula gigadżul gigadżulem gigadżulu gigadżule gigadżuli
m stopień_Celsjusza stopnia_Celsjusza stopień_Celsjusza stopniem_Celsjusza stopniu_Celsjusza \
stopnie_Celsjusza stopni_Celsjusza
m procent procent procent procent procent procent procent
n euro euro euro euro euro euro euro
m grosz grosza grosz groszem groszu grosze groszy
m złoty złotego złoty złotym złotym złote złotych
m tysiąc_złotych tysiąca_złotych tysiąc_złotych tysiącem_złotych tysiącu_złotych \
tysiące_złotych tysięcy_złotych
m milion_złotych miliona_złotych milion_złotych milionem_złotych milionie_złotych \
miliony_złotych milionów_złotych
"""

#: Nominative → the noun.
NOUNS: dict[str, Noun] = {}
#: Form of the singular → gender and case; where forms are alike, the first case.
SINGULAR: dict[str, tuple[str, Case]] = {}
#: Form that follows a number → gender.
COUNTED: dict[str, str] = {}

for _line in _TABLE.strip().splitlines():
    _kind, *_forms = (part.replace("_", " ") for part in _line.split())
    _noun = Noun(_kind.lower(), _kind.isupper(), *_forms)
    NOUNS[_noun.nom] = _noun
    for _case in Case:
        SINGULAR.setdefault(_noun.form(_case).lower(), (_noun.gender, _case))
    for _form in (_noun.few, _noun.many):
        COUNTED.setdefault(_form, _noun.gender)
COUNTED |= {_noun.nom: _noun.gender for _noun in NOUNS.values()}

#: Prepositions after which a number declines too: "od trzech".
_OF_NUMBERS = frozenset(
    listed("od do bez dla z ze ok około ca powyżej poniżej wg według wśród spośród ciągu terminie")
)
_GENITIVE = _OF_NUMBERS | frozenset(
    listed(
        "u koło obok wzdłuż wokół naprzeciw naprzeciwko spod znad sprzed podczas oprócz zamiast "
        "dot dotyczy dotyczące"
    )
)
#: Nouns of bills and addresses that have the genitive after them.
_GENITIVE_NOUNS = frozenset(
    listed(
        "spłata spłaty koszt koszty kosztów utrzymanie utrzymania udział udziały podgrzanie "
        "podgrzania podgrzew podgrz zużycie zużycia licznik licznika liczniki wymiana wymiany "
        "remont remontu remonty instalacja instalacji dostawa dostawy dostawie korekta korekty "
        "rozliczenie rozliczenia rozl rozlicz kor cena ceny stawka ilość odczyt odczyty brak "
        "zamknięcie konserwacja sprzątanie właściciel właściciela właścicielka właściciele "
        "mieszkaniec mieszkańcy lokator lokatorzy najemca zarząd zarządu urząd urzędu członek "
        "członkowie zbiegu rogu rejonie okolicy terenie"
    )
)
_LOCATIVE = frozenset(listed("przy w we po o"))
_ACCUSATIVE = frozenset(listed("za przez na"))
_INSTRUMENTAL = frozenset(listed("nad pod przed między pomiędzy poza"))
#: What is not there stands in the genitive: "nie ma ciepłej wody".
_NONE = re.compile(r"(?i:\bnie (?:ma|było|będzie))\s$")
_LAST_WORD = re.compile(r"([^\W\d_]+)\.?\s*$")


def case_after(before: str, *, place: bool = False, owned: bool = True) -> Case:
    """Return the case of a noun that follows a text.

    ``place`` is as in ``Noun``; ``owned`` is false for a noun that a noun before it does not
    govern: "koszt klatki", but "licznik numer".
    """
    word = last_word(before)
    if word in _GENITIVE or (owned and word in _GENITIVE_NOUNS) or _NONE.search(before):
        return Case.GENITIVE
    if word in _LOCATIVE or (place and word == "na"):
        return Case.LOCATIVE
    if word in _INSTRUMENTAL or (place and word == "za"):
        return Case.INSTRUMENTAL
    return Case.ACCUSATIVE if word in _ACCUSATIVE else Case.NOMINATIVE


def number_declines(before: str) -> bool:
    """Return whether a number that follows a text stands in the genitive."""
    return last_word(before) in _OF_NUMBERS


def last_word(text: str) -> str:
    """Return the word that a text ends in, without its dot and in lower case; or nothing."""
    match = _LAST_WORD.search(text)
    return match[1].lower() if match else ""


def declined(noun: Noun, before: str) -> str:
    """Return the singular of a noun as it stands after a text."""
    owned = noun.nom != "numer"
    return noun.form(case_after(before, place=noun.place, owned=owned))
