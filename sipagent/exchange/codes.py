"""Codes that a phone of the house dials, such as ``*97``: each is answered by a step.

Those of forwarding and do-not-disturb are the ones of GSM and ETSI (3GPP TS 22.030, annex B):
``*21*NUMBER#`` begins, ``#21#`` ends, ``*#21#`` asks. ``*8`` picks up, ``*28`` turns to the
night, and ``*46`` pauses in queues, as they do at FreePBX.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sqlite_utils

from sipagent.exchange.attendant import PLACE
from sipagent.exchange.reaching import changing
from sipagent.exchange.reaching.handling import Follow, Handling, When
from sipagent.exchange.steps.fetch import Fetch, FetchSettings
from sipagent.exchange.steps.handling import (
    ALL_OFF,
    DISTURBING,
    FOLLOWING,
    FORWARDING,
    Feature,
    HandlingStep,
)
from sipagent.exchange.steps.listen import Listen, ListenSettings
from sipagent.exchange.steps.mailbox import Mailbox, MailboxSettings
from sipagent.exchange.steps.night import Night, NightStep
from sipagent.exchange.steps.pickup import PickUp
from sipagent.exchange.steps.queue_codes import REASONS, LoginStep, PauseStep, Wanted
from sipagent.scenario.step import Step


@dataclass(frozen=True, slots=True)
class Code:
    """A code of the house.

    Args:
        shape: what is dialled, without a ``#`` at its end.
        step: returns who takes the call; whose phone it is stands in the talk's ``Led.caller``.
    """

    shape: re.Pattern[str]
    step: Callable[[re.Match[str]], Step]


_FORWARDS: Mapping[str, When] = {
    "21": When.ALWAYS,
    "61": When.NO_ANSWER,
    "62": When.UNREACHABLE,
    "67": When.BUSY,
}
_WHENS = "|".join(_FORWARDS)
_DND, _MOBILE = "26", "25"
_FEATURES: Mapping[str, Feature] = {
    **{code: FORWARDING[when] for code, when in _FORWARDS.items()},
    _DND: DISTURBING,
    _MOBILE: FOLLOWING,
}


def _forward(found: re.Match[str]) -> Step:
    """``*21*NUMBER#``, ``**61*NUMBER**20#``: as mobiles dial it, with or without a service."""
    when = _FORWARDS[found["code"]]
    seconds = int(found["seconds"]) if found["seconds"] else None

    def change(db: sqlite_utils.Database, user: str, country: str) -> Handling:
        return changing.forward(db, user, when, found["to"], seconds=seconds, country=country)

    return HandlingStep("forward", FORWARDING[when], change)


def _no_forward(found: re.Match[str]) -> Step:
    when = _FORWARDS[found["code"]]
    return HandlingStep(
        "forward",
        FORWARDING[when],
        lambda db, user, country: changing.forward_no_more(db, user, when),
    )


def _no_forwards(found: re.Match[str]) -> Step:
    return HandlingStep(
        "forward", ALL_OFF, lambda db, user, country: changing.forward_no_more(db, user, *When)
    )


def _disturbing(found: re.Match[str]) -> Step:
    on = not found["wanted"]
    return HandlingStep(
        "dnd", DISTURBING, lambda db, user, country: changing.disturb(db, user, on=on)
    )


def _following(found: re.Match[str]) -> Step:
    """``*25#`` with the phones, ``*25*20#`` twenty seconds after them, ``#25#`` never."""
    seconds = int(found["seconds"]) if found["seconds"] else None
    how = Follow.NEVER if found["off"] else Follow.IN_TURN if seconds else Follow.TOGETHER
    return HandlingStep(
        "follow", FOLLOWING, lambda db, user, country: changing.follow(db, user, how, seconds)
    )


def _asked(found: re.Match[str]) -> Step:
    return HandlingStep("asked", _FEATURES[found["code"]])


_NIGHTS = {"*": Night.TURN, "#": Night.END, "##": Night.END, "*#": Night.ASK}


