"""Requests that owners dictate: where the recording goes, and the ticket it becomes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlite_utils
import structlog

from sipagent.dictation.recordings import named, spoken
from sipagent.infoline.model import Owner, PremisesCharges
from sipagent.infoline.owner_requests import OwnerRequest, keep
from sipagent.sip import recording
from sipagent.store.data import Data
from sipagent.tickets.dictated import Dictated
from sipagent.tickets.model import Asker, AskerKind

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """A request that is being dictated."""

    ticket: int
    path: Path


class Requests:
    """Takes requests; what it promises to keep is on disk when it returns. Use it in a thread.

    Args:
        data: where they are written down, with the migrations ``owner_requests``.
        recordings: directory of the recordings.
        wake: tells the desk that there is a new one; called in the thread that submits.
    """

    def __init__(self, data: Data, recordings: Path, wake: Callable[[], None]) -> None:
        self._data = data
        self._recordings = recordings
        self._wake = wake

    def begin(
        self,
        owner: Owner,
        premises: list[PremisesCharges],
        *,
        email: str,
        phone: str | None,
        call: str,
        language: str,
    ) -> Draft:
        """Write down who is about to speak.

        Raises:
            SetupError, DataError: that cannot be written.
        """
        path = named(self._recordings, call)
        request = OwnerRequest(
            manager_name=owner.manager.name,
            estate=owner.estate.name,
            premises="; ".join(_described(one) for one in premises),
            email=email,
        )
        asker = asker_of(owner, premises, phone or "", language)

        def begun(db: sqlite_utils.Database) -> int:
            ticket = Dictated(db).draft(asker, path.name, call)
            keep(db, ticket, request)
            return ticket

        return Draft(self._data.write(begun, durable=True), path)

    def submit(self, draft: Draft) -> int:
        """Make it a ticket; return its number."""
        seconds = recording.repair(draft.path)
        number = self._data.write(
            lambda db: Dictated(db).submit(draft.ticket, seconds), durable=True
        )
        log.info("ticket", ticket=number)
        self._wake()
        return number

    def discard(self, draft: Draft) -> None:
        """Forget it, and what was said."""
        self._data.write(lambda db: Dictated(db).discard(draft.ticket), durable=True)
        draft.path.unlink(missing_ok=True)

    def settle(self, draft: Draft) -> int | None:
        """Decide on a draft that its caller has left: a ticket if anything was said."""
        recording.repair(draft.path)
        if spoken(draft.path):
            return self.submit(draft)
        self.discard(draft)
        return None

    def recover(self) -> int:
        """Settle what callers were dictating when the program died; return how many tickets."""
        left = [
            Draft(one.ticket.id, self._recordings / one.voice.recording)
            for one in self._data.read(lambda db: Dictated(db).drafts())
        ]
        return sum(self.settle(draft) is not None for draft in left)


def asker_of(owner: Owner, premises: Sequence[PremisesCharges], phone: str, language: str) -> Asker:
    """Return an owner as who asks.

    Args:
        owner: who asks.
        premises: what they have.
        phone: E.164; empty: hidden, or not known.
        language: of the answers.
    """
    described = "; ".join(_described(one) for one in premises)
    return Asker(
        kind=AskerKind.OWNER,
        ref=owner.login,
        name=owner.name,
        phone=phone,
        email=next(iter(owner.emails), ""),
        language=language,
        manager=owner.manager.id,
        about="; ".join(filter(None, (owner.estate.name, described))),
    )


def _described(premises: PremisesCharges) -> str:
    return f"{premises.premises}, {premises.address}" if premises.address else premises.premises
