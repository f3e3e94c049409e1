"""Mail comes in as long as the line runs, as the settings say; what commands say of it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner

from sipagent import tasks
from sipagent.cli.main import app
from sipagent.config import Config
from sipagent.config_sources import load
from sipagent.domain import House
from sipagent.domains import SENDERS, composed
from sipagent.helpdesk.mail.staff import MailStaff
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.messages.templates import Templates
from sipagent.store.store import Store
from sipagent.texts.incoming import Inbox
from sipagent.texts.messages import TextMessages
from sipagent.texts.outgoing import TextBox
from sipagent.tickets.model import Filter
from sipagent.tickets.tickets import Tickets
from tests.helpdesk.mail.post import Post, written
from tests.helpdesk.mail.test_reading import MAILS
from tests.helpdesk.mail.test_round import deliver
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

SETTINGS = """
[paths]
database = "line.db"
outbox = "outbox"
attachments = "attachments"
[mail]
sender = "biuro@manager.example"
[helpdesk.mail]
maildir = "in"
every = 1
"""


def configured(folder: Path, settings: str = SETTINGS) -> Config:
    (folder / "agent.toml").write_text(settings, "utf-8")
    return load(folder / "agent.toml", {})


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


async def test_mails_are_filed_as_they_come(tmp_path: Path) -> None:
    Post(tmp_path).db.close()
    config = configured(tmp_path, SETTINGS.partition("[helpdesk.mail]")[0])
    async with Store(tmp_path / "line.db", [*composed().migrations, messages]) as store:
        data = store.blocking
        outbox = Outbox(data, config.paths.outbox, config.mail)
        box = TextBox(data, config.paths.outbox, config.texts)
        texts = TextMessages(box, Inbox(store), config.texts)
        house = House(config, store, outbox, texts, Templates(composed().texts), None)
        staff = MailStaff(house, SENDERS)
        await staff.start()
        assert "mail-in" in {one.name for one in tasks.standings()}
        with structlog.testing.capture_logs() as logs:
            # There is no maildir yet: that is told, and tried again.
            staff.use(configured(tmp_path), house.templates)
            await until(lambda: any("cannot be used" in str(one["event"]) for one in logs))
        deliver(tmp_path / "in", "1", written())
        await until(lambda: bool(data.read(lambda db: Tickets(db).listed(Filter()))))
        await staff.stop()
        assert "mail-in" not in {one.name for one in tasks.standings()}


def test_commands_say_what_waits_and_what_was_cut(tmp_path: Path) -> None:
    post = Post(tmp_path)
    configured(tmp_path)
    for at, name in enumerate(("gmail-new", "auto-vacation", "html-hostile")):
        deliver(tmp_path / "in", str(at), MAILS[name])

    def sipagent(*words: str) -> str:
        command = ["helpdesk", "mail", *words, "--config", str(tmp_path / "agent.toml")]
        return CliRunner().invoke(app, command, catch_exceptions=False).output

    said = sipagent("check")
    assert "anna.lis@poczta.example" in said
    assert "a new ticket" in said
    assert "nothing: a program has written it" in said
    assert said.endswith("Mails that wait: 3; nothing was changed.\n")
    assert sipagent("show", "101") == "No mail belongs to ticket 101.\n"
    assert post.count("tickets") == 0
    post.file(MAILS["gmail-new"])
    assert "opened  anna.lis@poczta.example\n    -- \n    Anna Lis\n" in sipagent("show", "101")
    assert "it was dealt with already" in sipagent("check")
