"""What statistics find the rows of the journal by, beside the indexes of the queues themselves."""

import sqlite_utils
from sqlite_utils.migrations import Migrations

from sipagent.exchange.queues.schema import queues

statistics = Migrations("statistics")


@statistics()
def finding_calls_of_queues(db: sqlite_utils.Database) -> None:
    """Find the calls of some days, of all queues together, and those of a number."""
    queues.apply(db)
    db.execute("CREATE INDEX queue_calls_by_arrival ON queue_calls (arrived_at)")
    db.execute("CREATE INDEX queue_calls_of_number ON queue_calls (number, arrived_at)")
    db.execute("CREATE INDEX queue_calls_by_answer ON queue_calls (answered_at)")
    # Offers are looked for by queue and by member elsewhere.
    db.execute("CREATE INDEX queue_offers_by_moment ON queue_offers (offered_at)")
    # A member is rung and talks many times for each time that they come and go.
    db.execute(
        "CREATE INDEX queue_states_of_presence ON queue_states (at) "
        "WHERE state IN ('in', 'out', 'pause', 'resume')"
    )
