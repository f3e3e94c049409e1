"""Tables of call records: a row for each call, its labels, its legs and the events of it."""

import itertools
import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.records.legs import SECOND_LEG, LegRow, Legs

#: Labels that lists, bills and statistics look for: a login, and the id of its manager; the names
#: of a user, a group and a queue of the exchange.
OWNER, MANAGER = "owner", "manager"
USER, GROUP, QUEUE = "user", "group", "queue"
#: Outcome of a call that was refused, and kind of the event that tells ``code`` and ``reason``.
REFUSED = "refused"
#: SQL for the number or URI of a leg's party, without the name beside it; legs are found by it.
ADDRESS = "rtrim(substr(party, instr(party, '<') + 1), '>')"

#: Seconds from the answer to the end, of a row of ``calls``; an index is made of it.
SECONDS = "((julianday(ended) - julianday(answered)) * 86400)"

records = Migrations("records")


@records()
def calls_and_events(db: sqlite_utils.Database) -> None:
    """Make the first tables."""
    db.execute(
        """
        CREATE TABLE calls (
            id TEXT PRIMARY KEY,
            sip_id TEXT NOT NULL,
            started TEXT NOT NULL,       -- UTC, ISO 8601 with offset, as all times here
            answered TEXT,
            ended TEXT,
            caller TEXT,                 -- E.164; NULL for a hidden number
            asserted INTEGER NOT NULL,   -- 1: the network vouches for the number
            called TEXT NOT NULL,
            scenario TEXT NOT NULL,
            language TEXT,
            manager INTEGER,
            owner TEXT,                  -- login
            ended_by TEXT,               -- caller, agent, shutdown, crash
            outcome TEXT,
            sip_code INTEGER
        ) STRICT
        """
    )
    db.execute("CREATE INDEX calls_by_start ON calls (started)")
    db.execute("CREATE INDEX calls_open ON calls (id) WHERE ended IS NULL")
    db.execute(
        """
        CREATE TABLE call_events (
            call TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            at_ms INTEGER NOT NULL,      -- milliseconds since the call came in
            kind TEXT NOT NULL,
            details TEXT NOT NULL,       -- JSON
            PRIMARY KEY (call, seq)
        ) STRICT, WITHOUT ROWID
        """
    )


@records()
def finding_calls(db: sqlite_utils.Database) -> None:
    """Find the calls of a number or of an owner without reading them all."""
    db.execute("CREATE INDEX calls_by_caller ON calls (caller, started)")
    db.execute("CREATE INDEX calls_by_owner ON calls (owner, started) WHERE owner IS NOT NULL")


@records()
def quality_of_calls(db: sqlite_utils.Database) -> None:
    """Keep how the audio of each call arrived."""
    db.execute("ALTER TABLE calls ADD COLUMN mos REAL")  # 1 to 4.5, ITU-T G.107
    db.execute("ALTER TABLE calls ADD COLUMN quality TEXT")  # JSON; NULL: there was no audio


@records()
def traces(db: sqlite_utils.Database) -> None:
    """Keep the SIP messages of calls, also those of second legs, by their Call-ID."""
    db.execute(
        """
        CREATE TABLE sip_messages (
            id INTEGER PRIMARY KEY,
            sip_id TEXT NOT NULL,        -- Call-ID
            at TEXT NOT NULL,
            sent INTEGER NOT NULL,       -- 1: by this line
            peer TEXT NOT NULL,          -- host:port
            transport TEXT NOT NULL,
            text TEXT NOT NULL           -- without credentials, keys and pressed digits
        ) STRICT
        """
    )
    db.execute("CREATE INDEX sip_messages_of_call ON sip_messages (sip_id, id)")
    db.execute("CREATE INDEX sip_messages_by_time ON sip_messages (at)")


@records()
def trunk_of_calls(db: sqlite_utils.Database) -> None:
    """Keep over which trunk a call came; empty for a direct caller."""
    db.execute("ALTER TABLE calls ADD COLUMN trunk TEXT NOT NULL DEFAULT ''")


@records()
def verstat_of_calls(db: sqlite_utils.Database) -> None:
    """Keep what the carrier said of its check of the calling number; NULL: nothing."""
    db.execute("ALTER TABLE calls ADD COLUMN verstat TEXT")  # TN-Validation-Passed and others


