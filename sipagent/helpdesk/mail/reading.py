"""Reading a mail: the one place where bytes from a stranger become words.

Everything is bounded before it is looked at: who sends it decides about none of it. What is left is
text of one kind, and files that the room of tickets looks at in its turn.
"""

import hashlib
import re
from collections.abc import Collection
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32

from sipagent.helpdesk.mail import fields
from sipagent.helpdesk.mail.body import body_of
from sipagent.helpdesk.mail.language import language_of
from sipagent.helpdesk.mail.model import Mail, MailUnreadable, Nature, Remark, Sender
from sipagent.helpdesk.mail.nature import is_by_program, is_quiet, nature_of
from sipagent.helpdesk.mail.quoting import parted

#: Each of these may open a part within a part, and all parts are looked for in each line.
_STRUCTURE = re.compile(rb"(?i)boundary|message/")
_MOST_STRUCTURE = 200
#: So many times so many lines: some seconds of work.
_MOST_WORK = 50_000_000
#: Lines that may begin a part.
_BOUNDARY = re.compile(rb"(?m)^--")
_MOST_BOUNDARIES = 10_000
#: Lines, and characters, of a header field: programs part parameters by looking at them again.
_MOST_FOLDED, _LONGEST_FIELD = 500, 20_000
_LONGEST_SUBJECT = 200
#: ``Re:`` and its kin, which say nothing.
_ANSWER = re.compile(
    r"^(?:\s*(?:re|odp\.?|odpowiedź|fw|fwd|pd|aw|sv)\s*(?:\[\d+\])?\s*:)+\s*", re.I
)
_DMARC = re.compile(r"\bdmarc\s*=\s*(\w+)", re.I)


class _Bounded(Compat32):
    """Fields as they stand, but no longer than any that a program writes."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return the name and the value of a field, or the beginning of that."""
        name, value = super().header_source_parse(sourcelines[:_MOST_FOLDED])
        return name, value[:_LONGEST_FIELD]


def read(content: bytes, *, largest: int, own: Collection[str] = (), authority: str = "") -> Mail:
    """Return what a mail says.

    Args:
        content: the mail as it came (RFC 5322), or its beginning.
        largest: bytes; what is beyond is not looked at, and remarked.
        own: our own addresses, in lower case: what programs send from these is a loop.
        authority: name of the mail server whose ``Authentication-Results`` (RFC 8601) count;
            empty: nobody has looked at who has sent it.

    Raises:
        MailUnreadable: it is none, or is made to keep whoever reads it busy.
    """
    if not content.strip():
        raise MailUnreadable("the mail is empty")
    kept = content[:largest]
    if _is_endless(kept):
        raise MailUnreadable("the mail has more parts than any program writes")
    try:
        mail = BytesParser(policy=_Bounded()).parsebytes(kept)
        return _understood(mail, content, largest, own, authority)
    except Exception as error:  # Python's parser fails in ways of its own on some hostile mails
        raise MailUnreadable(f"the mail cannot be read: {type(error).__name__}") from error


def _is_endless(content: bytes) -> bool:
    """Whether a mail is made to keep whoever reads it busy."""
    structure = len(_STRUCTURE.findall(content))
    return (
        structure > _MOST_STRUCTURE
        or structure * content.count(b"\n") > _MOST_WORK
        or (structure > 0 and len(_BOUNDARY.findall(content)) > _MOST_BOUNDARIES)
    )


def _understood(
    mail: Message, content: bytes, largest: int, own: Collection[str], authority: str
) -> Mail:
    senders = fields.senders(mail, "From")
    sender = (senders or fields.senders(mail, "Sender") or [Sender()])[0]
    subject = fields.words(mail, "Subject", _LONGEST_SUBJECT)
    body = body_of(mail)
    nature = nature_of(mail, sender.address, subject)
    written = parted(body.text)
    message_id = fields.own_id(mail)
    fingerprint = _fingerprint(mail, content)
    is_ours = sender.address in own
    if (is_ours and is_by_program(mail)) or _has_our_mark(mail, own):
        nature = Nature.LOOP
    if len(content) > largest:
        body.remarks.add(Remark.CUT)
    return Mail(
        key=message_id or f"sha256:{fingerprint}",
        fingerprint=fingerprint,
        nature=nature,
        sender=sender,
        reply_to=_reply_to(mail),
        proved=len(senders) == len(fields.values(mail, "From")) == 1 and _vouched(mail, authority),
        quiet=is_ours or is_quiet(mail),
        subject=_ANSWER.sub("", subject),
        references=_references(mail, nature, body.returned),
        language=language_of(f"{subject}\n{written.text}"),
        text=written.text,
        rest=written.rest,
        files=tuple(body.files),
        remarks=tuple(sorted(body.remarks)),
    )


def _references(mail: Message, nature: Nature, returned: list[str]) -> tuple[str, ...]:
    answered = fields.ids(mail, "In-Reply-To", "References")
    return tuple(dict.fromkeys((*returned, *answered))) if nature is Nature.REPORT else answered


def _reply_to(mail: Message) -> str:
    """Return the one address that answers are wanted at; several are nobody's."""
    wanted = fields.senders(mail, "Reply-To")
    return wanted[0].address if len(wanted) == 1 else ""


def _has_our_mark(mail: Message, own: Collection[str]) -> bool:
    marks = (one.strip().lower() for one in fields.values(mail, "X-Loop"))
    return any(mark in own for mark in marks)


def _vouched(mail: Message, authority: str) -> bool:
    """Whether our own mail server has found the sender to be genuine, where it looks."""
    if not authority:
        return True
    for said in fields.values(mail, "Authentication-Results"):
        server, _, results = said.partition(";")
        found = _DMARC.search(results)
        # It puts its own on top; one that says nothing of DMARC is of another of its checks.
        if found is not None and server.lower().split()[:1] == [authority.lower()]:
            return found[1].lower() == "pass"
    return False


def _fingerprint(mail: Message, content: bytes) -> str:
    """Return what tells a mail from another one of the same Message-ID, however it has travelled.

    The fields that servers put on top are left out.
    """
    head = "\n".join(fields.value(mail, name) for name in ("From", "Date", "Subject", "Message-ID"))
    _, _, text = content.replace(b"\r\n", b"\n").partition(b"\n\n")
    digest = hashlib.sha256(head.encode("utf-8", "surrogateescape"))
    digest.update(text)
    return digest.hexdigest()
