"""Abbreviations, acronyms and signs of bookkeepers as an English speaker is told them."""

ABBREVIATIONS = {
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
ACRONYMS = {"WM": "housing community", "SM": "housing cooperative", "PLN": "zlotys"}
SIGNS = {
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
