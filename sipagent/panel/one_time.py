"""One-time passwords: by e-mail, or by text to the mobile of a user of the exchange."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog

from sipagent.errors import SipAgentError
from sipagent.exchange.model import User
from sipagent.exchange.reading import load
from sipagent.messages.message import Message
from sipagent.messages.outbox import Outbox
from sipagent.panel import people
from sipagent.panel.login import of_person
from sipagent.panel.passes import Pass, give
from sipagent.panel.people import Person
from sipagent.panel.web import House, Visit
from sipagent.texts.outgoing import Text, TextBox

#: Digits of a one-time password, and minutes for which it holds.
_DIGITS, _MINUTES = 8, 10
_KIND = "panel-code"

#: Puts a code into the outbox for somebody; whether there is where to send it to.
Way = Callable[[House, Person, str], bool]

log = structlog.get_logger(__name__)


def send(visit: Visit, name: str, way: Way) -> None:
    """Send somebody a one-time password, where they are known and there is where to send it to."""
    house = visit.house
    person = house.data.read(partial(people.sought, name=name))
    if person is None:
        return
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    until, kept = visit.now + timedelta(minutes=_MINUTES), of_person(person, code)
    try:
        sent = way(house, person, code)
    except SipAgentError as error:
        log.warning("a one-time password was not sent", reason=str(error))
        return
    if sent:
        # One that was not sent takes the place of none, however often strangers ask for one.
        house.data.write(lambda db: give(db, Pass.CODE, person.id, kept, until))


def by_mail(house: House, person: Person, code: str) -> bool:
    """Send a code to somebody's address."""
    if not person.email:
        return False
    words = house.words[person.language]
    message = Message(
        to=person.email,
        subject=words("mail.subject"),
        text=words("mail.text", code=code, minutes=_MINUTES),
        kind=_KIND,
        owner=_owner(person),
        language=person.language,
    )
    Outbox(house.data, house.config.paths.outbox, house.config.mail).put(message)
    return True


def by_text(house: House, person: Person, code: str) -> bool:
    """Send a code to the mobile that somebody has as a user of the exchange."""
    mobile = _mobile(house, person)
    if not mobile or not house.config.texts.url:
        return False
    body = house.words[person.language]("mail.short", code=code, minutes=_MINUTES)
    text = Text(mobile, body, f"{_KIND}:{secrets.token_hex(8)}", _KIND, owner=_owner(person))
    TextBox(house.data, house.config.paths.outbox, house.config.texts).put(text)
    return True


def _owner(person: Person) -> str:
    """Return for whom an outbox counts what is sent within an hour."""
    return f"panel:{person.name}"


def _mobile(house: House, person: Person) -> str:
    if person.user is None:
        return ""
    user = house.data.read(load).exchange.find("users", person.user)
    return user.mobile if isinstance(user, User) else ""
