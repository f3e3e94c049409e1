"""``[helpdesk]`` of agent.toml: when somebody is there to help, and how else they are reached."""

from typing import Annotated

from pydantic import AfterValidator, Field

from sipagent.config_sections import Section
from sipagent.e164 import to_e164
from sipagent.hours import Hours


def _hours(text: str) -> str:
    Hours.parse(text)
    return text


def _number(text: str) -> str:
    if text:
        to_e164(text)
    return text


class AddressSection(Section):
    """``helpdesk.addresses``: an address, and what it is for in each language."""

    pl: str = Field(min_length=1)
    en: str = Field(min_length=1)
    email: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")


class ChatSection(Section):
    """``helpdesk.chat``: how long visitors wait in the chat, and how many of them come."""

    #: Seconds in which somebody answers; what is not answered becomes a ticket.
    wait: int = Field(300, ge=30, le=3600)
    #: Seconds after which a window that is not heard of is closed.
    absence: int = Field(90, ge=30, le=3600)
    #: Chats that strangers at one address may begin within an hour.
    per_address: int = Field(20, ge=1)


class HelpdeskSection(Section):
    """``[helpdesk]``: support hours, other ways to get in touch, and what may be attached."""

    #: A text of ``sipagent.hours``, in the time zone of the line; the empty one is always.
    hours: Annotated[str, AfterValidator(_hours)] = "mon-fri 08:00-17:00"
    #: As it is shown; empty: none is told.
    phone: Annotated[str, AfterValidator(_number)] = ""
    addresses: tuple[AddressSection, ...] = ()
    #: Files that may come with one message, and megabytes of each.
    attachments: int = Field(5, ge=0, le=50)
    attachment_megabytes: int = Field(10, ge=1, le=100)
    chat: ChatSection = ChatSection()
