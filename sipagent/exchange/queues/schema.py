"""Tables of queues at work: who is there for them now, and the journal of what happened.

The journal knows queues and members by their names at the time (``user:Anna Nowak``), so that it
outlives them. Its times are UTC, ISO 8601 with offset and milliseconds; its durations are seconds.
"""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.exchange.schema import exchange

queues = Migrations("queues")

#: What phones and commands change while the line runs; no file replaces it.
_STATE = (
    # Who differs from what the list of members says: there since, or gone since.
    """
    CREATE TABLE queue_logins (
        queue_id INTEGER NOT NULL REFERENCES queues (id) ON DELETE CASCADE,
        party_id INTEGER NOT NULL REFERENCES parties (id) ON DELETE CASCADE,
        there INTEGER NOT NULL CHECK (there IN (0, 1)),
        since TEXT NOT NULL,
        PRIMARY KEY (queue_id, party_id)
    ) STRICT, WITHOUT ROWID
    """,
    # Who takes no calls of any queue for a while.
    """
    CREATE TABLE queue_pauses (
        party_id INTEGER PRIMARY KEY REFERENCES parties (id) ON DELETE CASCADE,
        reason TEXT NOT NULL,
        since TEXT NOT NULL
    ) STRICT
    """,
)

_JOURNAL = (
    # Each time that somebody waits. A callback is a row of its own, from when it was asked for.
    """
    CREATE TABLE queue_calls (
        id INTEGER PRIMARY KEY,
        queue TEXT NOT NULL,
        call TEXT NOT NULL,          -- id of the call's record
        number TEXT NOT NULL,        -- of the caller, E.164 or internal; empty: hidden
        name TEXT NOT NULL,          -- as the network or the house says
        arrived_at TEXT NOT NULL,    -- of a callback: when its caller came
        priority INTEGER NOT NULL,
        place INTEGER NOT NULL,      -- when it came, from 1
        ended_at TEXT,               -- when it left the queue: of an answered one, when it was over
        outcome TEXT CHECK (outcome IN ('answered', 'abandoned', 'too-long', 'too-many', 'nobody',
                                        'left', 'callback', 'closed')),  -- NULL: it waits
        waited REAL,                 -- seconds until it was answered, or left
        member TEXT,                 -- who has answered
        answered_at TEXT,
        talked REAL,                 -- seconds of the member with the caller
        wrapped REAL,                -- seconds of wrap-up after it
        callback_of INTEGER REFERENCES queue_calls (id) ON DELETE SET NULL,
        led_on_to TEXT               -- where a caller went who was not answered
    ) STRICT
    """,
    "CREATE INDEX queue_calls_by_time ON queue_calls (queue, arrived_at)",
    "CREATE INDEX queue_calls_open ON queue_calls (id) WHERE ended_at IS NULL",
    "CREATE INDEX queue_calls_of_origin ON queue_calls (callback_of)",
    # Each time that a member is rung for one who waits.
    """
    CREATE TABLE queue_offers (
        id INTEGER PRIMARY KEY,
        queue_call INTEGER NOT NULL REFERENCES queue_calls (id) ON DELETE CASCADE,
        queue TEXT NOT NULL,
        member TEXT NOT NULL,
        party TEXT NOT NULL,         -- whose telephone has answered; empty: nobody's
        offered_at TEXT NOT NULL,
        ended_at TEXT,
        outcome TEXT CHECK (outcome IN ('answered', 'missed', 'refused', 'busy', 'unreachable',
                                        'elsewhere', 'withdrawn')),  -- NULL: it rings
        code INTEGER                 -- of SIP; 0 or NULL: none
    ) STRICT
    """,
    "CREATE INDEX queue_offers_of_call ON queue_offers (queue_call)",
    "CREATE INDEX queue_offers_of_member ON queue_offers (member, offered_at)",
    "CREATE INDEX queue_offers_by_time ON queue_offers (queue, offered_at)",
    "CREATE INDEX queue_offers_open ON queue_offers (id) WHERE ended_at IS NULL",
    # What a member was doing from when on.
    """
    CREATE TABLE queue_states (
        id INTEGER PRIMARY KEY,
        queue TEXT,                  -- NULL: for all queues
        member TEXT NOT NULL,
        at TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('in', 'out', 'pause', 'resume', 'wrap', 'ready',
                                             'talk', 'ring', 'idle')),
        reason TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX queue_states_of_member ON queue_states (member, at)",
    "CREATE INDEX queue_states_by_time ON queue_states (at)",
    # What is still to be dialled.
    """
    CREATE TABLE queue_callbacks (
        queue_call INTEGER PRIMARY KEY REFERENCES queue_calls (id) ON DELETE CASCADE,
        number TEXT NOT NULL CHECK (number GLOB '+[1-9]*'),
        language TEXT NOT NULL,
        skill TEXT NOT NULL,
        asked_at TEXT NOT NULL,
        tried INTEGER NOT NULL,      -- times that it was dialled
        next_at TEXT NOT NULL        -- not before
    ) STRICT
    """,
)


@queues()
def members_and_journal(db: sqlite_utils.Database) -> None:
    """Make the first tables."""
    exchange.apply(db)  # queues are parties
    for statement in (*_STATE, *_JOURNAL):
        db.execute(statement)
