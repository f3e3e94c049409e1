"""Messages go to real mail servers, good ones and bad ones."""

import asyncio
import socket
import ssl
import threading
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from sipagent.config import MailSection
from sipagent.messages.delivery import delivery_of
from sipagent.messages.message import Message
from sipagent.messages.outbox import Outbox
from sipagent.messages.refusal import Never, NotNow
from sipagent.messages.smtp import Smtp, tls_context
from tests.messages.mail_helpers import (
    DRIP,
    HANG_UP,
    PASSWORD,
    SILENCE,
    Authority,
    content_of,
    letter,
    mail_server,
    outbox,
    scripted_server,
    settings,
)
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def box(tmp_path: Path) -> Outbox:
    return outbox(tmp_path)


async def deliver(box: Outbox, mail: MailSection, message: Message | None = None) -> str:
    """Hand one message over, and say where it went."""
    entry = box.find(box.put(message or letter())[0])
    way = Smtp(mail)
    try:
        return await asyncio.to_thread(way.deliver, entry, box.content(entry), mail.sender)
    finally:
        await asyncio.to_thread(way.rest)


async def test_a_message_arrives_as_it_is(box: Outbox) -> None:
    async with mail_server() as server:
        place = await deliver(box, settings(server.port))
    assert place == f"127.0.0.1:{server.port}: 250 2.0.0 taken"
    (taken,) = server.taken
    assert (taken.mail_from, taken.rcpt_tos) == ("line@manager.example", ["jan@example.org"])
    assert taken.content == box.content(box.find(1))


async def test_starttls_and_password(box: Outbox, authority: Authority, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(f"{PASSWORD}\n")
    mail = {"server": "localhost", "security": "starttls", "certificates": authority.certificate}
    mail |= {"user": "line", "password_file": secret}
    context = authority.server_context("localhost")
    async with mail_server(
        tls_context=context, require_starttls=True, auth_required=True
    ) as server:
        await deliver(box, settings(server.port, **mail))
        assert server.logins == [b"line"]
        secret.write_text("wrong")
        with pytest.raises(NotNow, match=r"user or password \(535 .*see mail\.user") as caught:
            await deliver(box, settings(server.port, **mail))
        assert caught.value.server
    assert len(server.taken) == 1


async def test_tls_from_the_first_byte(box: Outbox, authority: Authority) -> None:
    context = authority.server_context("localhost")
    mail = {"server": "localhost", "security": "tls", "certificates": authority.certificate}
    async with mail_server(tls=context) as server:
        await deliver(box, settings(server.port, **mail))
    assert len(server.taken) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    ("host", "trusted", "why"),
    [
        ("localhost", False, "certificate is not good: .*issuer"),
        ("other.example", True, "certificate is not good: Hostname mismatch"),
    ],
)
async def test_a_wrong_certificate(
    box: Outbox, authority: Authority, security: str, host: str, trusted: bool, why: str
) -> None:
    context = authority.server_context(host)
    mail: dict[str, Any] = {"server": "localhost", "security": security}
    if trusted:
        mail["certificates"] = authority.certificate
    options = {"tls": context} if security == "tls" else {"tls_context": context}
    async with mail_server(**options) as server:
        with pytest.raises(NotNow, match=why) as caught:
            await deliver(box, settings(server.port, **mail))
    assert caught.value.server
    assert server.taken == []


async def test_never_in_the_clear_where_tls_is_wanted(box: Outbox) -> None:
    async with mail_server() as server:
        with pytest.raises(NotNow, match=r"STARTTLS .*see mail\.security"):
            await deliver(box, settings(server.port, security="starttls"))
        with pytest.raises(NotNow, match=r"mail\.security|does not answer"):
            await deliver(box, settings(server.port, security="tls"))
    assert server.taken == []


