"""The letter with which a visitor gets a copy of a chat."""

from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path

from sipagent import times
from sipagent.helpdesk.chat.model import Chat, Said
from sipagent.helpdesk.chat.transcript import written
from sipagent.messages.layout import Block, Quote, html, plain
from sipagent.messages.message import Message
from sipagent.messages.templates import Templates, Texts
from sipagent.messages.wording import day_text

_KIND = "chat-copy"
TEXTS = Texts(
    folder=Path(__file__).parent / "texts",
    values={_KIND: ("day", "said", "ticket")},
    letters=frozenset({_KIND}),
)


def copy_of(templates: Templates, chat: Chat, said: Sequence[Said], zone: tzinfo) -> Message:
    """Return the letter.

    Args:
        templates: the texts.
        chat: whose visitor has given an address.
        said: what was said in it.
        zone: of the times in it.
    """
    visitor = chat.visitor
    values: dict[str, str | Block] = {
        "day": day_text(times.in_zone(chat.began, zone).date(), visitor.language),
        "said": Quote(written(visitor, said, zone)),
        "ticket": str(chat.ticket or ""),
    }
    text = templates.text(_KIND, visitor.language, values)
    return Message(
        to=visitor.email,
        subject=text.subject,
        text=plain(text.blocks),
        html=html(text.subject, text.blocks, visitor.language),
        kind=_KIND,
        owner=visitor.ref if visitor.kind == "owner" else "",
        manager=visitor.manager,
        language=visitor.language,
    )
