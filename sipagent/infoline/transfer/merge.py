"""What an import changes goes into the directory; each statement works on all rows at once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sipagent.infoline.directory import CONTRACT
from sipagent.infoline.transfer.staging import Staging


@dataclass(frozen=True, slots=True)
class Count:
    """What became of the rows of one kind: read, added or changed, and removed."""

    kind: str
    read: int
    written: int = 0
    removed: int = 0


def _kept(columns: Iterable[str], table: str) -> str:
    """Return the values of columns: what the file says, else what is stored."""
    return ", ".join(f"coalesce(min(s.{name}), {table}.{name})" for name in columns)


def _taken(*columns: str) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in columns)


def _differs(*columns: str) -> str:
    mine, theirs = ", ".join(columns), ", ".join(f"excluded.{name}" for name in columns)
    return f"({mine}) IS NOT ({theirs})"


#: Columns of a manager that a file may leave out.
MANAGER = (*CONTRACT, "logo")

_MANAGERS = f"""
INSERT INTO main.managers (code, name, {", ".join(MANAGER)})
SELECT s.manager, min(s.manager_name), {_kept(MANAGER, "m")}
FROM temp.stage_managers s LEFT JOIN main.managers m ON m.code = s.manager
WHERE true GROUP BY s.manager ORDER BY min(s.seq)
ON CONFLICT (code) DO UPDATE SET {_taken("name", *MANAGER)}
WHERE {_differs("name", *MANAGER)}
"""

_ESTATES = f"""
INSERT INTO main.estates (manager_id, code, name, owner_access, access_reason,
    {", ".join(CONTRACT)})
SELECT m.id, s.estate, min(s.estate_name), coalesce(min(s.owner_access), e.owner_access, 1),
       coalesce(min(s.access_reason), e.access_reason, ''), {_kept(CONTRACT, "e")}
FROM temp.stage_estates s
JOIN main.managers m ON m.code = s.manager
LEFT JOIN main.estates e ON e.manager_id = m.id AND e.code = s.estate
WHERE true GROUP BY m.id, s.estate ORDER BY min(s.seq)
ON CONFLICT (manager_id, code) DO UPDATE
SET {_taken("name", "owner_access", "access_reason", *CONTRACT)}
WHERE {_differs("name", "owner_access", "access_reason", *CONTRACT)}
"""

_OWNERS = """
INSERT INTO main.owners (manager_id, estate_id, login, name, blocked, web_access)
SELECT m.id, e.id, n.login, n.name, n.blocked, n.web_access
FROM temp.new_owners n
CROSS JOIN main.managers m ON m.code = n.manager
CROSS JOIN main.estates e ON e.manager_id = m.id AND e.code = n.estate
WHERE true
ON CONFLICT (login) DO UPDATE
SET estate_id = excluded.estate_id, name = excluded.name, blocked = excluded.blocked,
    web_access = excluded.web_access
"""

_PHONES = """
INSERT INTO main.owner_phones (owner_id, position, manager_id, number)
SELECT o.id, n.position, o.manager_id, n.number
FROM temp.new_phones n CROSS JOIN main.owners o ON o.login = n.login
WHERE true
ON CONFLICT (owner_id, position) DO UPDATE SET number = excluded.number
"""

_EMAILS = """
INSERT INTO main.owner_emails (owner_id, position, manager_id, address)
SELECT o.id, n.position, o.manager_id, n.address
FROM temp.new_emails n CROSS JOIN main.owners o ON o.login = n.login
WHERE true
ON CONFLICT (owner_id, position) DO UPDATE SET address = excluded.address
"""

_PREMISES = """
INSERT INTO main.premises (manager_id, owner_id, code, name, address, position)
SELECT o.manager_id, o.id, n.code, n.name, n.address, n.position
FROM temp.new_premises n CROSS JOIN main.owners o ON o.login = n.login
WHERE true
ON CONFLICT (owner_id, code) DO UPDATE
SET name = excluded.name, address = excluded.address, position = excluded.position
"""

_ACCOUNTS = """
INSERT INTO main.accounts
    (manager_id, owner_id, code, name, balance_grosze, balance_date, position)
SELECT o.manager_id, o.id, n.code, n.name, n.balance_grosze, n.balance_date, n.position
FROM temp.new_accounts n CROSS JOIN main.owners o ON o.login = n.login
WHERE true
ON CONFLICT (owner_id, code) DO UPDATE
SET name = excluded.name, balance_grosze = excluded.balance_grosze,
    balance_date = excluded.balance_date, position = excluded.position
"""

_CHARGES = """
INSERT INTO main.charges (premises_id, position, manager_id, name, amount_grosze, valid_from)
SELECT p.id, n.position, p.manager_id, n.name, n.amount_grosze, n.valid_from
FROM temp.new_charges n
CROSS JOIN main.owners o ON o.login = n.login
CROSS JOIN main.premises p ON p.owner_id = o.id AND p.code = n.premises
WHERE true
ON CONFLICT (premises_id, position) DO UPDATE
SET name = excluded.name, amount_grosze = excluded.amount_grosze, valid_from = excluded.valid_from
"""

_OWN = "DELETE FROM main.{0} WHERE id IN (SELECT id FROM temp.gone_{0})"
_LISTED = """
DELETE FROM main.owner_{0} WHERE (owner_id, position) IN (SELECT * FROM temp.gone_{0})
"""
_ITEMS = """
DELETE FROM main.charges WHERE (premises_id, position) IN (SELECT * FROM temp.gone_charges)
"""

#: Charges go before their premises do, and come after them.
_GONE = {
    "charges": _ITEMS,
    "premises": _OWN.format("premises"),
    "accounts": _OWN.format("accounts"),
    "phones": _LISTED.format("phones"),
    "emails": _LISTED.format("emails"),
}
_NEW = {
    "managers": _MANAGERS,
    "estates": _ESTATES,
    "owners": _OWNERS,
    "phones": _PHONES,
    "emails": _EMAILS,
    "premises": _PREMISES,
    "accounts": _ACCOUNTS,
    "charges": _CHARGES,
}


def merge(staging: Staging, done: Callable[[int, int], None]) -> list[Count]:
    """Write what ``compare`` found; call it inside a write transaction.

    ``done`` is told before each kind how many of them are over, and how many there are.
    """
    removed = {kind: _run(staging, statement) for kind, statement in _GONE.items()}
    counts = []
    for number, (kind, statement) in enumerate(_NEW.items()):
        done(number, len(_NEW))
        written = _run(staging, statement)
        counts.append(Count(kind, _read(staging, kind), written, removed.get(kind, 0)))
    done(len(_NEW), len(_NEW))
    return counts


def _read(staging: Staging, kind: str) -> int:
    if kind not in ("phones", "emails"):
        return staging.count(kind)
    query = f"SELECT coalesce(sum(json_array_length({kind})), 0) FROM temp.stage_owners"
    return int(staging.db.execute(query).fetchone()[0])


def _run(staging: Staging, statement: str) -> int:
    return staging.db.execute(statement).rowcount
