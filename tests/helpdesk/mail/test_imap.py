"""Mails from an IMAP server: each comes once, whoever has read it meanwhile."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sipagent.config import Config
from sipagent.config_helpdesk import HelpdeskSection, MailInSection
from sipagent.doctor import servers
from sipagent.doctor.finding import Patient
from sipagent.helpdesk.mail.imap import Imap
from sipagent.helpdesk.mail.mails import Mailboxes
from sipagent.helpdesk.mail.round import look
from sipagent.helpdesk.mail.source import MailboxFault
from tests.helpdesk.mail.imap_server import PASSWORD, Mailbox, serving
from tests.helpdesk.mail.post import Post, written

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    with serving(tmp_path_factory.mktemp("imap")) as box:
        yield box


@pytest.fixture
def box(server: Mailbox) -> Mailbox:
    """The mailbox, empty."""
    port, certificates = server.port, server.certificates
    vars(server).update(vars(Mailbox(port=port, certificates=certificates)))
    return server


@pytest.fixture
def post(tmp_path: Path) -> Post:
    (tmp_path / "password").write_text(f"{PASSWORD}\n", "utf-8")
    return Post(tmp_path, settings={"per_sender": 1000})


def settings(post: Post, box: Mailbox, **changes: Any) -> MailInSection:
    given: dict[str, Any] = {
        "server": "localhost",
        "port": box.port,
        "certificates": box.certificates,
        "user": "biuro",
        "password_file": post.folder / "password",
    }
    return MailInSection(**(given | changes))


def filed(post: Post, box: Mailbox, **changes: Any) -> int:
    """Look once; return how many new tickets there are."""
    before = post.count("tickets")
    source = Imap(settings(post, box, **changes), Mailboxes(post.data))
    try:
        look(source, post.filing, post.confirmations)
    finally:
        source.close()
    return post.count("tickets") - before


def test_what_was_read_before_us_is_no_request(post: Post, box: Mailbox) -> None:
    box.put(written("stara", number=1), r"\Seen")
    box.put(written("nowa", number=2))
    assert filed(post, box) == 1
    box.put(written("przeczytana przez kogoś", number=3), r"\Seen")
    box.put(written("kolejna", number=4))
    assert [filed(post, box), filed(post, box)] == [2, 0]
    assert box.flags() == {uid: {r"\Seen"} for uid in (1, 2, 3, 4)}
    box.put(b"")
    assert filed(post, box) == 1  # which tells that it cannot be read
    assert box.flags()[5] == {r"\Flagged"}
    assert filed(post, box) == 0


def test_a_mailbox_that_is_numbered_anew_gives_nothing_twice(post: Post, box: Mailbox) -> None:
    for number in range(3):
        box.put(written(number=number))
    assert filed(post, box) == 3
    box.folders["INBOX"].pop(0)
    for one in box.folders["INBOX"]:
        one.flags.clear()
    box.anew()
    box.put(written(number=9))
    assert [filed(post, box), filed(post, box)] == [1, 0]


@pytest.mark.parametrize(("able", "left"), [("MOVE", 0), ("UIDPLUS", 0), ("", 2)])
def test_mails_are_moved_as_the_server_can(post: Post, box: Mailbox, able: str, left: int) -> None:
    box.able = able
    box.folders["Przyj&ARk-te"] = []
    box.put(written(number=1), r"\Seen")
    box.put(written(number=2))
    assert filed(post, box, move_to="Przyjęte") == 2
    assert len(box.folders["INBOX"]) == left
    assert len(box.folders["Przyj&ARk-te"]) == 2
    assert filed(post, box, move_to="Przyjęte") == 0
    assert len(box.folders["Przyj&ARk-te"]) == 2


@pytest.mark.parametrize("command", ["SELECT", "SEARCH", "FETCH", "STORE"])
def test_a_connection_that_breaks_loses_nothing(post: Post, box: Mailbox, command: str) -> None:
    box.put(written())
    box.hangs_up_at = command
    with pytest.raises(MailboxFault, match="broken the connection off"):
        filed(post, box)
    box.hangs_up_at = ""
    filed(post, box)
    assert (post.count("tickets"), box.flags()) == (1, {1: {r"\Seen"}})
    assert post.count("outbox") == 1


def test_of_a_large_mail_only_the_beginning_is_fetched(post: Post, box: Mailbox) -> None:
    box.put(written("x" * 2_000_000))
    source = Imap(settings(post, box, largest_megabytes=1), Mailboxes(post.data))
    (mail,) = source.arrived()
    source.close()
    assert len(mail.content) == 1_000_001


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"folder": "Nic"}, "refuses the folder 'Nic': there is no such folder"),
        ({"move_to": "Nic"}, "refuses moving to 'Nic'"),
        ({"password_file": __file__}, "does not take user or password"),
        ({"password_file": None}, "give user, and the password"),
        ({"password_file": "/nonexistent"}, "cannot be read"),
        ({"certificates": None}, "its certificate is not good"),
        ({"security": "none", "timeout": 0.5}, "does not answer in time|broken the connection"),
    ],
)
def test_what_is_wrong_is_said(post: Post, box: Mailbox, changes: dict[str, Any], why: str) -> None:
    box.put(written())
    with pytest.raises(MailboxFault, match=why):
        filed(post, box, **changes)


def test_the_doctor_looks_at_the_mailbox(post: Post, box: Mailbox, tmp_path: Path) -> None:
    (tmp_path / "password").chmod(0o600)
    (tmp_path / "there" / "new").mkdir(parents=True)
    box.put(written())
    good: dict[str, Any] = {"server": "", "user": "", "certificates": None, "password_file": None}
    for changes, levels in (
        ({}, ["ok"]),
        ({"folder": "Nic"}, ["error"]),
        ({"maildir": tmp_path / "there", **good}, ["ok"]),
        ({"maildir": tmp_path / "none", **good}, ["error"]),
    ):
        helpdesk = HelpdeskSection(mail=settings(post, box, **changes))
        patient = Patient(Config(helpdesk=helpdesk), tmp_path / "agent.toml")
        assert [one.level for one in servers.mailbox(patient)] == levels
    assert list(servers.mailbox(Patient(Config(), tmp_path))) == []
    assert box.flags() == {1: set()}


def test_a_server_that_is_not_there_or_silent_is_given_up(post: Post, box: Mailbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(MailboxFault, match="does not answer in time"):
            filed(post, box, port=port, timeout=0.1)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # and nobody listens there
        with pytest.raises(MailboxFault, match="cannot be reached"):
            filed(post, box, port=deaf.getsockname()[1])