#: What a server says, and what that means: is the message refused, must all others wait?
VERDICTS = [
    ({"RCPT": "550 5.1.1 <jan@example.org>: unknown"}, Never, False),
    ({"RCPT": "551 moved"}, Never, False),
    ({"RCPT": "450 4.2.1 greylisted"}, NotNow, False),
    ({"RCPT": "452 4.2.2 mailbox full"}, NotNow, False),
    ({"RCPT": "552 too many recipients"}, NotNow, False),
    ({"RCPT": "530 5.7.0 authentication required"}, NotNow, True),
    ({"RCPT": "421 closing"}, NotNow, True),
    ({"MAIL": "550 5.7.1 sender rejected"}, Never, False),
    ({"MAIL": "451 try later"}, NotNow, False),
    ({"MAIL": "530 5.7.0 must issue STARTTLS first"}, NotNow, True),
    ({"DATA": "554 no valid recipients"}, Never, False),
    ({"DATA": "451 try later"}, NotNow, False),
    ({"DATA": "250 no need to send it"}, NotNow, True),
    ({".": "554 5.6.0 looks like spam"}, Never, False),
    ({".": "552 5.3.4 too big"}, Never, False),
    ({".": "552 5.2.2 mailbox full"}, NotNow, False),
    ({".": "452 4.3.1 disk full"}, NotNow, False),
    ({".": "nonsense"}, NotNow, True),
    ({".": "354 what?"}, NotNow, True),
    ({"RCPT": "nonsense"}, NotNow, True),
    ({".": "250-" + "x" * 9000}, NotNow, True),
    ({"greeting": "554 go away"}, NotNow, True),
    ({"greeting": "421 too busy"}, NotNow, True),
    ({"greeting": "SSH-2.0-OpenSSH_9.2"}, NotNow, True),
    ({"EHLO": "550 no", "HELO": "550 no"}, NotNow, True),
    ({"greeting": HANG_UP}, NotNow, True),
    ({"RCPT": HANG_UP}, NotNow, True),
    ({"body": HANG_UP}, NotNow, True),
    ({".": HANG_UP}, NotNow, True),
    ({"greeting": SILENCE}, NotNow, True),
    ({"EHLO": SILENCE}, NotNow, True),
    ({"RCPT": SILENCE}, NotNow, True),
    ({".": SILENCE}, NotNow, True),
]


@pytest.mark.parametrize(("script", "kind", "server"), VERDICTS, ids=lambda value: str(value)[:50])
async def test_verdicts(
    box: Outbox, script: dict[str, str], kind: type[Exception], server: bool
) -> None:
    patience = 0.05 if SILENCE in script.values() else 10
    async with scripted_server(script) as port:
        with pytest.raises(kind) as caught:
            await deliver(box, settings(port, timeout=patience))
    assert getattr(caught.value, "server", False) is server
    assert str(caught.value)