@records()
def labels_of_calls(db: sqlite_utils.Database) -> None:
    """Keep what a domain says of a call as labels, its owner and manager as the first two."""
    db.execute(
        """
        CREATE TABLE call_labels (
            call TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (call, name)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute(
        "INSERT INTO call_labels "
        "SELECT id, 'manager', manager FROM calls WHERE manager IS NOT NULL UNION ALL "
        "SELECT id, 'owner', owner FROM calls WHERE owner IS NOT NULL ORDER BY 1, 2"
    )
    db.execute("CREATE INDEX call_labels_by_value ON call_labels (name, value)")
    db.execute("DROP INDEX calls_by_owner")
    for column in ("manager", "owner"):
        db.execute(f"ALTER TABLE calls DROP COLUMN {column}")


@records()
def legs_of_calls(db: sqlite_utils.Database) -> None:
    """Keep the legs that a call has rung; the caller's own is the call's row."""
    db.execute(
        """
        CREATE TABLE call_legs (
            call TEXT NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
            leg INTEGER NOT NULL,        -- from 1, in the order in which they were begun
            sip_id TEXT NOT NULL,        -- Call-ID
            party TEXT,                  -- number or URI
            began TEXT NOT NULL,
            answered TEXT,
            ended TEXT,
            sip_code INTEGER,
            reason TEXT,
            quality TEXT,                -- JSON; NULL: there was no audio
            PRIMARY KEY (call, leg)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.conn.executemany(
        "INSERT INTO call_legs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *(call, leg.leg, leg.sip_id, leg.party, leg.began, leg.answered, leg.ended),
                *(leg.sip_code, leg.reason, leg.quality),
            )
            for call, leg in _legs_so_far(db)
        ),
    )


@records()
def costs_of_legs(db: sqlite_utils.Database) -> None:
    """Keep what a leg has cost at the tariff of that time; NULL where nobody knows."""
    db.execute("ALTER TABLE call_legs ADD COLUMN cost INTEGER")  # grosze without VAT
    db.execute("ALTER TABLE call_legs ADD COLUMN vat INTEGER")  # per cent


@records()
def trunks_and_payers_of_legs(db: sqlite_utils.Database) -> None:
    """Keep over which trunk a leg was called, and whose call it was; find legs by time and number.

    Of older calls the user is the one whose call all of it was.
    """
    db.execute("ALTER TABLE call_legs ADD COLUMN payer TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE call_legs ADD COLUMN trunk TEXT NOT NULL DEFAULT ''")
    db.execute(
        "UPDATE call_legs SET payer = label.value FROM call_labels AS label "
        "WHERE cost IS NOT NULL AND label.call = call_legs.call AND label.name = ?",
        [USER],
    )
    db.execute(
        "UPDATE call_legs SET trunk = coalesce((SELECT json_extract(details, '$.trunk') "
        "FROM call_events WHERE call = call_legs.call AND kind = ? "
        "AND json_extract(details, '$.sip_id') = sip_id), '')",
        [SECOND_LEG],
    )
    db.execute("CREATE INDEX call_legs_by_time ON call_legs (began)")
    db.execute(f"CREATE INDEX call_legs_by_address ON call_legs ({ADDRESS}, began)")


@records()
def pages_of_calls(db: sqlite_utils.Database) -> None:
    """Find page after page of all calls, and those that somebody has called or been rung in."""
    db.execute("CREATE INDEX calls_by_time ON calls (started, id)")
    db.execute("DROP INDEX calls_by_start")
    db.execute("CREATE INDEX calls_by_called ON calls (called, started)")
    db.execute("CREATE INDEX calls_by_outcome ON calls (outcome, started, id)")
    db.execute(f"CREATE INDEX calls_by_length ON calls ({SECONDS})")
    db.execute("CREATE INDEX call_legs_by_party ON call_legs (party)")
    db.execute("CREATE INDEX call_legs_by_cost ON call_legs (call, cost) WHERE cost > 0")


def _legs_so_far(db: sqlite_utils.Database) -> Iterator[tuple[str, LegRow]]:
    """Yield the legs that timelines tell of."""
    kinds = ("transfer", SECOND_LEG, "joined", "moved", "parted", "second-leg-audio", "transferred")
    rows = db.execute(
        "SELECT id, started, ended, at_ms, kind, details FROM calls "
        "JOIN call_events ON call = id "
        "WHERE id IN (SELECT call FROM call_events WHERE kind = ?) "
        f"AND kind IN ({', '.join('?' * len(kinds))}) ORDER BY id, seq",
        [SECOND_LEG, *kinds],
    )
    for (call, started, ended), events in itertools.groupby(rows, lambda row: row[:3]):
        legs = Legs()
        for *_, at_ms, kind, details in events:
            at = datetime.fromisoformat(started) + timedelta(milliseconds=at_ms)
            legs.take(kind, json.loads(details), at.isoformat(timespec="milliseconds"))
        if ended is not None:
            legs.over(ended)
        yield from ((call, leg) for leg in legs.rows)
