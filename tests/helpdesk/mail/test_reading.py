"""Reading mails as programs write them, and as attackers do."""

import contextlib
import tomllib
from email.message import Message
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sipagent.helpdesk.mail.charsets import decoded
from sipagent.helpdesk.mail.html import plain
from sipagent.helpdesk.mail.model import Mail, MailUnreadable, Remark
from sipagent.helpdesk.mail.quoting import parted
from sipagent.helpdesk.mail.reading import read

pytestmark = pytest.mark.unit

FOLDER = Path(__file__).parent
MAILS = {path.stem: path.read_bytes() for path in sorted(FOLDER.glob("corpus/*.eml"))}
EXPECTED = tomllib.loads((FOLDER / "corpus.toml").read_text("utf-8"))
OURS = {"biuro@manager.example"}


def understood(content: bytes, authority: str = "") -> Mail:
    return read(content, largest=1_000_000, own=OURS, authority=authority)


def described(mail: Mail) -> dict[str, object]:
    """What a mail was read as, as corpus.toml tells it."""
    return {
        "from": f"{mail.sender.name} <{mail.sender.address}>",
        "nature": mail.nature.value,
        "subject": mail.subject,
        "text": mail.text,
        "rest": mail.rest,
        "files": [f"{one.name} {one.type} {len(one.data)}" for one in mail.files],
        "remarks": list(mail.remarks),
        "references": list(mail.references),
        "reply_to": mail.reply_to,
        "key": "sha256" if mail.key.startswith("sha256:") else mail.key,
        "flags": [name for name in ("proved", "quiet") if getattr(mail, name)] + [mail.language],
    }


@pytest.mark.parametrize("name", MAILS)
def test_mail_is_read_as_a_person_would(name: str) -> None:
    assert described(understood(MAILS[name])) == EXPECTED[name]


def test_there_is_a_mail_for_each_that_is_told() -> None:
    assert MAILS.keys() == EXPECTED.keys()
    assert len(MAILS) >= 40


def test_what_our_own_server_says_of_the_sender_counts() -> None:
    proved = {
        name: understood(content, "mx.manager.example").proved
        for name, content in MAILS.items()
        if name in ("dmarc-failed", "dmarc-passed", "gmail-new")
    }
    assert proved == {"dmarc-failed": False, "dmarc-passed": True, "gmail-new": False}


def test_a_mail_is_known_again_however_it_has_come() -> None:
    once = MAILS["wp-new"]
    again = b"Received: from elsewhere\r\nX-Spam: no\r\n" + once.replace(b"\r\n", b"\n")
    other = once.replace(b"wanny", b"umywalki")
    assert understood(again).fingerprint == understood(once).fingerprint
    assert understood(other).key == understood(once).key
    assert understood(other).fingerprint != understood(once).fingerprint


def test_a_mail_that_is_too_large_keeps_its_words() -> None:
    content = MAILS["zip-bomb"]
    mail = read(content, largest=700)
    assert mail.text == "Zdjecia w archiwum."
    assert mail.remarks == (Remark.CUT,)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n \r\n",
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(500)
        ),
        b"Content-Type: message/rfc822\n\n" * 1000,
        b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n" * 20_000,
    ],
)
def test_what_is_made_to_keep_us_busy_is_no_mail(content: bytes) -> None:
    with pytest.raises(MailUnreadable):
        understood(content)


def test_a_field_without_end_is_cut() -> None:
    fields = (b"Content-Type: text/plain; " + b"a=b; " * 100_000, b"Subject: x\n" + b" y\n" * 9000)
    for field in fields:
        mail = understood(field.rstrip(b"\n") + b"\nFrom: a@b.example\n\nwords")
        assert (mail.text, mail.sender.address) == ("words", "a@b.example")


def test_deep_parts_are_left_out_and_remarked() -> None:
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(40)
    )
    mail = understood(nested + b"Content-Type: text/plain\n\nhidden")
    assert (mail.text, mail.remarks) == ("", (Remark.PARTS,))


@given(st.binary(max_size=2000))
@example(b"Content-Type: multipart/x\n\n")
@example(b"Content-Type: message/rfc822\n\n")
@example(b"From: \xff<\xff@\xff>\nSubject: =?\xff?B?\xff?=\n\n\x00")
def test_any_bytes_are_a_mail_or_unreadable(content: bytes) -> None:
    for whole in (content, MAILS["gmail-inline-picture"][:400] + content):
        with contextlib.suppress(MailUnreadable):
            understood(whole)


@given(name=st.sampled_from(sorted(MAILS)), at=st.floats(0, 1), noise=st.binary(max_size=30))
def test_damaged_mails_are_read_without_surprise(name: str, at: float, noise: bytes) -> None:
    content = MAILS[name]
    place = int(at * len(content))
    with contextlib.suppress(MailUnreadable):
        mail = understood(content[:place] + noise + content[place + len(noise) :])
        shown = f"{mail.subject}{mail.sender.name}{''.join(one.name for one in mail.files)}"
        assert shown == "" or shown.isprintable()
        assert "\x00" not in mail.text + mail.rest


@given(st.text(max_size=300), st.sampled_from(["utf-8", "cp1250", "iso8859-2", "zlib", "", "\0"]))
def test_any_text_of_any_charset(text: str, charset: str) -> None:
    decoded(text.encode("utf-8", "replace"), charset)
    plain(text)
    written = parted(text)
    assert sorted(f"{written.text}{written.rest}".split()) == sorted(text.split())


def test_hostile_html_keeps_its_words_and_does_not_grow() -> None:
    for piece in (
        "<div>",
        "<li><ul>",
        "<![CDATA[",
        "<!--",
        "<a href=",
        "&",
        "<blockquote>",
        "</p>",
    ):
        shown = plain(f"{piece * 20_000}</b>")
        assert len(shown) <= 1_000_000
    assert plain(f"{'<div>' * 1000}deep{'</div>' * 1000}<p>below</p>") == "deep\n\nbelow"


def test_a_name_of_a_file_is_one_line_and_no_path() -> None:
    part = Message()
    part["From"] = "a@b.example"
    part["Content-Type"] = "application/pdf"
    part["Content-Disposition"] = "attachment; filename*=x''%0d%0a..%2f..%2f%00a.pdf"
    part.set_payload("x")
    assert understood(part.as_bytes()).files[0].name == "a.pdf"
