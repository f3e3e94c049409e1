"""The letter to who looks after a queue: a member has missed too many calls, and pauses."""

from datetime import datetime, tzinfo
from pathlib import Path

from sipagent import times
from sipagent.exchange.queues.model import Queue
from sipagent.exchange.values import Ref
from sipagent.messages.layout import Block, Table, html, plain
from sipagent.messages.message import Message
from sipagent.messages.templates import Templates, Texts
from sipagent.messages.wording import moment_text

KIND = "missed-calls"
TEXTS = Texts(
    folder=Path(__file__).parent / "texts",
    values={KIND: ("queue", "member", "ref", "facts")},
    letters=frozenset({KIND}),
)
_WHEN, _CALLS = "Data i godzina", "Liczba połączeń"
#: Who looks after queues reads Polish, as the house speaks it first.
_LANGUAGE = "pl"


def letter(
    templates: Templates, queue: Queue, member: Ref, moment: datetime, zone: tzinfo
) -> Message:
    """Return the letter.

    Args:
        templates: the texts.
        queue: whose calls were missed; it has an address.
        member: who has missed them.
        moment: of the last one.
        zone: of the times in it.
    """
    when = moment_text(times.in_zone(moment, zone), _LANGUAGE)
    values: dict[str, str | Block] = {
        "queue": queue.name,
        "member": member.name,
        "ref": str(member),
        "facts": Table(((_WHEN, when), (_CALLS, str(queue.misses)))),
    }
    text = templates.text(KIND, _LANGUAGE, values)
    return Message(
        to=queue.email,
        subject=text.subject,
        text=plain(text.blocks),
        html=html(text.subject, text.blocks, _LANGUAGE),
        kind=KIND,
        language=_LANGUAGE,
    )
