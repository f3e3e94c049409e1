"""Bills as they are about a person: each call names an owner, and bills are kept by law."""

from datetime import date
from typing import Any

import sqlite_utils

from sipagent.persons.holding import Holding, Kept, Table
from sipagent.persons.person import Person

_RULE = {
    "pl": "dowody księgowe: art. 74 ust. 2 ustawy o rachunkowości, 5 lat od początku roku po roku "
    "obrotowym; art. 17 ust. 3 lit. b RODO",
    "en": "accounting records: article 74(2) of the Polish Accounting Act, 5 years from the "
    "beginning of the year after the financial year; GDPR, article 17(3)(b)",
}
_YEARS = 5


def _kept(db: sqlite_utils.Database, person: Person) -> list[Kept]:
    """Return what bills say of somebody, by the year of the bill."""
    found: Any = db.conn.execute(
        "SELECT substr(month, 1, 4), count(*) FROM bill_calls JOIN bills ON bills.id = bill "
        "WHERE owner IN (SELECT value FROM json_each(:logins)) GROUP BY 1 ORDER BY 1",
        person.values,
    )
    return [
        Kept(count, _RULE, date(int(year) + _YEARS, 12, 31).isoformat())
        for year, count in found.fetchall()
    ]


BILLS = Holding(
    "bills",
    {"pl": "Rozliczenia", "en": "Bills"},
    [Table("bill_calls", "owner IN {logins}", becomes={})],
    kept=_kept,
    never=frozenset({"bills", "bill_calls", "bill_corrections"}),
)
