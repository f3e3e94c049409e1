"""A house in which one person has left traces in every room, and others beside them."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlite_utils
from typer.testing import CliRunner

from sipagent import shipped
from sipagent.access.pins import HASHER
from sipagent.cli.main import app
from sipagent.config_sources import load
from sipagent.exchange import editing
from sipagent.exchange.recording.kept import Recordings
from sipagent.helpdesk.chat.chats import Chats
from sipagent.helpdesk.chat.model import Author
from sipagent.infoline.transfer.importing import import_files
from sipagent.messages.maildir import Maildir
from sipagent.messages.message import Message
from sipagent.messages.outbox import Outbox
from sipagent.panel.building import ROOMS
from sipagent.persons.schema import persons
from sipagent.store.data import Single
from sipagent.store.database import open_database
from sipagent.tickets.attachments import Attachments, Offered
from sipagent.tickets.model import Asker, AskerKind, Way
from sipagent.tickets.tickets import Tickets
from tests.exchange.recording.samples import recorded

#: The person, and all that names her.
LOGIN, NAME, NUMBER = "100001", "Anna Przykładowa", "+48600100101"
EMAIL = "anna.przykladowa@example.org"
#: Somebody whom she has called, and the owner next door.
OTHER, NEIGHBOUR = "+48600200202", "+48600100102"
#: Whatever would name her in a file, folded or not.
TRACES = ("600100101", "600 100 101", "anna.przykladowa@", "przykładow", "przykladow", "u0142adow")
SETTINGS = """
[paths]
database = "line.db"
recordings = "recordings"
outbox = "outbox"
attachments = "attachments"
maildir = "mail"
local = "local"
cache = "cache"
"""
BEGAN, ANSWERED, ENDED = (f"2026-11-20T10:0{at}.000+00:00" for at in ("0:00", "0:02", "1:02"))


Values = dict[str, object]
#: A table, and what stands in a row of it.
Row = tuple[str, Values]
#: Columns that say nothing of anybody.
_CALL: Values = {
    **{"started": BEGAN, "answered": ANSWERED, "ended": ENDED, "asserted": 1},
    **{"scenario": "infolinia", "language": "pl", "ended_by": "caller"},
    **{"outcome": "hung-up", "sip_code": 200},
}
_SENT: Values = {"sent": 0, "peer": "", "transport": "UDP"}
_WRONG: Values = {"kind": "number", "asserted": 1, "failures": 2}
_VOICE: Values = {
    **{"box": "Biuro", "state": "new", "created": BEGAN, "extension": "", "asserted": 1},
    **{"call": "hers", "language": "pl", "recording": "voice.wav", "transcript": "Tu ja."},
}
_WAITED: Values = {
    **{"queue": "Biuro", "call": "hers", "arrived_at": BEGAN, "ended_at": ENDED},
    **{"priority": 0, "place": 1, "outcome": "abandoned", "waited": 12.5},
}
_ORDERED: Values = {
    **{"way": "command", "user": "Adam Buk", "number": "", "shown": ""},
    **{"person": "user:Adam Buk", "state": "over"},
}
_BILL: Values = {
    **{"id": 1, "month": "2026-10", "manager": 1, "code": "ZLOTY-KLUCZ", "name": "Klucz"},
    **{"zone": "Europe/Warsaw", "per_call": 10, "per_minute": 10, "vat": 23},
}
_BILLED: Values = {"bill": 1, "call": "older", "milliseconds": 60000, "grosze": 20}


class House:
    """A line that has run, in a folder of its own.

    Args:
        folder: of it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = folder / "agent.toml"
        self.settings.write_text(SETTINGS, "utf-8")
        self.config = load(self.settings)
        with closing(self.opened()) as db:
            _fill(db)
            self._send(db)
            recorded(Recordings(db), self.config.paths.recordings)
            db.execute("UPDATE recordings SET call = 'hers', user = ''")
            voice = self.config.paths.recordings / "voice.wav"
            voice.write_bytes(b"RIFF")
            self._ask_for(db)

    def opened(self) -> sqlite_utils.Database:
        """Open its database."""
        return open_database(self.config.paths.database, [*ROOMS, persons])

    def run(self, *words: str) -> str:
        """Return what a command prints."""
        done = CliRunner().invoke(
            app, [*words, "--config", str(self.settings)], catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        return done.output

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Return rows of the database."""
        with closing(self.opened()) as db:
            return db.execute(sql).fetchall()

    def traces(self) -> dict[str, list[str]]:
        """Return what names her in any file of the folder, byte by byte."""
        found = {}
        for path in self.folder.rglob("*"):
            if path.is_file():
                text = path.read_bytes().lower()
                if there := [one for one in TRACES if one.encode() in text]:
                    found[str(path.relative_to(self.folder))] = there
        return found

    def _ask_for(self, db: sqlite_utils.Database) -> None:
        """Ask for something by the owners' page, with a file, and have the neighbour ask."""
        folder = self.config.paths.attachments
        files = Attachments(folder, 5, 10_000).keep([Offered("umowa.txt", NAME.encode())])
        kept = Tickets(db)
        hers = Asker(AskerKind.OWNER, LOGIN, NAME, NUMBER, EMAIL, manager=1, about="Lipowa 1/2")
        number = kept.open(hers, Way.PAGE, "Przeciek", "Kapie z sufitu.", files=files)
        kept.answer(number, "adm", f"Szanowna Pani {NAME}, już jedziemy.")
        nexts = Asker(AskerKind.OWNER, "100002", "Bogdan Zaległy", NEIGHBOUR, manager=1)
        kept.open(nexts, Way.MAIL, "Hałas", f"Sąsiadka {NAME} hałasuje.")
        now, chats = datetime.now(UTC), Chats(db)
        for asker in (hers, nexts):
            with db.conn:
                said = f"Chodzi o panią {NAME}."
                chats.begin(asker.ref, asker, said, now, address="192.0.2.1", key=asker.ref)
        chat = chats.live()[0]
        plans = Attachments(folder, 5, 10_000).keep([Offered("plan.txt", NAME.encode())])
        with db.conn:
            chats.say(chat, Author.VISITOR, "", "plan.txt", "plan", now, plans)

    def _send(self, db: sqlite_utils.Database) -> None:
        """Send her a letter, one about her to the office, and one that waits for a neighbour."""
        box = Outbox(Single(db), self.config.paths.outbox, self.config.mail)
        mail = Maildir(self.config.paths.maildir)
        box.put(
            Message(EMAIL, "Saldo", f"Dzień dobry, {NAME}.", owner=LOGIN),
            Message("biuro@example.org", "Zgłoszenie", f"Zgłasza {NAME}, tel. 600 100 101."),
            Message("bogdan.zalegly@example.org", "Saldo", "Dzień dobry."),
        )
        for entry in box.due()[:2]:
            box.sent(entry, mail.deliver(entry, box.content(entry), "line@example.org"))


def _fill(db: sqlite_utils.Database) -> None:
    import_files(db, [shipped.SAMPLE])
    editing.add(db, "users", {"name": "Adam Buk", "number": "108", "mobile": "+48600300301"})
    editing.add(db, "users", {"name": "Jan Kowal", "number": "102", "mobile": NUMBER})
    editing.edit(db, "users", "Jan Kowal", {"mobile": ""})
    (owner,) = db.execute("SELECT id FROM owners WHERE login = ?", [LOGIN]).fetchone()
    with db.conn:
        for table, row in _rows(owner):
            db.table(table).insert(row)


def _rows(owner: int) -> Iterator[Row]:
    """Yield what she has left behind, and what others have."""
    yield from _calls()
    yield from _events()
    subject = f"owner:{owner}"
    yield _row("pins", subject=subject, hash=HASHER.hash("482915"), changed_at=BEGAN)
    yield _row("login_failures", **_WRONG, value=NUMBER, failed_at=BEGAN)
    yield _row("voice_messages", **_VOICE, number=NUMBER, name=NAME)
    yield _row("queue_calls", **_WAITED, number=NUMBER, name=NAME)
    yield _row("incoming_texts", key="k", at=BEGAN, sender=NUMBER, recipient=OTHER, body="Proszę")
    yield _row("ordered_calls", **_ORDERED, at=BEGAN, target=NUMBER)
    yield _row("panel_deeds", at=BEGAN, person="adm", address="", what="pin", about=LOGIN)
    yield _row("bills", **_BILL, issued=BEGAN)
    yield _row("bill_calls", **_BILLED, started=BEGAN, owner=LOGIN)


def _calls() -> Iterator[Row]:
    line = "221000200"
    for number, (name, caller, called) in enumerate(
        (
            ("hers", NUMBER, line),
            ("theirs", OTHER, NUMBER),
            ("hidden", None, line),
            ("neighbour", NEIGHBOUR, line),
        )
    ):
        sip = f"sip-{number}"
        yield _row("calls", id=name, sip_id=sip, caller=caller, called=called, **_CALL)
    for call, name, value in (
        ("hers", "owner", LOGIN),
        ("hers", "manager", "1"),
        ("hidden", "owner", LOGIN),
        ("neighbour", "owner", "100002"),
    ):
        yield _row("call_labels", call=call, name=name, value=value)
    party = f"{NAME} <{NUMBER}>"
    yield _row("call_legs", call="theirs", leg=1, sip_id="sip-9", began=BEGAN, party=party)
    invite = "INVITE sip:1 SIP/2.0\r\nFrom: <sip:0048600100101@example.org>"
    for sip in ("sip-0", "sip-9"):
        yield _row("sip_messages", sip_id=sip, at=BEGAN, text=invite, **_SENT)


def _events() -> Iterator[Row]:
    for seq, (call, kind, details) in enumerate(
        (
            ("hers", "prompt", {"key": "hello", "text": f"Dzień dobry, {NAME}. Saldo 125 zł"}),
            ("hers", "outcome", {"step": "menu", "outcome": "1", "next": "balance"}),
            ("hers", "statement", {"addresses": 1, "to": EMAIL}),
            ("theirs", "dialled", {"number": NUMBER, "target": OTHER}),
            ("neighbour", "note", {"text": "sąsiadka Przykładowa Anna, 600-100-101"}),
        )
    ):
        told = json.dumps(details)
        yield _row("call_events", call=call, seq=seq, at_ms=1000, kind=kind, details=told)


def _row(table: str, **columns: object) -> Row:
    return table, columns
