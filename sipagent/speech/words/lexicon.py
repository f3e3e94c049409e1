"""Abbreviations, acronyms and signs that bookkeepers write, and what is said for them."""

#: Abbreviation with its dots → what is said; a space may stand after each dot.
POLISH_ABBREVIATIONS: dict[str, str] = {
    "sp. z o.o.": "spółka z ograniczoną odpowiedzialnością",
    "sp. k.": "spółka komandytowa",
    "sp. j.": "spółka jawna",
    "sp. p.": "spółka partnerska",
    "s.k.a.": "spółka komandytowo-akcyjna",
    "s.a.": "spółka akcyjna",
    "s.c.": "spółka cywilna",
    "c.w.u.": "ciepła woda użytkowa",
    "c.o.": "centralne ogrzewanie",
    "c.w.": "ciepła woda",
    "z.w.": "zimna woda",
    "m.in.": "między innymi",
    "ul.": "ulica",
    "al.": "aleja",
    "os.": "osiedle",
    "pl.": "plac",
    "lok.": "lokal",
    "mieszk.": "mieszkanie",
    "nr.": "numer",
    "bud.": "budynek",
    "bl.": "blok",
    "kl.": "klatka",
    "pow.": "powierzchnia",
    "woj.": "województwo",
    "gm.": "gmina",
    "tel.": "telefon",
    "kom.": "komórka",
    "godz.": "godzina",
    "zal.": "zaliczka",
    "ekspl.": "eksploatacja",
    "fund.": "fundusz",
    "rem.": "remontowy",
    "rozl.": "rozliczenie",
    "rozlicz.": "rozliczenie",
    "opł.": "opłata",
    "śm.": "śmieci",
    "np.": "na przykład",
    "itd.": "i tak dalej",
    "itp.": "i tym podobne",
    "tzw.": "tak zwany",
    "ds.": "do spraw",
    "im.": "imienia",
    "ks.": "księdza",
    "bp.": "biskupa",
    "kard.": "kardynała",
    "gen.": "generała",
    "płk.": "pułkownika",
    "mjr.": "majora",
    "kpt.": "kapitana",
    "por.": "porucznika",
    "rtm.": "rotmistrza",
    "marsz.": "marszałka",
    "prof.": "profesora",
    "dr.": "doktora",
    "inż.": "inżyniera",
    "mgr.": "magister",
    "tys.": "tysięcy",
    "mln.": "milionów",
    "zł.": "złotych",
    "gr.": "groszy",
}

#: Known without their last dot too.
POLISH_BARE = frozenset(
    {"nr.", "zł.", "sp. z o.o.", "płk.", "mjr.", "dr.", "mgr.", "inż.", "mln.", "gr."}
)

#: Words in capitals that are neither read as they stand nor spelled.
POLISH_ACRONYMS: dict[str, str] = {
    "WM": "wspólnota mieszkaniowa",
    "SM": "spółdzielnia mieszkaniowa",
    "SA": "spółka akcyjna",
    "NIP": "nip",
    "PIN": "pin",
    "PIT": "pit",
    "VAT": "wat",
    "ZUS": "zus",
    "GUS": "gus",
    "NR": "numer",
    "PLN": "złotych",
    "ZŁ": "złotych",
    "TV": "telewizja",
}

#: Nouns that a Roman number follows in the nominative, with their gender.
POLISH_NUMBERED = {
    **dict.fromkeys(("etap", "blok", "budynek", "segment", "garaż", "kwartał", "rejon"), "m"),
    **dict.fromkeys(("klatka", "faza", "część", "brama", "nieruchomość", "strefa"), "f"),
    **dict.fromkeys(("piętro", "wejście", "osiedle", "półrocze"), "n"),
}

#: Signs within an address.
POLISH_SIGNS = {
    "@": "małpa",
    ".": "kropka",
    "_": "podkreślenie",
    "-": "myślnik",
    "/": "łamane przez",
    "+": "plus",
    ":": "dwukropek",
    "&": "i",
    "%": "procent",
    "§": "paragraf",
    "°": "stopni",
    "=": "równa się",
    "€": "euro",
    "$": "dolarów",
    "№": "numer",
}
#: Those that are said when they stand alone, outside an address.
POLISH_SIGNS_ALONE = ("@", "/", "+", "&", "%", "§", "°", "=", "€", "$", "№")

#: Polish abbreviations as an English speaker is told them.
ENGLISH_ABBREVIATIONS = {
    "sp. z o.o.": "limited liability company",
    "s.a.": "joint stock company",
    "ul.": "street",
    "al.": "avenue",
    "os.": "estate",
    "pl.": "square",
    "lok.": "flat",
    "nr.": "number",
    "no.": "number",
    "st.": "street",
    "ave.": "avenue",
    "bud.": "building",
    "kl.": "staircase",
    "tel.": "telephone",
}
ENGLISH_ACRONYMS = {"WM": "housing community", "SM": "housing cooperative", "PLN": "zlotys"}
ENGLISH_SIGNS = {
    "@": "at",
    ".": "dot",
    "_": "underscore",
    "-": "dash",
    "/": "slash",
    "+": "plus",
    ":": "colon",
    "&": "and",
    "%": "per cent",
    "=": "equals",
}