def _night(found: re.Match[str]) -> Step:
    """``*281#`` begins a night or ends it, ``*281*0730#`` until then, ``#281#`` ends it."""
    return NightStep("night", _NIGHTS[found["what"]], found["code"], found["until"] or "")


def _login(found: re.Match[str]) -> Step:
    """``1000*1`` logs into the queue with that number, ``1000*2`` out of it."""
    return LoginStep("queue-login", found["queue"], there=found["what"] == "1")


_PAUSING = {"*": Wanted.PAUSE, "#": Wanted.RESUME, "##": Wanted.RESUME, "*#": Wanted.ASK}


def _pause(found: re.Match[str]) -> Step:
    """``*46#`` pauses, ``*462#`` for the second reason, ``#46#`` takes calls again."""
    return PauseStep("queue-pause", _PAUSING[found["what"]], REASONS[found["reason"] or ""])


def _own_box(found: re.Match[str]) -> Step:
    return Mailbox("mailbox", MailboxSettings())


def _box_of(found: re.Match[str]) -> Step:
    return Mailbox("mailbox", MailboxSettings(number=found[1]))


#: In the order in which they are tried; before them come the numbers of emergency services.
CODES: Sequence[Code] = (
    Code(
        re.compile(
            rf"\*\*?(?P<code>{_WHENS})\*(?P<to>\+?[0-9]{{2,20}}|\*0[0-9]{{2,3}})"
            r"(?:\*[0-9]*\*(?P<seconds>[0-9]{1,3}))?"
        ),
        _forward,
    ),
    Code(re.compile(rf"##?(?P<code>{_WHENS})"), _no_forward),
    Code(re.compile(r"##?002"), _no_forwards),
    Code(re.compile(rf"(?:(?P<wanted>\*)|##?){_DND}"), _disturbing),
    Code(re.compile(rf"(?:\*|(?P<off>##?)){_MOBILE}(?:\*(?P<seconds>[0-9]{{1,3}}))?"), _following),
    Code(re.compile(rf"\*#(?P<code>{'|'.join(_FEATURES)})"), _asked),
    Code(
        re.compile(
            r"(?P<what>\*#?|##?)28\*?(?P<code>[0-9]{0,3})"
            r"(?:\*(?P<until>(?:[01][0-9]|2[0-3])[0-5][0-9]))?"
        ),
        _night,
    ),
    Code(
        re.compile(r"\*8(?P<number>[0-9]{2,6})?"),
        lambda found: PickUp("pick-up", found["number"] or ""),
    ),
    Code(PLACE, lambda found: Fetch("fetch", FetchSettings(place=found[0]))),
    Code(re.compile(r"(?P<queue>[0-9]{2,6})\*(?P<what>[12])"), _login),
    Code(re.compile(r"(?P<what>\*#?|##?)46\*?(?P<reason>[1-5]?)"), _pause),
    Code(re.compile(r"\*97"), _own_box),
    Code(re.compile(r"\*98([0-9]{2,6})"), _box_of),
    Code(
        re.compile(r"\*55(?P<number>[0-9]{2,6})?"),
        lambda found: Listen("listen", ListenSettings(number=found["number"] or "")),
    ),
)


def coded(dialled: str) -> Step | None:
    """Return the step that a code means; None where it is no code."""
    for code in CODES:
        if found := code.shape.fullmatch(dialled.removesuffix("#")):
            return code.step(found)
    return None


#: Before a number: whoever is called is not to see who calls, this once. Networks have ``*31*``
#: (ETSI EN 300 090, CLIR), mobiles ``#31#`` (ETSI TS 122 030, annex B).
_UNSHOWN = re.compile(r"(?:\*31\*|#31#)(?P<number>\+?[0-9]{2,})#?")


def unshown(dialled: str) -> str:
    """Return the number that is to be called so that it sees none; empty: all others."""
    found = _UNSHOWN.fullmatch(dialled)
    return found["number"] if found else ""
