"""What an import changes: found by reading alone, so that the write lock is held briefly.

``new_*`` are rows that are missing in the directory or differ there, ``gone_*`` the keys of rows
that the import replaces by nothing.
"""

from sipagent.infoline.transfer.staging import Staging

_OWNERS = """
SELECT s.manager, s.estate, s.login, s.owner_name AS name,
       coalesce(s.blocked, o.blocked, 0) AS blocked,
       coalesce(s.web_access, o.web_access, 1) AS web_access
FROM temp.stage_owners s
LEFT JOIN main.owners o ON o.login = s.login
LEFT JOIN main.estates e ON e.id = o.estate_id
WHERE (e.code, o.name, o.blocked, o.web_access) IS NOT
    (s.estate, s.owner_name, coalesce(s.blocked, o.blocked), coalesce(s.web_access, o.web_access))
ORDER BY s.seq
"""

_LIST = """
SELECT s.login, j.key AS position, j.value AS {column}
FROM temp.stage_owners s
CROSS JOIN json_each(s.{staged}) j
LEFT JOIN main.owners o ON o.login = s.login
LEFT JOIN main.{table} t ON t.owner_id = o.id AND t.position = j.key
WHERE t.{column} IS NOT j.value
"""

_LIST_GONE = """
SELECT t.owner_id, t.position
FROM temp.stage_owners s
CROSS JOIN main.owners o ON o.login = s.login
CROSS JOIN main.{table} t ON t.owner_id = o.id
WHERE s.{staged} IS NOT NULL AND t.position >= json_array_length(s.{staged})
"""

_PREMISES = """
SELECT s.login, s.premises AS code, s.premises_name AS name,
       coalesce(s.address, p.address, '') AS address, s.position
FROM (SELECT *, row_number() OVER (PARTITION BY login ORDER BY seq) AS position
      FROM temp.stage_premises) s
LEFT JOIN main.owners o ON o.login = s.login
LEFT JOIN main.premises p ON p.owner_id = o.id AND p.code = s.premises
WHERE (p.name, p.address, p.position)
    IS NOT (s.premises_name, coalesce(s.address, p.address), s.position)
"""

_ACCOUNTS = """
SELECT s.login, s.account AS code, s.account_name AS name, s.balance AS balance_grosze,
       s.balance_date, s.position
FROM (SELECT *, row_number() OVER (PARTITION BY login ORDER BY seq) AS position
      FROM temp.stage_accounts) s
LEFT JOIN main.owners o ON o.login = s.login
LEFT JOIN main.accounts a ON a.owner_id = o.id AND a.code = s.account
WHERE (a.name, a.balance_grosze, a.balance_date, a.position)
    IS NOT (s.account_name, s.balance, s.balance_date, s.position)
"""

_CHARGES = """
SELECT s.login, s.premises, s.position, s.charge AS name, s.amount AS amount_grosze, s.valid_from
FROM (SELECT *, row_number() OVER (PARTITION BY login, premises ORDER BY seq) AS position
      FROM temp.stage_charges) s
LEFT JOIN main.owners o ON o.login = s.login
LEFT JOIN main.premises p ON p.owner_id = o.id AND p.code = s.premises
LEFT JOIN main.charges c ON c.premises_id = p.id AND c.position = s.position
WHERE (c.name, c.amount_grosze, c.valid_from) IS NOT (s.charge, s.amount, s.valid_from)
"""

_UNNAMED = """
SELECT t.id
FROM temp.replaced r
CROSS JOIN main.owners o ON o.login = r.login
CROSS JOIN main.{table} t ON t.owner_id = o.id
WHERE r.kind = '{table}' AND NOT EXISTS (
    SELECT 1 FROM temp.stage_{table} s WHERE s.login = r.login AND s.{key} = t.code)
"""

_CHARGES_GONE = """
SELECT c.premises_id, c.position
FROM temp.replaced r
CROSS JOIN main.owners o ON o.login = r.login
CROSS JOIN main.premises p ON p.owner_id = o.id
CROSS JOIN main.charges c ON c.premises_id = p.id
WHERE r.kind = 'charges' AND c.position > (
    SELECT count(*) FROM temp.stage_charges s WHERE s.login = r.login AND s.premises = p.code)
"""

_PHONES = {"staged": "phones", "table": "owner_phones", "column": "number"}
_EMAILS = {"staged": "emails", "table": "owner_emails", "column": "address"}

_TABLES = {
    "new_owners": _OWNERS,
    "new_phones": _LIST.format(**_PHONES),
    "new_emails": _LIST.format(**_EMAILS),
    "new_premises": _PREMISES,
    "new_accounts": _ACCOUNTS,
    "new_charges": _CHARGES,
    "gone_phones": _LIST_GONE.format(**_PHONES),
    "gone_emails": _LIST_GONE.format(**_EMAILS),
    "gone_premises": _UNNAMED.format(table="premises", key="premises"),
    "gone_accounts": _UNNAMED.format(table="accounts", key="account"),
    "gone_charges": _CHARGES_GONE,
}

_REPLACED = """
INSERT OR IGNORE INTO temp.replaced
SELECT ?, login FROM temp.stage_owners WHERE login IS NOT NULL
UNION SELECT ?, login FROM temp.stage_{kind} WHERE login IS NOT NULL
"""


def mark_replaced(staging: Staging) -> None:
    """Say whose premises, accounts and charges are replaced, after the kinds of the CSV files."""
    for kind in sorted(staging.whole & {"premises", "accounts", "charges"}):
        staging.db.execute(_REPLACED.format(kind=kind), [kind, kind])


def compare(staging: Staging) -> None:
    """Make the tables of what is new and what is gone, against the directory as it is now."""
    forget(staging)
    for name, query in _TABLES.items():
        staging.db.execute(f"CREATE TEMP TABLE {name} AS {query}")


def forget(staging: Staging) -> None:
    """Drop the tables, where they are."""
    for name in _TABLES:
        staging.db.execute(f"DROP TABLE IF EXISTS temp.{name}")
