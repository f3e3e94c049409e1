"""Call records as they are about a person: what was said goes, how the call went is counted on."""

from sipagent.persons.holding import Holding, Table
from sipagent.records.schema import ADDRESS, OWNER, USER

#: Calls in which somebody called or was meant: all of their timeline is about them.
_OWN = f"""
SELECT id FROM calls WHERE caller IN {{numbers}}
UNION SELECT call FROM call_labels WHERE name = '{OWNER}' AND value IN {{logins}}
"""
#: Calls in which they took part.
_ALL = f"""
{_OWN}
UNION SELECT id FROM calls WHERE called IN {{numbers}}
UNION SELECT call FROM call_labels WHERE name = '{USER}' AND value IN {{users}}
UNION SELECT call FROM call_legs WHERE {ADDRESS} IN {{numbers}}
"""
_TRACES = f"""
sip_id IN (SELECT sip_id FROM calls WHERE id IN ({_ALL}))
OR sip_id IN (SELECT sip_id FROM call_legs WHERE call IN ({_ALL}))
"""
#: Words of details that say how a call went, and nothing of anybody.
_HARMLESS = (
    "'outcome', 'step', 'next', 'queue', 'state', 'verdict', 'way', 'language', 'stop', 'kind'"
)
_DETAILS = f"""
(SELECT json_group_object(key, CASE type WHEN 'true' THEN json('true') WHEN 'false'
    THEN json('false') ELSE value END)
 FROM json_each(details)
 WHERE type IN ('integer', 'real', 'true', 'false') OR (type = 'text' AND key IN ({_HARMLESS})))
"""

CALLS = Holding(
    "calls",
    {"pl": "Połączenia", "en": "Calls"},
    [
        # Both sides of a call stand in its messages, and nothing is counted from them.
        Table("sip_messages", _TRACES),
        Table("call_events", f"call IN ({_OWN})", {"details": _DETAILS}),
        Table("call_legs", f"call IN ({_OWN}) OR {ADDRESS} IN {{numbers}}", {
            "party": f"CASE WHEN {ADDRESS} IN {{numbers}} THEN NULL ELSE party END",
        }),
        Table("calls", f"id IN ({_ALL})", {
            "caller": f"CASE WHEN id IN ({_OWN}) THEN NULL ELSE caller END",
            "called": "CASE WHEN called IN {numbers} THEN '' ELSE called END",
        }),
        # That it was somebody's is counted on.
        Table("call_labels", f"name = '{OWNER}' AND value IN {{logins}}", {"value": "''"}),
    ],
)  # fmt: skip
