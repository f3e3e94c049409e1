"""Where a code can go: addresses on record, told so that only who has them knows them.

Whoever types a login sees as much for one that nobody has: addresses that are made up, always the
same for the same login. So a domain is told only where many people have theirs, and the last three
digits of a number, whose distribution says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlite_utils

from sipagent.e164 import is_mobile
from sipagent.infoline.model import Owner
from sipagent.infoline.online.secret import mark, written

#: Domains that so many people have that they give nobody away.
_COMMON = ("gmail.com", "wp.pl", "onet.pl", "o2.pl", "interia.pl", "op.pl", "poczta.onet.pl")
_LETTERS = "aaaabbcddeefghijjjkkkkllmmmmmnoopprrsstuwwzfvxq1"
#: Telephones and e-mails that are offered at the most: whoever has more puts them in order.
_MOST = 2
#: How many of each decoys have: all that owners can have, and mostly what most of them have.
_DECOYS = (*[(1, 1)] * 5, (1, 0), (0, 1), (2, 1), (1, 2), (2, 2), (2, 0), (0, 2))


@dataclass(frozen=True, slots=True)
class Way:
    """An address that a code can go to.

    Args:
        tag: what forms call it.
        medium: ``phone`` or ``email``.
        shown: ``…789`` or ``j***@wp.pl``.
        target: E.164 number or e-mail address; empty: made up, and nothing is sent.
    """

    tag: str
    medium: str
    shown: str
    target: str = ""


def ways(
    db: sqlite_utils.Database,
    login: str,
    owner: Owner | None,
    *,
    texts: bool,
    fresh: frozenset[str] = frozenset(),
    replaced: Sequence[str] = (),
) -> list[Way]:
    """Return where codes of a login can go, as long for a login that nobody has.

    Args:
        db: with the tables of owners online.
        login: as it was typed.
        owner: who has it.
        texts: whether texts can be sent.
        fresh: addresses that were added so lately that they open nothing yet.
        replaced: e-mails that were there until so lately; they open where nothing else does.
    """
    made_up = _made_up(db, login, texts)
    if owner is None:
        return made_up
    # Whoever has found the page open changes the only address, and is not let in by it at once.
    settled = known(db, owner, texts=texts, fresh=fresh)
    before = [_way(db, owner, "email", one) for one in replaced if one not in fresh]
    found = settled or before or made_up
    return [one for medium in ("email", "phone") for one in _first(found, medium)]


def known(
    db: sqlite_utils.Database,
    owner: Owner,
    *,
    texts: bool,
    fresh: frozenset[str] = frozenset(),
) -> list[Way]:
    """Return the addresses on an owner's record that can be sent a code."""
    phones = [one for one in owner.phones if texts and is_mobile(one)]
    targets = [("email", one) for one in owner.emails] + [("phone", one) for one in phones]
    return [_way(db, owner, medium, one) for medium, one in targets if one not in fresh]


def _first(found: list[Way], medium: str) -> list[Way]:
    return [one for one in found if one.medium == medium][:_MOST]


def masked(target: str) -> str:
    """Return an address as it is told to who may be anybody."""
    user, at, domain = target.rpartition("@")
    if not at:
        return f"…{target[-3:]}"
    shown = domain.lower() if domain.lower() in _COMMON else "…"
    return f"{user[:1].lower()}***@{shown}"


def _way(db: sqlite_utils.Database, owner: Owner, medium: str, target: str) -> Way:
    return Way(written(db, "way", owner.login, target), medium, masked(target), target)


def _made_up(db: sqlite_utils.Database, login: str, texts: bool) -> list[Way]:
    seeds = iter(mark(db, "decoys", login))
    phones, emails = _DECOYS[next(seeds) % len(_DECOYS)]
    shown = []
    for _ in range(emails or not texts):
        letter = _LETTERS[next(seeds) % len(_LETTERS)]
        place = next(seeds) % (len(_COMMON) + 3)
        domain = _COMMON[place] if place < len(_COMMON) else "…"
        shown.append(("email", f"{letter}***@{domain}"))
    for _ in range(phones if texts else 0):
        shown.append(("phone", f"…{(next(seeds) * 256 + next(seeds)) % 1000:03}"))
    return [
        Way(written(db, "way", login, str(number), text), medium, text)
        for number, (medium, text) in enumerate(shown)
    ]
