"""The program is killed while owners change addresses: nothing is half done, nothing twice."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlite_utils

from sipagent.config import MailSection
from sipagent.config_texts import TextsSection
from sipagent.domains import composed
from sipagent.infoline.directory import Directory
from sipagent.infoline.online.changes import Action, Medium, State, journal
from sipagent.infoline.online.contacts import Contacts, Wish
from sipagent.infoline.online.letters import OnlineLetters
from sipagent.infoline.online.telling import Teller
from sipagent.infoline.schema import infoline
from sipagent.infoline.transfer.importing import import_files
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.messages.templates import Templates
from sipagent.store.data import Single
from sipagent.store.database import open_database, writing
from sipagent.texts.outgoing import TextBox

pytestmark = pytest.mark.line

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
LOGIN, EMAIL = "100001", "anna.przykladowa@example.org"


def opened(folder: Path) -> sqlite_utils.Database:
    return open_database(folder / "line.db", [infoline, messages])


def teller(db: sqlite_utils.Database, folder: Path) -> tuple[Teller, Outbox]:
    data = Single(db)
    outbox = Outbox(data, folder / "outbox", MailSection())
    texts = TextBox(data, folder / "outbox", TextsSection(url="http://127.0.0.1/"))
    zone = ZoneInfo("Europe/Warsaw")
    letters = OnlineLetters(Templates(composed().texts), zone, "https://panel.example.com")
    return Teller(data, outbox, texts, lambda: letters), outbox


def go_on(folder: Path) -> None:
    """Add an e-mail and remove it, and tell of it, on and on; each round on another day."""
    with closing(opened(folder)) as db:
        work, _ = teller(db, folder)
        now = datetime.now(UTC)
        while True:
            now += timedelta(days=2)
            for wish in (
                Wish(Medium.EMAIL, Action.ADD, new="anna.nowa@example.org"),
                Wish(Medium.EMAIL, Action.REMOVE, old="anna.nowa@example.org", proof=EMAIL),
            ):
                with writing(db):
                    here, owner = Contacts(db, texts=True), Directory(db).find(LOGIN)
                    assert owner is not None
                    if (wish.action is Action.ADD) == ("anna.nowa@example.org" in owner.emails):
                        continue
                    asked = here.ask(owner, wish, now)
                with writing(db):
                    here.prove(owner, asked.change, asked.code, now)
                work.work()
                print("told", flush=True)


def test_after_a_kill_each_change_is_whole_and_told_once(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as db:
        import_files(db, [SAMPLE])
    for rounds in (1, 3):
        words = (sys.executable, "-c", f"from {__name__} import go_on; from pathlib import Path; "
                 f"go_on(Path({str(tmp_path)!r}))")  # fmt: skip
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment, text=True) as process:
            assert process.stdout is not None
            for _ in range(rounds):
                while process.stdout.readline() not in ("told\n", ""):
                    pass
            process.send_signal(signal.SIGKILL)
    with closing(opened(tmp_path)) as db:
        work, outbox = teller(db, tmp_path)
        work.work()
        owner = Directory(db).find(LOGIN)
        assert owner is not None
        done = journal(db, owner.id, 1000)
        assert len(done) >= 4
        assert {one.state for one in done} == {State.DONE}
        lists = [(EMAIL,), *(one.after for one in reversed(done))]
        assert [one.before for one in reversed(done)] == lists[:-1]
        assert lists[-1] == owner.emails
        tellings = db.execute(
            "SELECT emails, phones, mailed, texted FROM owner_tellings"
        ).fetchall()
        assert len(tellings) == len(done)
        told = Counter(entry.recipient for entry in outbox.listed(limit=1000))
        for address in (EMAIL, "anna.nowa@example.org"):
            assert told[address] == sum(address in json.loads(emails) for emails, *_ in tellings)
        assert told["biuro@zloty-klucz.example.org"] == len(done)
        assert told["+48600100101"] == len(done)
        for entry in outbox.listed(limit=1000):
            assert outbox.content(entry)
