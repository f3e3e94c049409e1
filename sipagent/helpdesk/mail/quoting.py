"""What somebody has written this time, apart from the history and the signature under it."""

import re
from typing import NamedTuple

#: Lines of a text that are looked at, and of a signature.
_MOST, _SIGNATURE = 5_000, 20
#: How programs begin a quote, Polish and English; the time may be broken over two lines.
_ATTRIBUTION = re.compile(
    r"""^(?:
      (?:W\ dniu|Dnia|Dn\.|On|Le|Am|El)\ .{4,200}(?:
          pisze|napisała?|napisał\(a\)|napisano|wrote|schrieb|a\ écrit|escribió)\ ?[^:]{0,80}:
    | (?:pon|wt|śr|czw|pt|sob|niedz|sobota|niedziela|poniedziałek|wtorek|środa|czwartek|piątek)
          [^:]{0,40}\d{4}.{0,40}\ .{0,200}(?:napisał\(a\)|napisała?|pisze):
    | \d{4}-\d\d-\d\d.{0,30}\ .{1,150}(?:napisał\(a\)|napisała?|pisze|wrote):
    | Użytkownik\ .{1,150}\ napisał:
    | .{1,150}<[^<>\s]{3,100}@[^<>\s]{3,100}>\ (?:napisał\(a\)|napisała?|pisze|wrote):
    )\s*$""",
    re.X,
)
_SEPARATOR = re.compile(
    r"^[\s>]*(?:[-_]{2,}\s*(?:Original Message|Oryginalna wiadomość|Wiadomość oryginalna|"
    r"Treść oryginalnej wiadomości|Forwarded message|"
    r"Wiadomość przekazana(?: dalej)?|Przekazana wiadomość|Treść przekazanej wiadomości)\s*[-_]{2,}"
    r"|_{20,})\s*$",
    re.I,
)
_FORWARDED = re.compile(
    r"^[\s>]*(?:[-_]{2,}\s*(?:Forwarded message|Wiadomość przekazana(?: dalej)?|"
    r"Przekazana wiadomość|Treść przekazanej wiadomości)\s*[-_]{2,}|Begin forwarded message:|"
    r"Początek przekazywanej wiadomości:)\s*$",
    re.I,
)
#: The head that Outlook and others put over a quote.
_FROM = re.compile(r"^\*?(?:From|Od|Nadawca):\*?\s+\S")
_HEAD = re.compile(
    r"^\*?(?:Sent|Date|Wysłano|Wysłane|Data|To|Do|DW|Cc|Subject|Temat):\*?(?:\s+\S|\s*$)"
)
_DELIMITER = re.compile(r"^-- ?$")
_FROM_A_PHONE = re.compile(
    r"^(?:(?:Sent from|Get Outlook for|Wysłan[eoay]+ (?:z|ze|za)|Pobierz (?:aplikację )?Outlook|"
    r"Uzyskaj (?:aplikację )?Outlook|Wysłano z aplikacji)\b.{0,120})$",
    re.I,
)


class Written(NamedTuple):
    """A text in two parts; ``rest`` is what was cut from it, in its order."""

    text: str
    rest: str


def parted(text: str) -> Written:
    """Return what is new in a text, and the rest.

    Nothing is cut from answers between the lines of a quote, from what was forwarded, or where
    nothing would be left.
    """
    lines = text.split("\n")
    if len(lines) > _MOST:
        return Written(text.strip(), "")
    end = _end_of_own(lines)
    start = _end_of_leading_quote(lines[:end])
    end = start + _end_before_signature(lines[start:end])
    own = "\n".join(lines[start:end]).strip()
    if not own:
        return Written(text.strip(), "")
    cut = ("\n".join(lines[:start]).strip(), "\n".join(lines[end:]).strip())
    return Written(own, "\n\n".join(filter(None, cut)))


def _end_of_own(lines: list[str]) -> int:
    """Return the index of the line with which the history begins that goes on to the end."""
    for at, line in enumerate(lines):
        if _FORWARDED.match(line):
            return len(lines)
        if _SEPARATOR.match(line) and _is_head(lines[at + 1 : at + 8]):
            return at
        if _FROM.match(line) and _is_head(lines[at : at + 8]):
            return at
        if taken := _attribution(lines, at):
            following = lines[at + taken :]
            if _quoted_only(following) or not any(_is_quoted(one) for one in following):
                return at
    end = len(lines)
    while end and (not lines[end - 1].strip() or _is_quoted(lines[end - 1])):
        end -= 1
    trailing = any(_is_quoted(one) for one in lines[end:])
    # A quote at the end that nothing introduces, under words: it is the history as well.
    return end if trailing and not any(_is_quoted(one) for one in lines[:end]) else len(lines)


def _end_of_leading_quote(lines: list[str]) -> int:
    """Return where the answer begins under a quote at the top; 0 where there is none."""
    at = next((at for at, line in enumerate(lines) if line.strip()), 0)
    at += _attribution(lines, at)
    start = at
    while at < len(lines) and (not lines[at].strip() or _is_quoted(lines[at])):
        at += 1
    quoted = any(_is_quoted(one) for one in lines[start:at])
    # Another quote below: they answer line by line, and every line is needed.
    return at if quoted and not any(_is_quoted(one) for one in lines[at:]) else 0


def _end_before_signature(lines: list[str]) -> int:
    """Return the index of the line with which a signature begins; the number of lines: none."""
    for at in range(len(lines) - 1, max(len(lines) - _SIGNATURE, 0) - 1, -1):
        if _DELIMITER.match(lines[at]):
            return at
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return end - 1 if end > 1 and _FROM_A_PHONE.match(lines[end - 1].strip()) else len(lines)


def _attribution(lines: list[str], at: int) -> int:
    """Return how many lines introduce a quote here: none, one, or up to three folded ones."""
    for count in (1, 2, 3):
        here = [line.strip() for line in lines[at : at + count]]
        if not all(here) or sum(map(len, here)) > 400:
            break
        if _ATTRIBUTION.match(" ".join(here)):
            return count
    return 0


def _is_head(lines: list[str]) -> bool:
    """Whether these lines tell of another mail: who has sent it, and when or about what."""
    plain = [line.lstrip("> ").strip() for line in lines]
    return any(map(_FROM.match, plain)) and sum(bool(_HEAD.match(line)) for line in plain) >= 2


def _quoted_only(lines: list[str]) -> bool:
    return all(_is_quoted(line) or not line.strip() for line in lines)


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")
