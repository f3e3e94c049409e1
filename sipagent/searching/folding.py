"""Text as it is searched: small letters, the Polish ones without their signs, here and in SQL.

Stored text is folded when it is written: who changes the rule has to fold it anew, in a step of
``schema``.
"""

from string import ascii_lowercase, ascii_uppercase

_SIGNS, _PLAIN = "ąćęłńóśźż", "acelnoszz"
_FOLD = str.maketrans(
    ascii_uppercase + _SIGNS + _SIGNS.upper(), ascii_lowercase + _PLAIN + _PLAIN
)  # fmt: skip


def fold(text: str) -> str:
    """Return what somebody has typed as it is looked for."""
    return text.translate(_FOLD)


def folded(text: str) -> str:
    """Return the SQL of a text as it is stored for searching; ``text`` is SQL, too."""
    found = f"lower({text})"  # SQLite's, which knows ASCII only
    for letter, plain in zip(_SIGNS, _PLAIN, strict=True):
        for one in (letter, letter.upper()):
            found = f"replace({found}, '{one}', '{plain}')"
    return found
