"""Text as it is searched: small letters without their signs, in Python and in SQL."""

#: Letters that people type without their signs. Stored text is folded when it is written: who
#: adds some has to fold it anew, in a step of ``schema``.
_SIGNS, _PLAIN = "ąćęłńóśźżäöüéčšž", "acelnoszzaouecsz"
_FOLD = str.maketrans(_SIGNS, _PLAIN)


def fold(text: str) -> str:
    """Return what somebody has typed as it is looked for."""
    return text.lower().translate(_FOLD)


def folded(text: str) -> str:
    """Return the SQL of a text as it is stored for searching; ``text`` is SQL, too."""
    found = f"lower({text})"  # of SQLite, which knows ASCII only
    for letter, plain in zip(_SIGNS, _PLAIN, strict=True):
        for one in (letter, letter.upper()):
            found = f"replace({found}, '{one}', '{plain}')"
    return found
