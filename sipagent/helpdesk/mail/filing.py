"""Filing mails: each becomes a ticket, an entry or an event of one, or nothing, and that once.

All that a mail becomes is one transaction, and the mailbox lets go of it only afterwards: whatever
is killed in between, it is filed once.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import sqlite_utils
import structlog

from sipagent.config_helpdesk import MailInSection
from sipagent.errors import DataError
from sipagent.helpdesk.mail import words
from sipagent.helpdesk.mail.mails import Filed, Mails, Outcome
from sipagent.helpdesk.mail.model import Mail, MailUnreadable, Nature
from sipagent.helpdesk.mail.reading import read
from sipagent.store.data import Data
from sipagent.tickets.attachments import Attachments, Offered
from sipagent.tickets.model import Asker, AskerKind, Attachment, Status, Ticket, Way
from sipagent.tickets.tickets import Tickets
from sipagent.tickets.unfit import Unfit

#: Who makes notes and tickets of its own accord.
HOUSE = "sipagent"
_NUMBER = re.compile(r"\[#([0-9]{1,9})\]")

#: Returns as whom somebody of an address is known; None: as nobody, or as several.
Known = Callable[[sqlite_utils.Database, str], Asker | None]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Files:
    """What came with a mail: what is kept, and what is wrong with the rest."""

    kept: tuple[Attachment, ...] = ()
    unfit: tuple[Unfit, ...] = ()


class _Rehearsed(Exception):
    """What a mail would become is known; nothing is kept."""

    def __init__(self, filed: Filed) -> None:
        self.filed = filed


class Filing:
    """Files mails; use it in a thread.

    Args:
        data: with the migrations ``tickets`` and ``helpdesk-mail``.
        attachments: keeps files.
        settings: limits, and what is confirmed.
        own: our own addresses, in lower case.
        known: as whom a sender is known; asked in order.
        clock: returns the time.
    """

    def __init__(
        self,
        data: Data,
        attachments: Attachments,
        settings: MailInSection,
        own: frozenset[str],
        known: Sequence[Known],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._data = data
        self._attachments = attachments
        self._settings = settings
        self._own = own
        self._known = known
        self._clock = clock

    def file(self, content: bytes) -> Filed:
        """File a mail; return what it has become, or had become already.

        Raises:
            SetupError, DataError: it cannot be written down; nothing is.
        """
        mail = self._read(content)
        if isinstance(mail, str):
            return self._data.write(lambda db: self._unreadable(db, mail), durable=True)
        known = self._data.read(lambda db: _found(Mails(db, self._clock), mail)[1])
        if known is not None:
            return known
        files = self._sifted(mail)
        kept = [one.file for one in files.kept]
        try:
            filed = self._data.write(lambda db: self._filed(db, mail, files), durable=True)
        except Exception:
            self._attachments.drop(kept)
            raise
        if filed.outcome not in (Outcome.OPENED, Outcome.REPLIED):
            self._attachments.drop(kept)
        return filed

    def rehearse(self, content: bytes) -> tuple[Mail | None, Filed]:
        """Return a mail, where it can be read, and what it would become; nothing is kept.

        Its files are not looked at.
        """
        mail = self._read(content)
        if isinstance(mail, str):
            return None, Filed(Outcome.HELD)

        def work(db: sqlite_utils.Database) -> None:
            raise _Rehearsed(self._filed(db, mail, _Files()))

        try:
            self._data.write(work)
        except _Rehearsed as rehearsed:
            return mail, rehearsed.filed
        raise AssertionError("a rehearsal writes nothing")

    def _read(self, content: bytes) -> Mail | str:
        """Return a mail; of one that cannot be read, by what it is known."""
        settings = self._settings
        try:
            return read(
                content, largest=settings.largest, own=self._own, authority=settings.authority
            )
        except MailUnreadable as error:
            log.warning("a mail is held", reason=str(error))
            return f"sha256:{hashlib.sha256(content).hexdigest()}"

    def _sifted(self, mail: Mail) -> _Files:
        if mail.nature is not Nature.LETTER or not mail.files:
            return _Files()
        return _Files(*self._attachments.sift([Offered(one.name, one.data) for one in mail.files]))

    def _unreadable(self, db: sqlite_utils.Database, key: str) -> Filed:
        mails = Mails(db, self._clock)
        if (known := mails.find(key)) is not None:
            return known
        self._tell(db, "")
        return mails.add_unreadable(key)

    def _filed(self, db: sqlite_utils.Database, mail: Mail, files: _Files) -> Filed:
        mails = Mails(db, self._clock)
        key, known = _found(mails, mail)
        if known is not None:
            return known
        asker = self._asker(db, mail)
        number = self._thread(db, mail, asker)
        busy = mails.lately(mail.sender.address) >= self._settings.per_sender
        # An entry of ours with its Message-ID: it is our own answer, come back.
        ours = mail.nature is Nature.LOOP or Tickets(db).by_mail([key]) is not None
        if ours or mail.nature is not Nature.LETTER:
            if ours or busy or number is None:
                return mails.add(mail, key, Filed(Outcome.IGNORED))
            ticket = Tickets(db).find(number)
            event = words.event(mail, _language(ticket))
            Tickets(db, self._clock).event(number, mail.sender.name or mail.sender.address, event)
            return mails.add(mail, key, Filed(Outcome.NOTED, number))
        if busy:
            self._tell(db, mail.sender.address)
            return mails.add(mail, key, Filed(Outcome.HELD))
        if number is not None and not self._over(Tickets(db).find(number)):
            self._reply(db, number, mail, asker, key, files)
            return mails.add(mail, key, Filed(Outcome.REPLIED, number))
        opened = self._open(db, mail, asker, key, files, number)
        # To the sender only, of whom there are so many mails an hour at the most: else anybody
        # could have us write to somebody else as often as they like.
        to_sender = asker.email == mail.sender.address != ""
        wanted = self._settings.confirm and not mail.quiet and to_sender
        return mails.add(mail, key, Filed(Outcome.OPENED, opened), unconfirmed=wanted)

    def _thread(self, db: sqlite_utils.Database, mail: Mail, asker: Asker) -> int | None:
        """Return the ticket that a mail belongs to: by what it answers to, or by its number.

        Message-IDs of ours nobody can guess; a number everybody can, so it counts from the asker
        only.
        """
        tickets = Tickets(db)
        number = tickets.by_mail(mail.references[::-1])
        number = number or Mails(db, self._clock).ticket_of(mail.references)
        if number is None and (named := self._named(db, mail)) is not None:
            number = named.number if _is_by(named, mail, asker) else None
        return number

    def _named(self, db: sqlite_utils.Database, mail: Mail) -> Ticket | None:
        """Return the ticket whose number stands in the subject."""
        found = _NUMBER.search(mail.subject)
        try:
            return None if found is None else Tickets(db).find(int(found[1]))
        except DataError:
            return None

    def _over(self, ticket: Ticket) -> bool:
        """Whether a ticket is closed for so long that what comes now is another matter."""
        if ticket.status is not Status.CLOSED or ticket.solved is None:
            return False
        closed = datetime.fromisoformat(ticket.solved)
        return self._clock() - closed > timedelta(days=self._settings.follow_up)

    def _reply(
        self,
        db: sqlite_utils.Database,
        number: int,
        mail: Mail,
        asker: Asker,
        key: str,
        files: _Files,
    ) -> None:
        ticket = Tickets(db).find(number)
        sender = mail.sender
        writer = "" if _is_by(ticket, mail, asker) else f"{sender.name} <{sender.address}>:".strip()
        text = words.entry(mail, files.unfit, writer) or mail.subject
        message_id, form = _names(key)
        Tickets(db, self._clock).reply(
            number, text, way=Way.MAIL, files=files.kept, message_id=message_id, key=form
        )

    def _open(
        self,
        db: sqlite_utils.Database,
        mail: Mail,
        asker: Asker,
        key: str,
        files: _Files,
        closed: int | None,
    ) -> int:
        """Make a ticket of a mail; ``closed`` is one that it goes on with."""
        tickets = Tickets(db, self._clock)
        named = self._named(db, mail)
        text = words.entry(mail, files.unfit)
        subject = _NUMBER.sub("", mail.subject).strip()
        message_id, form = _names(key)
        number = tickets.open(
            *(asker, Way.MAIL, subject, text), files=files.kept, message_id=message_id, key=form
        )
        if closed is not None:
            tickets.note(number, HOUSE, words.follows(closed, mail.language))
        elif named is not None:
            tickets.note(number, HOUSE, words.of_others(named.number, mail.language))
        return number

    def _asker(self, db: sqlite_utils.Database, mail: Mail) -> Asker:
        """Return who has written, as far as that can be believed."""
        sender, address = mail.sender, mail.sender.address
        found = (known(db, address) for known in self._known if mail.proved)
        known = next((one for one in found if one is not None), None)
        if known is not None:
            return replace(known, email=address, language=mail.language)
        name = sender.name or address or words.nobody(mail.language)
        answers = mail.reply_to or address
        return Asker(AskerKind.MAIL, address, name, email=answers, language=mail.language)

    def _tell(self, db: sqlite_utils.Database, sender: str) -> None:
        """Tell those who work on tickets, once a day, that mails are held."""
        day = self._clock().date().isoformat()
        Tickets(db, self._clock).open(
            Asker(AskerKind.VISITOR, "", HOUSE),
            Way.MAIL,
            words.held_subject(sender),
            words.held(sender, self._settings.per_sender),
            key=f"mail-held:{sender}:{day}",
        )


def _found(mails: Mails, mail: Mail) -> tuple[str, Filed | None]:
    """Return by what a mail is known, and what it has become, if it was dealt with."""
    key = mails.key_of(mail)
    return key, mails.find(key)


def _names(key: str) -> tuple[str, str]:
    """Return how the room of tickets knows a mail again: by its Message-ID, or by a key."""
    return (key, "") if key.startswith("<") else ("", f"mail:{key}")


def _is_by(ticket: Ticket, mail: Mail, asker: Asker) -> bool:
    """Whether a mail is by who has asked for a ticket."""
    other = ticket.asker
    same = asker.kind is other.kind and asker.ref == other.ref != ""
    address = mail.sender.address
    return mail.proved and (same or other.email.lower() == address != "")


def _language(ticket: Ticket) -> str:
    return ticket.asker.language if ticket.asker.language == "en" else "pl"
