"""Checks across rows: repeated keys, and references that lead nowhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sipagent.infoline.transfer.kinds import Kind
from sipagent.infoline.transfer.mistakes import MOST_MISTAKES, Mistakes
from sipagent.infoline.transfer.staging import Staging


@dataclass(frozen=True, slots=True)
class _Check:
    """Rows of ``kind`` (as ``s``) that meet ``where`` are wrong in ``column``."""

    kind: str
    column: str
    where: str
    text: str
    #: The value that ``text`` shows.
    shown: str


_REFERENCES = (
    _Check(
        "estates",
        "manager",
        """s.manager NOT IN (SELECT manager FROM stage_managers)
        AND s.manager NOT IN (SELECT code FROM main.managers)""",
        "no manager has the code {}",
        "s.manager",
    ),
    _Check(
        "owners",
        "estate",
        """NOT EXISTS (SELECT 1 FROM stage_estates e
                    WHERE e.manager = s.manager AND e.estate = s.estate)
        AND NOT EXISTS (SELECT 1 FROM main.managers m JOIN main.estates e ON e.manager_id = m.id
                        WHERE m.code = s.manager AND e.code = s.estate)""",
        "manager and estate {} are not known together",
        "s.manager || ' / ' || s.estate",
    ),
    _Check(
        "owners",
        "login",
        """EXISTS (SELECT 1 FROM main.owners o JOIN main.managers m ON m.id = o.manager_id
                WHERE o.login = s.login AND m.code <> s.manager)""",
        "login {} belongs to an owner of another manager; logins are unique on the whole line",
        "s.login",
    ),
    *(
        _Check(
            kind,
            "login",
            """NOT EXISTS (SELECT 1 FROM stage_owners o WHERE o.login = s.login)
            AND NOT EXISTS (SELECT 1 FROM main.owners o WHERE o.login = s.login)""",
            "no owner has the login {}",
            "s.login",
        )
        for kind in ("premises", "accounts", "charges")
    ),
    _Check(
        "charges",
        "premises",
        """NOT EXISTS (SELECT 1 FROM stage_premises p
                    WHERE p.login = s.login AND p.premises = s.premises)
        AND (
            EXISTS (SELECT 1 FROM replaced r WHERE r.kind = 'premises' AND r.login = s.login)
            OR NOT EXISTS (
                SELECT 1 FROM main.owners o JOIN main.premises p ON p.owner_id = o.id
                WHERE o.login = s.login AND p.code = s.premises)
        )
        AND (EXISTS (SELECT 1 FROM stage_owners o WHERE o.login = s.login)
            OR EXISTS (SELECT 1 FROM main.owners o WHERE o.login = s.login))""",
        "the owner has no premises {}",
        "s.premises",
    ),
)


#: Where the rows of one manager only are taken, as ``:manager``.
_OTHERS = (
    *(
        _Check(
            kind,
            "manager",
            "s.manager <> :manager",
            "manager {} is not the one whose owners may be imported here",
            "s.manager",
        )
        for kind in ("managers", "estates", "owners")
    ),
    *(
        _Check(
            kind,
            "login",
            """EXISTS (SELECT 1 FROM main.owners o JOIN main.managers m ON m.id = o.manager_id
                    WHERE o.login = s.login AND m.code <> :manager)""",
            "login {} belongs to an owner of another manager",
            "s.login",
        )
        for kind in ("premises", "accounts", "charges")
    ),
    # Whatever picture of this machine it names would be in the statements.
    _Check(
        "managers",
        "logo",
        "s.logo IS NOT (SELECT logo FROM main.managers m WHERE m.code = s.manager)",
        "a logo cannot be named here: {}",
        "s.logo",
    ),
)

_TWO_ESTATES = "; a person with flats in two estates has a login in each"


def check(
    staging: Staging, kinds: Sequence[Kind], mistakes: Mistakes, manager: str | None = None
) -> None:
    """Note what only shows when all rows are there.

    Args:
        staging: the rows.
        kinds: all kinds.
        mistakes: where it is noted.
        manager: code of the only manager whose rows are taken; None: everybody's.

    Raises:
        DataError: there are too many mistakes to go on.
    """
    for kind in kinds:
        if kind.keys:
            _repetitions(staging, kind, mistakes)
    for one in (*_REFERENCES, *(_OTHERS if manager is not None else ())):
        for source, place, shown in _rows(staging, one, _most(mistakes), manager):
            mistakes.of_row(
                staging.sources[source], one.kind, place, one.column, one.text.format(repr(shown))
            )


def _most(mistakes: Mistakes) -> int:
    return -1 if mistakes.skip else MOST_MISTAKES


def _rows(
    staging: Staging, one: _Check, most: int, manager: str | None
) -> Iterator[tuple[int, int | str, str]]:
    yield from staging.db.execute(
        f"""
        SELECT s.source, s.place, {one.shown} FROM temp.stage_{one.kind} s
        WHERE {one.shown} IS NOT NULL AND {one.where}
        ORDER BY s.seq LIMIT {most}
        """,
        {"manager": manager},
    )


def _repetitions(staging: Staging, kind: Kind, mistakes: Mistakes) -> None:
    keys = ", ".join(kind.keys)
    # Files for one estate each may all name its manager, as long as they agree about it.
    apart = "1" if kind.name not in ("managers", "estates") else _differs(kind)
    elsewhere = "manager || estate" if kind.name == "owners" else "''"
    rows = staging.db.execute(
        f"""
        SELECT source, place, seen_source, seen_place, shown, elsewhere FROM (
            SELECT s.*, {" || ' / ' || ".join(kind.keys)} AS shown,
                lag(source) OVER same AS seen_source, lag(place) OVER same AS seen_place,
                {apart} AS apart, lag({elsewhere}) OVER same IS NOT {elsewhere} AS elsewhere
            FROM temp.stage_{kind.name} s
            WINDOW same AS (PARTITION BY {keys} ORDER BY seq)
        )
        WHERE seen_source IS NOT NULL AND apart
        ORDER BY seq LIMIT {_most(mistakes)}
        """
    ).fetchall()
    for source, place, seen_source, seen_place, shown, elsewhere in rows:
        first = staging.sources[seen_source].sentence(seen_place, None, "").rstrip(": ")
        mistakes.of_row(
            staging.sources[source],
            kind.name,
            place,
            kind.keys[-1],
            f"{shown!r} stands already in {first}{_TWO_ESTATES if elsewhere else ''}",
        )


def _differs(kind: Kind) -> str:
    others = [name for name in kind.names if name not in kind.keys]
    return "(" + " OR ".join(f"lag({name}) OVER same IS NOT {name}" for name in others) + ")"
