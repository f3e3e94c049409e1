"""The legs of a call: whom it has rung, when they talked and how it went, from its timeline."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: Kind of the event that names the Call-ID (``sip_id``) of a leg that is rung.
SECOND_LEG = "second-leg"
#: Kinds of the events that are about legs.
KINDS = frozenset(
    {"transfer", SECOND_LEG, "joined", "moved", "parted", "cost", "transferred"}
    | {"second-leg-over", "second-leg-audio"}
)


@dataclass(slots=True)
class LegRow:
    """One leg of a call; 0 is the caller's. Times are UTC, ISO 8601 with offset."""

    leg: int
    #: Its Call-ID.
    sip_id: str
    #: Number or URI; None for a hidden one.
    party: str | None
    began: str
    answered: str | None = None
    ended: str | None = None
    sip_code: int | None = None
    reason: str | None = None
    #: How its audio arrived, as JSON; None for a leg without any.
    quality: str | None = None
    #: What it has cost, in grosze without VAT, and that in per cent; None: nobody knows, or nothing
    #: is to be paid.
    cost: int | None = None
    vat: int | None = None
    #: The user whose call it was, where it has cost something; empty: nobody's.
    payer: str = ""
    #: Over which trunk it was called; empty: inside the house.
    trunk: str = ""

    @property
    def rang(self) -> float | None:
        """Seconds until it was answered or given up; None while it rings."""
        return seconds_between(self.began, self.answered or self.ended)

    @property
    def talked(self) -> float | None:
        """Seconds from the answer to the end; None for one that is live or was not answered."""
        return seconds_between(self.answered, self.ended)


class Legs:
    """Follows the legs that one call rings, event by event.

    An event is of the leg that its ``sip_id`` names, else of the one that was begun last.
    """

    def __init__(self) -> None:
        #: All of them, in the order in which they were begun.
        self.rows: list[LegRow] = []
        #: The leg that events without a Call-ID are about.
        self._latest: LegRow | None = None
        #: Who is about to be rung.
        self._party: str | None = None

    def take(self, kind: str, details: Mapping[str, Any], at: str) -> LegRow | None:
        """Return the leg that an event changes, as it is then; None where it changes none."""
        if kind == "transfer":
            self._next(details.get("target"))
            return None
        if kind == SECOND_LEG:
            return self._begin(details, at)
        leg = self._meant(details)
        if leg is None:
            return None
        match kind:
            case "joined":
                leg.answered, leg.sip_code = leg.answered or at, 200
            case "moved":
                leg.ended, leg.reason = leg.ended or at, kind
                self._next(details.get("uri"))
            case "parted":
                leg.ended = leg.ended or at
            case "second-leg-over":
                leg.ended = leg.ended or at
                leg.sip_code = details.get("code") or leg.sip_code
                leg.reason = details.get("reason") or None
            case "cost":
                leg.cost, leg.vat = details.get("grosze"), details.get("vat")
                leg.payer = str(details.get("user") or "")
            case "second-leg-audio":
                leg.ended = leg.ended or at
                kept = {name: value for name, value in details.items() if name != "sip_id"}
                leg.quality = json.dumps(kept, ensure_ascii=False)
            case "transferred" if details.get("way") == "bridge":
                leg.ended = leg.ended or at
                leg.sip_code = details.get("code") or leg.sip_code
                leg.reason = details.get("reason") or None
            case _:
                return None
        return leg

    def over(self, at: str) -> list[LegRow]:
        """Return the legs that end because the call does."""
        left = [leg for leg in self.rows if leg.ended is None]
        for leg in left:
            leg.ended = at
        return left

    def _next(self, party: object) -> None:
        self._party = None if party is None else str(party)
        self._latest = None

    def _begin(self, details: Mapping[str, Any], at: str) -> LegRow:
        party = details.get("party", self._party)
        number = len(self.rows) + 1
        leg = LegRow(number, str(details.get("sip_id", "")), party and str(party), at)
        leg.trunk = str(details.get("trunk") or "")
        self.rows.append(leg)
        self._latest = leg
        return leg

    def _meant(self, details: Mapping[str, Any]) -> LegRow | None:
        sip_id = details.get("sip_id")
        named = (leg for leg in reversed(self.rows) if leg.sip_id == sip_id)
        return next(named, None) if sip_id else self._latest


def seconds_between(first: str | None, last: str | None) -> float | None:
    """Return the seconds between two moments; None where one of them is not known."""
    if first is None or last is None:
        return None
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
