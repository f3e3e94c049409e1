"""Imports of owners that somebody has begun in the panel: tried out first, then made for good.

They go on behind the pages, one at a time. Their files lie in a folder of their own that nobody
else can read, and are deleted once they are imported, or when the next import is begun.
"""

import re
import secrets
import shutil
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import structlog

from sipagent.config import Config
from sipagent.errors import SipAgentError
from sipagent.infoline.schema import infoline
from sipagent.infoline.transfer.changes import Change
from sipagent.infoline.transfer.importing import import_files
from sipagent.infoline.transfer.merge import Count
from sipagent.infoline.transfer.report import write_refusals
from sipagent.panel.people import Person, note
from sipagent.store.data import Data
from sipagent.store.database import explained, open_database
from sipagent.threads import Overloaded, Threads

#: Changes, and rows that were left out, that a page shows.
SHOWN = 200
_KEPT = timedelta(hours=1)
#: What stands in no name of a file here.
_UNSAFE = re.compile(r"[^\w.() -]")
_LONGEST_NAME = 60
#: One at a time: each takes the processor, and the database when it writes.
_WORK = Threads("imports", 1, 4)

log = structlog.get_logger(__name__)

#: A file that was sent, under the name that it had.
Sent = tuple[str, BinaryIO]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import has done, or would do.

    ``changes`` and ``refused`` are the first ones of so many. ``refused`` and ``mistakes`` are
    sentences in English, as commands say them; with a mistake nothing was done.
    """

    counts: Sequence[Count] = ()
    changes: Sequence[Change] = ()
    changed: int = 0
    refused: Sequence[str] = ()
    left_out: int = 0
    mistakes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """How files are imported.

    Args:
        manager: code of the only manager whose rows are taken; None: of any.
        skip_bad: whether wrong rows are left out.
        person: who has sent them.
        address: from where.
        now: when they were sent.
    """

    manager: str | None
    skip_bad: bool
    person: Person
    address: str
    now: datetime


class Import:
    """One import; pages read what its thread writes.

    Args:
        wanted: how it is made.
        files: that are imported.
        columns: a file that says what their headings mean; None: they say it themselves.
    """

    def __init__(self, wanted: Wanted, files: Sequence[Sent], columns: Sent | None) -> None:
        self.id = secrets.token_urlsafe(16)
        self.wanted = wanted
        self.folder = TemporaryDirectory(prefix="sipagent-import-")
        self.files = [self._keep(number, *file) for number, file in enumerate(files)]
        self.columns = self._keep(len(files), *columns) if columns else None
        self.for_good = False
        #: A file that is read, ``checking`` or ``writing``; how much of it is done, of how much.
        self.stage = ("waiting", 0, 0)
        #: None as long as it goes on.
        self.outcome: Outcome | None = None

    @property
    def report(self) -> Path:
        """Where the rows that were left out stand, as a CSV file."""
        return Path(self.folder.name, "report.csv")

    def told(self, stage: str, done: int, total: int) -> None:
        """Know how far the work is."""
        self.stage = (stage, done, total)

    def without_place(self, text: str) -> str:
        """Return a text without where the files lie here."""
        return re.sub(rf"{re.escape(self.folder.name)}/(\d+/)?", "", text)

    def _keep(self, number: int, name: str, content: BinaryIO) -> Path:
        """Write a file under its name, as far as that can be one."""
        clean = Path(_UNSAFE.sub("_", name.rpartition("/")[2]).strip(". ") or "file")
        named = f"{clean.stem[:_LONGEST_NAME]}{clean.suffix[:8]}"
        path = Path(self.folder.name, str(number), named)
        path.parent.mkdir()
        with path.open("xb") as file:
            shutil.copyfileobj(content, file)
        return path


class Imports:
    """All imports that were begun.

    Args:
        config: the settings.
        data: where it is put on record what was imported.
    """

    def __init__(self, config: Config, data: Data) -> None:
        self._config = config
        self._data = data
        self._lock = threading.Lock()
        self._there: dict[str, Import] = {}

    def try_out(self, wanted: Wanted, files: Sequence[Sent], columns: Sent | None) -> Import:
        """Begin to find out what files would change.

        Raises:
            Overloaded: too many wait already.
        """
        self._forget(wanted)
        one = Import(wanted, files, columns)
        try:
            _WORK.begin(self._run, one)
        except Overloaded:
            one.folder.cleanup()
            raise
        with self._lock:
            self._there[one.id] = one
        return one

    def make(self, one: Import) -> None:
        """Begin to import for good what was tried out, unless that was begun already.

        Raises:
            Overloaded: too many wait already.
        """
        with self._lock:
            tried = one.outcome
            if one.for_good or tried is None or tried.mistakes:
                return
            one.for_good, one.outcome, one.stage = True, None, ("waiting", 0, 0)
        try:
            _WORK.begin(self._run, one)
        except Overloaded:
            one.for_good, one.outcome = False, tried
            raise

    def find(self, person: Person, key: str) -> Import | None:
        """Return an import of somebody's; None: there is none."""
        with self._lock:
            one = self._there.get(key)
        return one if one is not None and one.wanted.person.id == person.id else None

    def _run(self, one: Import) -> None:
        try:
            outcome = self._outcome(one)
        except SipAgentError as error:
            outcome = Outcome(mistakes=one.without_place(str(error)).splitlines())
        except Exception as error:  # whoever looks at its page is told
            log.exception("an import has failed")
            outcome = Outcome(mistakes=[f"the import has failed: {type(error).__name__}"])
        if one.for_good:
            for path in one.files:
                path.unlink(missing_ok=True)
            self._note(one, outcome)
        one.outcome = outcome

    def _outcome(self, one: Import) -> Outcome:
        path = self._config.paths.database
        # A connection of its own: what is read stands in temporary tables of it.
        with explained(path), closing(open_database(path, [infoline])) as db:
            done = import_files(
                db,
                one.files,
                country=self._config.line.country,
                columns=one.columns,
                skip_bad=one.wanted.skip_bad,
                dry_run=not one.for_good,
                with_changes=not one.for_good,
                manager=one.wanted.manager,
                report=one.told,
            )
        if done.refusals:
            write_refusals(one.report, done.refusals)
            text = one.report.read_text("utf-8-sig")
            one.report.write_text(one.without_place(text), "utf-8-sig")
        refused = [
            one.without_place(row.source.sentence(row.place, row.column, row.reason))
            for row in done.refusals[:SHOWN]
        ]
        changes = done.changes
        return Outcome(done.counts, changes[:SHOWN], len(changes), refused, len(done.refusals))

    def _note(self, one: Import, outcome: Outcome) -> None:
        wanted, what = one.wanted, "import-refused" if outcome.mistakes else "imported"
        about = ", ".join(path.name for path in one.files)
        try:
            self._data.write(
                lambda db: note(
                    db, datetime.now(UTC), wanted.person.name, wanted.address, what, about
                )
            )
        except SipAgentError as error:  # what is imported is, all the same
            log.error("an import is not on record", files=about, reason=str(error))

    def _forget(self, wanted: Wanted) -> None:
        """Delete what is old, and what the same person has tried out before."""
        with self._lock:
            over = [
                one
                for one in self._there.values()
                if one.outcome is not None
                and (
                    one.wanted.person.id == wanted.person.id
                    or wanted.now - one.wanted.now > _KEPT
                )
            ]  # fmt: skip
            for one in over:
                del self._there[one.id]
        for one in over:
            one.folder.cleanup()
