"""What programs are told of calls: that one has come in, and that it is over."""

import sqlite_utils

from sipagent.records.documents import CallTold, call_told
from sipagent.records.history import History
from sipagent.webhooks.happening import Happening, Told


def _tell(db: sqlite_utils.Database, subject: str) -> Told | None:
    call = History(db).of_id(subject)
    return None if call is None else Told(call_told(call), call.manager, call.id)


CALLS = (Happening("call.started", CallTold, _tell), Happening("call.ended", CallTold, _tell))
