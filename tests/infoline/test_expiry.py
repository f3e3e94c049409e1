"""What owners have done on their page goes after its days; what is not settled stays."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sipagent import shipped, times
from sipagent.config import Config
from sipagent.infoline.expiry import expiring
from sipagent.infoline.schema import infoline
from sipagent.infoline.transfer.importing import import_files
from sipagent.store.data import Single
from sipagent.store.database import open_database

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_what_is_settled_goes_when_it_is_old(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "x.db", [infoline])) as db:
        import_files(db, [shipped.SAMPLE])
        for days, state in ((400, "done"), (400, "waiting"), (2, "stopped"), (0, "done")):
            at = times.stored(NOW - timedelta(days=days), "seconds")
            settled = None if state == "waiting" else at
            db.execute(
                "INSERT INTO owner_changes (owner_id, medium, action, old, new, proof, state, "
                "browser, language, asked, settled) "
                "VALUES (1, 'phone', 'add', '', '', '', ?, '', 'pl', ?, ?)",
                [state, at, settled],
            )
            sent = (at, "100001", "192.0.2.1", "")
            db.execute(
                "INSERT INTO online_sends (at, login, browser, target) VALUES (?, ?, ?, ?)", sent
            )
        db.conn.commit()
        for dry_run in (True, False):
            gone = {
                one.kind: sum(one.delete(Single(db), NOW - timedelta(days=one.days), dry_run))
                for one in expiring(Config())
            }
            assert gone == {"contacts": 1, "codes": 3}
        left = db.execute("SELECT state FROM owner_changes ORDER BY id").fetchall()
        assert left == [("waiting",), ("stopped",), ("done",)]
