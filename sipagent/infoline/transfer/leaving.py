"""Rows that are left out, with all that hangs on them, until what is left can be imported.

Of premises, accounts and charges an owner has exactly those of the import. So where one row of an
owner's is wrong, the owner's others of that kind are left out too, and what is stored stays: half a
list would be read out as a whole one.
"""

from collections.abc import Sequence

from sipagent.infoline.transfer.checks import check
from sipagent.infoline.transfer.kinds import Kind
from sipagent.infoline.transfer.mistakes import Mistakes, Refusal
from sipagent.infoline.transfer.staging import Staging

#: Kinds of which an owner has exactly those of the import.
_LISTED = ("premises", "accounts", "charges")


def settle(
    staging: Staging, kinds: Sequence[Kind], mistakes: Mistakes, manager: str | None = None
) -> None:
    """Check what is staged, leave out what is wrong, and so on until nothing is."""
    known = {kind.name: kind for kind in kinds}
    for name in known:
        staging.db.execute(
            f"CREATE INDEX IF NOT EXISTS temp.places_of_{name} ON stage_{name} (source, place)"
        )
    told = len(mistakes.refusals)
    while True:
        with staging.db.atomic():
            for refusal in mistakes.refusals[told:]:
                _take_out(staging, known[refusal.kind], refusal)
        for kind in _LISTED:
            _take_out_with(staging, kind, mistakes)
        told = len(mistakes.refusals)
        staging.db.execute(
            "DELETE FROM temp.replaced "
            "WHERE (kind, login) IN (SELECT kind, login FROM temp.refused)"
        )
        check(staging, kinds, mistakes, manager)
        if len(mistakes.refusals) == told:
            return


def _take_out(staging: Staging, kind: Kind, refusal: Refusal) -> None:
    source = staging.sources.index(refusal.source)
    at = [source, refusal.place]
    if kind.name in _LISTED:
        staging.db.execute(
            f"INSERT OR IGNORE INTO temp.refused SELECT '{kind.name}', login "
            f"FROM temp.stage_{kind.name} WHERE source = ? AND place = ?",
            at,
        )
    staging.db.execute(f"DELETE FROM temp.stage_{kind.name} WHERE source = ? AND place = ?", at)


def _take_out_with(staging: Staging, kind: str, mistakes: Mistakes) -> None:
    where = f"login IN (SELECT login FROM temp.refused WHERE kind = '{kind}')"
    rows = staging.db.execute(
        f"SELECT source, place, login FROM temp.stage_{kind} WHERE {where} ORDER BY seq"
    ).fetchall()
    for source, place, login in rows:
        reason = f"stays as it is: another of the {kind} of login {login!r} is wrong"
        mistakes.of_row(staging.sources[source], kind, place, None, reason)
    staging.db.execute(f"DELETE FROM temp.stage_{kind} WHERE {where}")