async def test_a_goodbye_is_not_waited_for(box: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sipagent.messages.smtp._GOODBYE", 0.05)
    for farewell in (SILENCE, HANG_UP):
        async with scripted_server({"QUIT": farewell}) as port:
            assert "queued as 4Z" in await deliver(box, settings(port))


async def test_a_server_that_trickles_is_cut_off(
    box: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(b"220-please wait\r\n")
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            writer.close()

    monkeypatch.setattr("sipagent.messages.smtp._WHOLE", 1)
    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(NotNow, match="in time"):
                await deliver(box, settings(port, timeout=0.1))


@pytest.mark.parametrize("stage", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"])
async def test_a_server_that_drips_holds_nobody_for_ever(
    box: Outbox, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sipagent.messages.smtp._WHOLE", 0.05)
    monkeypatch.setattr("sipagent.messages.smtp._GOODBYE", 0.5)
    async with scripted_server({stage: DRIP}) as port, asyncio.timeout(PATIENCE):
        if stage == "QUIT":
            assert "queued as 4Z" in await deliver(box, settings(port))
        else:
            with pytest.raises(NotNow, match="does not answer in time"):
                await deliver(box, settings(port))


async def test_aborted_from_another_thread(box: Outbox) -> None:
    async with scripted_server({".": SILENCE}) as port:
        way = Smtp(settings(port, timeout=30))
        entry = box.find(box.put(letter())[0])
        work = asyncio.create_task(
            asyncio.to_thread(way.deliver, entry, box.content(entry), "line@manager.example")
        )
        async with asyncio.timeout(PATIENCE):
            while not work.done():
                way.abort()
                await asyncio.wait((work,), timeout=0.01)
            with pytest.raises(NotNow):
                await work


async def test_nobody_listens(box: Outbox) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(
            NotNow, match=r"cannot be reached: Connection refused; see mail\.server"
        ):
            await deliver(box, settings(port))


@pytest.mark.parametrize("host", ["mail.invalid", "a..b", "x" * 70])
async def test_a_name_that_is_not_known(
    box: Outbox, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    real = socket.getaddrinfo

    def lookup(name: str, *rest: Any, **more: Any) -> Any:
        if name == "mail.invalid":
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return real(name, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(NotNow, match=r"name is not known: .*see mail\.server") as caught:
        await deliver(box, settings(2525, server=host))
    assert caught.value.server


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"user": "line"}, r"mail\.user has no password"),
        ({"user": "line", "password_file": Path("/nowhere/x")}, "cannot be read"),
        ({"security": "starttls", "certificates": Path("/nowhere/ca.pem")}, r"mail\.certificates"),
    ],
)
async def test_what_is_wrong_on_this_side(box: Outbox, more: dict[str, Any], why: str) -> None:
    async with mail_server() as server:
        with pytest.raises(NotNow, match=why) as caught:
            await deliver(box, settings(server.port, **more))
    assert caught.value.server


async def test_a_password_beyond_ascii(box: Outbox, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("zażółć")
    async with mail_server() as server:
        with pytest.raises(NotNow, match="beyond ASCII") as caught:
            await deliver(box, settings(server.port, user="line", password_file=secret))
    assert "zażółć" not in str(caught.value)


async def test_certificates_that_are_none(box: Outbox, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("no certificate")
    with pytest.raises(NotNow, match=r"ca\.pem: no certificates.*mail\.certificates"):
        await deliver(box, settings(2525, security="tls", certificates=file))


async def test_letters_beyond_ascii_where_the_server_takes_them(box: Outbox) -> None:
    async with mail_server(enable_SMTPUTF8=True) as server:
        await deliver(box, settings(server.port), letter("łukasz@żółw.example"))
    (taken,) = server.taken
    assert taken.rcpt_tos == ["łukasz@xn--w-uga1v8h.example"]
    assert taken.smtp_utf8
    assert "To: łukasz@xn--w-uga1v8h.example\r\n".encode() in content_of(taken)


async def test_letters_beyond_ascii_where_it_does_not(box: Outbox) -> None:
    async with mail_server(enable_SMTPUTF8=False) as server:
        with pytest.raises(Never, match="SMTPUTF8"):
            await deliver(box, settings(server.port), letter("łukasz@example.org"))
        await deliver(box, settings(server.port), letter("lukasz@żółw.example"))
    assert server.taken[0].rcpt_tos == ["lukasz@xn--w-uga1v8h.example"]


async def test_a_message_that_is_too_big_is_not_even_offered(box: Outbox) -> None:
    async with scripted_server({"EHLO": "250-x\r\n250 SIZE 500", "MAIL": HANG_UP}) as port:
        with pytest.raises(Never, match="the mail server takes 500"):
            await deliver(box, settings(port))


async def test_an_old_server_without_extensions(box: Outbox) -> None:
    script = {"EHLO": "502 what?", "HELO": "250 hello"}
    async with scripted_server(script) as port:
        assert "queued as 4Z" in await deliver(box, settings(port))


async def test_no_thread_stays(box: Outbox) -> None:
    async with mail_server() as server:
        await deliver(box, settings(server.port))
    assert not [one for one in threading.enumerate() if isinstance(one, threading.Timer)]


def test_old_tls_is_not_spoken() -> None:
    context = tls_context(settings(25, security="tls"))
    assert context is not None
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_without_a_server_it_is_a_maildir(box: Outbox, tmp_path: Path) -> None:
    way = delivery_of(settings(), tmp_path / "mail")
    entry = box.find(box.put(letter())[0])
    place = way.deliver(entry, box.content(entry), "line@manager.example")
    (file,) = (tmp_path / "mail" / "new").iterdir()
    assert place == str(file)
    assert message_from_bytes(file.read_bytes())["Message-ID"] == entry.message_id
    assert file.stat().st_mode & 0o077 == 0
    assert list((tmp_path / "mail" / "tmp").iterdir()) == []
    way.rest()
    way.abort()


@pytest.mark.parametrize("folder", ["new", "cur"])
def test_a_maildir_has_each_message_once(box: Outbox, tmp_path: Path, folder: str) -> None:
    way = delivery_of(settings(), tmp_path)
    entry = box.find(box.put(letter())[0])
    way.deliver(entry, box.content(entry), "line@manager.example")
    (file,) = (tmp_path / "new").iterdir()
    if folder == "cur":
        file = file.rename(tmp_path / "cur" / f"{file.name}:2,S")
    (tmp_path / "tmp" / file.name).write_text("half a mess")
    assert way.deliver(entry, box.content(entry), "line@manager.example") == str(file)
    assert len([*(tmp_path / "new").iterdir(), *(tmp_path / "cur").iterdir()]) == 1


def test_a_maildir_that_cannot_be_written(box: Outbox, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    entry = box.find(box.put(letter())[0])
    with pytest.raises(NotNow, match=r"paths\.maildir") as caught:
        delivery_of(settings(), tmp_path / "mail").deliver(entry, b"", "line@manager.example")
    assert caught.value.server
