"""Requests of three weeks and what became of them, and mails that are still to come."""

import tomllib
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import sqlite_utils

from sipagent.dictation.desk import Transcription
from sipagent.helpdesk.chat.chats import Chats
from sipagent.helpdesk.chat.ending import end
from sipagent.helpdesk.chat.model import Author, Ending
from sipagent.infoline.directory import Directory
from sipagent.panel.building import ROOMS
from sipagent.store.database import open_database, writing
from sipagent.tickets.attachments import Attachments, Offered
from sipagent.tickets.model import Asker, AskerKind, Attachment, Importance, Status, Voice, Way
from sipagent.tickets.tickets import Tickets

_DATA = Path(__file__).with_suffix(".toml")
_WAYS = {way.value: way for way in Way}
Said = Mapping[str, Any]


def spoken() -> list[str]:
    """Return what callers have dictated, in order: somebody has to say it."""
    return [one["spoken"] for one in _tickets() if "spoken" in one]


def write(database: Path, files: Path, recordings: Iterable[str]) -> None:
    """Write all requests into the database of a line, whose owners are there.

    Args:
        database: of the line.
        files: folder of the attachments.
        recordings: file names of what ``spoken`` tells, in its order.
    """
    voices = iter(recordings)
    with closing(open_database(database, ROOMS)) as db:
        for one in _tickets():
            _Request(db, files, one, next(voices) if "spoken" in one else "").write()
        for one in _read()["chat"]:
            with writing(db):
                _chat(db, one)


class _Request:
    """A request of the demonstration, written as if its time were now."""

    def __init__(self, db: sqlite_utils.Database, files: Path, said: Said, recording: str) -> None:
        self._db = db
        self._files = files
        self._said = said
        self._recording = recording
        self._now = datetime.now(UTC) - timedelta(hours=said["hours"])
        self._began = self._now
        self._kept = Tickets(db, lambda: self._now)

    def write(self) -> None:
        """Write it, and what was done about it."""
        said = self._said
        voice = None
        if "spoken" in said:
            voice = Voice(self._recording, 9.0, Transcription.DONE, said["spoken"])
        number = self._kept.open(
            _asker(self._db, said),
            _WAYS[said["way"]],
            said.get("subject", ""),
            said.get("text", ""),
            importance=Importance(said.get("importance", "normal")),
            files=self._attached(),
            voice=voice,
        )
        for step in said.get("then", ()):
            self._now = self._began + timedelta(hours=step["after"])
            self._do(number, step)

    def _do(self, number: int, step: Said) -> None:
        kept, who = self._kept, step.get("who", "")
        if "reply" in step:
            kept.reply(number, step["reply"])
        if "note" in step:
            kept.note(number, who, step["note"])
        if "answer" in step:
            kept.answer(number, who, step["answer"], way="mail")
        kept.change(
            number,
            who,
            assignee=step.get("assignee"),
            importance=Importance(step["importance"]) if "importance" in step else None,
            status=Status(step["status"]) if "status" in step else None,
        )

    def _attached(self) -> tuple[Attachment, ...]:
        if not self._said.get("attachment"):
            return ()
        text = f"{self._said['subject']}\n\n{self._said['text']}\n".encode()
        return Attachments(self._files, 5, 1_000_000).keep([Offered("szczegoly.txt", text)])


def _asker(db: sqlite_utils.Database, said: Said) -> Asker:
    language = said.get("language", "pl")
    if login := said.get("owner"):
        owner = Directory(db).find(login)
        assert owner is not None
        phone, email = (next(iter(some), "") for some in (owner.phones, owner.emails))
        who = (AskerKind.OWNER, login, owner.name, phone, email, language)
        return Asker(*who, manager=owner.manager.id, about=owner.estate.name)
    if user := said.get("user"):
        return Asker(AskerKind.USER, user, "Jan Kowal", email="jan@firma.example")
    if "phone" in said:
        return Asker(AskerKind.VISITOR, "", said["name"], said["phone"])
    return Asker(AskerKind.MAIL, said["email"], said["name"], email=said["email"])


def _chat(db: sqlite_utils.Database, said: Said) -> None:
    """Write a chat as if it were going on now, and end it."""
    chats, visitor = Chats(db), _asker(db, said)
    now = datetime.now(UTC) - timedelta(hours=said["hours"])
    first, *more = said["said"]
    chat = chats.begin(f"demo {said['hours']}", visitor, first, now, address="127.0.0.1", key="0")
    for number, line in enumerate(more, 1):
        now += timedelta(minutes=1)
        agent, _, text = line.partition(": ") if line.startswith("anna: ") else ("", "", line)
        if agent:
            chats.take(chat.id, agent, "Anna Nowak", now)
        author = Author.AGENT if agent else Author.VISITOR
        chats.say(chat, author, "Anna Nowak" if agent else "", text, str(number), now)
    end(db, chat.id, Ending(said["ending"]), now, UTC)


def mails() -> list[EmailMessage]:
    """Return mails that become tickets, an answer to one of them, and one that nobody answers."""
    return [
        _mail(
            "Filip Pusty <filip.pusty@example.org>",
            "Zalana piwnica",
            "Dzień dobry,\n\nw piwnicy nr 6 stoi woda. Proszę o pilną pomoc.\n\nFilip Pusty",
        ),
        _mail(
            "Irena Smocza <irena.smocza@example.org>",
            "Zaświadczenie o niezaleganiu",
            "Dzień dobry,\n\nproszę o zaświadczenie, że nie zalegam z opłatami.\n\nIrena Smocza",
        ),
        _mail(
            "John Newcomer <john@example.com>",
            "Parking for visitors",
            "Hello,\n\nwhere may my guests park on Saturday?\n\nJohn",
        ),
        _mail(
            "Irena Smocza <irena.smocza@example.org>",
            "Autoodpowiedź: nie ma mnie w biurze",
            "Wracam w poniedziałek.",
            **{"Auto-Submitted": "auto-replied"},
        ),
    ]


def _mail(sender: str, subject: str, text: str, **fields: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "pomoc@firma.example", subject
    mail["Date"] = datetime.now(UTC)
    mail["Message-ID"] = make_msgid(domain="example.org")
    for name, value in fields.items():
        mail[name] = value
    mail.set_content(text)
    return mail


def _tickets() -> list[Said]:
    return list(_read()["ticket"])


def _read() -> Said:
    return tomllib.loads(_DATA.read_text("utf-8"))
