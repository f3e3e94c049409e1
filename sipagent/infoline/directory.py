"""Look-ups that a call needs: the owner behind a login, balances and charges."""

import itertools
import json
from datetime import date
from typing import Any

import sqlite_utils

from sipagent.infoline.model import (
    Account,
    Charge,
    Contract,
    Estate,
    Manager,
    Owner,
    PremisesCharges,
)

# One statement is one snapshot: an import that commits meanwhile cannot mix old and new.
_OWNER = """
SELECT owners.id, owners.login, owners.name, owners.blocked, owners.web_access,
       managers.id, managers.name, managers.code, {manager_contract}, managers.logo,
       estates.id, estates.name, estates.code, estates.owner_access, estates.access_reason,
       {estate_contract},
       (SELECT json_group_array(number) FROM
           (SELECT number FROM owner_phones WHERE owner_id = owners.id ORDER BY position)),
       (SELECT json_group_array(address) FROM
           (SELECT address FROM owner_emails WHERE owner_id = owners.id ORDER BY position))
FROM owners
JOIN managers ON managers.id = owners.manager_id
JOIN estates ON estates.id = owners.estate_id
WHERE {key} = ?
"""

_ACCOUNTS = """
SELECT name, balance_grosze, balance_date, code FROM accounts WHERE owner_id = ? ORDER BY position
"""

_CHARGES = """
SELECT premises.id, premises.name, premises.address, premises.code,
       charges.name, charges.amount_grosze, charges.valid_from
FROM premises LEFT JOIN charges ON charges.premises_id = premises.id
WHERE premises.owner_id = ?
ORDER BY premises.position, premises.id, charges.position
"""


#: Columns of a contract, in the order of its fields.
CONTRACT = tuple(Contract.__dataclass_fields__)


class Directory:
    """Owners of every manager; it only reads, and what it returns never changes."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self._db = db

    def find(self, login: str) -> Owner | None:
        """Return the owner of a numeric login, or None where nobody has it."""
        return self._owner("owners.login", login)

    def get(self, owner_id: int) -> Owner | None:
        """Return an owner by id, or None where it is gone."""
        return self._owner("owners.id", owner_id)

    def page(self, after: str, limit: int, manager: int | None = None) -> list[Owner]:
        """Return owners in the order of their logins.

        Args:
            after: the login before the first one; empty: from the beginning.
            limit: how many at the most.
            manager: id of the manager whose owners they are; None: everybody's.
        """
        rows = self._db.execute(
            "SELECT id FROM owners WHERE login > ? AND (? IS NULL OR manager_id = ?) "
            "ORDER BY login LIMIT ?",
            [after, manager, manager, limit],
        ).fetchall()
        found = (self.get(key) for (key,) in rows)
        return [owner for owner in found if owner is not None]

    def accounts(self, owner_id: int) -> list[Account]:
        """Return the ledger accounts of an owner, in the order of the import."""
        rows = self._db.execute(_ACCOUNTS, [owner_id])
        return [
            Account(name, balance, date.fromisoformat(day), code)
            for name, balance, day, code in rows
        ]

    def charges(self, owner_id: int) -> list[PremisesCharges]:
        """Return each premises of an owner with its charges; a premises may have none."""
        found: dict[int, tuple[tuple[str, str, str], list[Charge]]] = {}
        for key, premises, address, code, name, amount, day in self._db.execute(
            _CHARGES, [owner_id]
        ):
            _, items = found.setdefault(key, ((premises, address, code), []))
            if name is not None:
                items.append(Charge(name, amount, date.fromisoformat(day) if day else None))
        return [
            PremisesCharges(premises, tuple(items), address, code)
            for (premises, address, code), items in found.values()
        ]

    def _owner(self, key: str, value: object) -> Owner | None:
        query = _OWNER.format(
            key=key, manager_contract=_contract("managers"), estate_contract=_contract("estates")
        )
        row = self._db.execute(query, [value]).fetchone()
        return None if row is None else _to_owner(row)


def _contract(table: str) -> str:
    return ", ".join(f"{table}.{column}" for column in CONTRACT)


def _to_owner(row: tuple[Any, ...]) -> Owner:
    values = iter(row)

    def take(count: int) -> list[Any]:
        return list(itertools.islice(values, count))

    key, login, name, blocked, web_access = take(5)
    manager_id, manager, manager_code = take(3)
    manager_contract = Contract(*take(len(CONTRACT)))
    (logo,) = take(1)
    estate_id, estate, estate_code, access, reason = take(5)
    estate_contract = Contract(*take(len(CONTRACT)))
    phones, emails = take(2)
    return Owner(
        id=key,
        login=login,
        name=name,
        manager=Manager(manager_id, manager, manager_code, manager_contract, logo),
        estate=Estate(estate_id, estate, estate_code, bool(access), reason, estate_contract),
        phones=tuple(json.loads(phones)),
        emails=tuple(json.loads(emails)),
        blocked=bool(blocked),
        web_access=bool(web_access),
    )
