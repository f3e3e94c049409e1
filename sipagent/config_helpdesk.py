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
