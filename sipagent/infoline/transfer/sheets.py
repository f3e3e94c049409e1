"""The directory as tables, one for each kind of row: what is exported, and what is compared."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlite_utils

from sipagent.infoline.directory import CONTRACT
from sipagent.infoline.transfer.merge import MANAGER
from sipagent.money import plain_amount

_FLAG = ("nie", "tak")
#: What a query is limited to: one manager, or none.
MINE = "(:manager IS NULL OR m.code = :manager)"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table: its columns, and the statement that gives them; ``keys`` find a row again."""

    name: str
    columns: tuple[str, ...]
    query: str
    keys: tuple[str, ...]
    amounts: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    def select(self) -> str:
        """Return the statement; it has the parameter ``manager``."""
        return self.query.format(mine=MINE)

    def rows(self, db: sqlite_utils.Database, manager: str | None = None) -> Iterator[list[Any]]:
        """Yield the rows as an import takes them back, amounts in zlotys as text."""
        for row in db.execute(self.select(), {"manager": manager}):
            yield self.readable(row)

    def readable(self, row: Iterable[Any]) -> list[Any]:
        """Return a row of the statement as an import takes it back."""
        return [self._shown(column, value) for column, value in zip(self.columns, row, strict=True)]

    def _shown(self, column: str, value: Any) -> Any:
        if column in self.amounts:
            return plain_amount(value)
        return _FLAG[value] if column in self.flags else value


def _columns(table: str, names: Iterable[str]) -> str:
    return ", ".join(f"coalesce({table}.{name}, '')" for name in names)


SHEETS = (
    Sheet(
        "managers",
        ("manager", "manager_name", *MANAGER),
        f"SELECT m.code, m.name, {_columns('m', MANAGER)} FROM managers m "
        "WHERE {mine} ORDER BY m.code",
        ("manager",),
    ),
    Sheet(
        "estates",
        ("manager", "estate", "estate_name", "owner_access", "access_reason", *CONTRACT),
        f"""
        SELECT m.code, e.code, e.name, e.owner_access, e.access_reason, {_columns("e", CONTRACT)}
        FROM estates e JOIN managers m ON m.id = e.manager_id
        WHERE {{mine}} ORDER BY m.code, e.code
        """,
        ("manager", "estate"),
        flags=("owner_access",),
    ),
    Sheet(
        "owners",
        (
            *("manager", "estate", "login", "owner_name"),
            *("phones", "emails", "blocked", "web_access"),
        ),
        """
        SELECT m.code, e.code, o.login, o.name,
            (SELECT coalesce(group_concat(number, ';'), '') FROM
                (SELECT number FROM owner_phones WHERE owner_id = o.id ORDER BY position)),
            (SELECT coalesce(group_concat(address, ';'), '') FROM
                (SELECT address FROM owner_emails WHERE owner_id = o.id ORDER BY position)),
            o.blocked, o.web_access
        FROM owners o JOIN managers m ON m.id = o.manager_id JOIN estates e ON e.id = o.estate_id
        WHERE {mine} ORDER BY o.login
        """,
        ("login",),
        flags=("blocked", "web_access"),
    ),
    Sheet(
        "premises",
        ("login", "premises", "premises_name", "address"),
        """
        SELECT o.login, p.code, p.name, p.address
        FROM premises p JOIN owners o ON o.id = p.owner_id JOIN managers m ON m.id = p.manager_id
        WHERE {mine} ORDER BY o.login, p.position
        """,
        ("login", "premises"),
    ),
    Sheet(
        "accounts",
        ("login", "account", "account_name", "balance", "balance_date"),
        """
        SELECT o.login, a.code, a.name, a.balance_grosze, a.balance_date
        FROM accounts a JOIN owners o ON o.id = a.owner_id JOIN managers m ON m.id = a.manager_id
        WHERE {mine} ORDER BY o.login, a.position
        """,
        ("login", "account"),
        amounts=("balance",),
    ),
    Sheet(
        "charges",
        ("login", "premises", "charge", "amount", "valid_from"),
        """
        SELECT o.login, p.code, c.name, c.amount_grosze, coalesce(c.valid_from, '')
        FROM charges c JOIN premises p ON p.id = c.premises_id
        JOIN owners o ON o.id = p.owner_id JOIN managers m ON m.id = c.manager_id
        WHERE {mine} ORDER BY o.login, p.position, c.position
        """,
        ("login", "premises", "charge"),
        amounts=("amount",),
    ),
)
